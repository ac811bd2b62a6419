import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  approveWaitingDevice,
  denyWaitingDevice,
  enterDeviceCode,
  viewDevice,
  type WaitingDevice,
} from '../../../acts/oauth/answer-device.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { ownRepositories } from '../account/own-repositories.ts';
import { formOf } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import { form, notice, pageHead, time } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, queryText, type PagesOptions } from '../route.ts';
import { consentBody } from './consent-view.ts';
import { choiceIn, typedAsAsked, typedConsent, type TypedConsent } from './typed-consent.ts';

/**
 * Where a device that cannot ask by itself is answered (RFC 8628 §3.3): its code is entered, which binds it to whoever
 * entered it, and what it asks for is shown to that person alone.
 */
export async function devicePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const answering = pageRoute('consent.give', toSelf);
  const one = `${places.device}/:device`;

  const askCode = (request: FastifyRequest, reply: FastifyReply, typed: string, problem?: Problem) => {
    const seconds = problem?.data?.['retryAfterSeconds'];
    if (typeof seconds === 'number') void reply.header('retry-after', seconds);
    return sendPage(
      services,
      request,
      reply,
      { title: 'Let a device in', width: 'narrow', body: codeForm(typed, problem) },
      problem === undefined ? 200 : problem.code === 'unavailable' ? 429 : statusOf(problem),
    );
  };

  app.get(places.device, answering, (request, reply) =>
    askCode(request, reply, queryText(request, 'user_code').slice(0, LONGEST_CODE)),
  );

  app.post(places.device, answering, async (request, reply) => {
    const typed = formOf(request).text('user_code').slice(0, LONGEST_CODE);
    return orShowAgain(
      async () => {
        const { device } = await enterDeviceCode(services, grantOf(request, 'consent.give'), typed);
        return redirectTo(services, request, reply, `${places.device}/${device.id}`);
      },
      (problem) => askCode(request, reply, typed, problem),
    );
  });

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { consumer, device }: WaitingDevice,
    typed: TypedConsent,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const now = new Date(services.clock());
    return sendPage(
      services,
      request,
      reply,
      {
        title: `${consumer.name} asks`,
        body: consentBody({
          consumer,
          asked: device.asked,
          typed,
          problem,
          username: grantOf(request, 'consent.give').targets[0].username,
          action: `${places.device}/${device.id}`,
          denyAction: `${places.device}/${device.id}/deny`,
          about: [
            { name: 'Asked from the address', value: html`<code>${device.address}</code>` },
            { name: 'Asked', value: time({ at: new Date(device.createdAt), now }) },
            { name: 'Your own address', value: html`<code>${request.ip}</code>` },
          ],
          warning: notice({
            kind: 'warning',
            body: 'Go on only if you began this yourself, just now. If somebody gave you the code, it is they who would get in.',
          }),
          repositories: await ownRepositories(services, request),
        }),
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(one, answering, async (request, reply) => {
    const waiting = await viewDevice(
      services,
      grantOf(request, 'consent.give'),
      parameter(request, 'device'),
    );
    return show(request, reply, waiting, typedAsAsked(waiting.device.asked));
  });

  app.post(one, answering, async (request, reply) => {
    const grant = grantOf(request, 'consent.give');
    const id = parameter(request, 'device');
    const waiting = await viewDevice(services, grant, id);
    const typed = typedConsent(formOf(request));
    return orShowAgain(
      async () => {
        await approveWaitingDevice(services, grant, id, choiceIn(typed));
        const { name } = waiting.consumer;
        return sendPage(
          services,
          request,
          reply,
          answered('Done', `${name} has been told. Go back to it: it goes on by itself within seconds.`),
        );
      },
      (problem) => show(request, reply, waiting, typed, problem),
    );
  });

  // A no needs nobody to confirm anew.
  app.post(`${one}/deny`, pageRoute('consent.view', toSelf), async (request, reply) => {
    await denyWaitingDevice(services, grantOf(request, 'consent.view'), parameter(request, 'device'));
    return sendPage(
      services,
      request,
      reply,
      answered('You said no', 'Nothing was allowed. The device is told so.'),
    );
  });
}

const LONGEST_CODE = 32;

const answered = (title: string, lead: string) => ({
  title,
  width: 'narrow' as const,
  body: html`${pageHead({ title, lead })}<p class="row"><a class="button" href="${places.applications}">Authorised applications</a> <a class="button" href="${places.appPasswords}">App passwords</a></p>`,
});

const codeForm = (typed: string, problem: Problem | undefined): Html =>
  html`${pageHead({
    title: 'Let a device in',
    lead: 'Enter the code that it shows. You see next what it asks for, and nothing is allowed before you say so.',
  })}${form({
    action: places.device,
    error: errorAbove(problem, ['user_code']),
    fields: [
      {
        kind: 'text',
        name: 'user_code',
        label: 'Code',
        help: html`Eight letters, such as <code>BCDF-GHJK</code>. It must be the code on a device that you began with yourself.`,
        value: typed,
        code: true,
        required: true,
        autofocus: true,
        error: errorIn(problem, 'user_code'),
      },
    ],
    submit: { label: 'Go on', cancelHref: places.home },
  })}`;
