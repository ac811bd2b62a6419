import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { whatSilences } from '../../../../acts/explain/webhook-maker.ts';
import { changeWebhook, createWebhook, removeWebhook } from '../../../../acts/webhooks/change.ts';
import { sendTest } from '../../../../acts/webhooks/send-test.ts';
import {
  EVENTS,
  viewDeliveries,
  viewLastDeliveries,
  viewMaker,
  viewWebhook,
  viewWebhooks,
  type Webhook,
} from '../../../../acts/webhooks/view.ts';
import { invalid, type Problem } from '../../../../problem.ts';
import { enterToTell } from '../../../shared/enter-to-tell.ts';
import { grantOf, toRepository, toSelfAndRepository } from '../../../shared/policy.ts';
import { formOf, type FormInput } from '../../form-input.ts';
import { html } from '../../html.ts';
import { confirmBody, pageHead } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import {
  deleteQuestion,
  NOTHING_TYPED,
  nameOf,
  webhookBody,
  webhookForm,
  webhooksBody,
  type TypedWebhook,
} from './webhooks-view.ts';

/** Repository settings → Webhooks: the list, adding one, one with its deliveries, changing and deleting it. */
export function webhookPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/webhooks';

  app.get(place, pageRoute('webhook.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'webhook.list');
    const [facts] = grant.targets;
    const webhooks = await viewWebhooks(services, grant);
    const body = webhooksBody({
      links: linksOf(facts),
      webhooks,
      last: await viewLastDeliveries(services, grant, webhooks),
      now: new Date(services.clock()),
    });
    const page = { title: 'Webhooks', body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'webhooks', page));
  });

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    webhook: Webhook | undefined,
    typed: TypedWebhook,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [, facts] = grantOf(request, 'webhook.change').targets;
    const title = webhook === undefined ? 'Add webhook' : `Edit ${nameOf(webhook)}`;
    const lead =
      webhook === undefined
        ? 'It is told what you may know here, for as long as you are admin of this repository.'
        : 'From then on it is told what you may know here, for as long as you are admin of this repository.';
    const body = html`${pageHead({ title, lead })}${webhookForm({ webhook, links: linksOf(facts), events: EVENTS, typed, problem })}`;
    const page = settingsPage(facts, 'webhooks', { title, body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${place}/new`, pageRoute('webhook.change', toSelfAndRepository), (request, reply) =>
    showForm(request, reply, undefined, NOTHING_TYPED),
  );

  app.post(`${place}/new`, pageRoute('webhook.change', toSelfAndRepository), async (request, reply) => {
    const typed = typedWebhook(formOf(request));
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'webhook.change');
        const secret = secretIn(formOf(request));
        const reading = await enterToTell(services, grant, typed.events);
        const { id } = await createWebhook(services, grant, { ...typed, secret }, reading);
        const { webhook } = linksOf(grant.targets[1]);
        return redirectTo(services, request, reply, webhook(id), 'webhook-added');
      },
      (problem) => showForm(request, reply, undefined, typed, problem),
    );
  });

  app.get(`${place}/:webhook`, pageRoute('webhook.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'webhook.list');
    const [facts] = grant.targets;
    const webhook = await viewWebhook(services, grant, parameter(request, 'webhook'));
    const body = webhookBody({
      links: linksOf(facts),
      webhook,
      deliveries: await viewDeliveries(services, grant, webhook),
      maker: await viewMaker(services, grant, webhook),
      silence: await whatSilences(services, webhook),
      now: new Date(services.clock()),
    });
    const page = { title: nameOf(webhook), body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'webhooks', page));
  });

  app.get(
    `${place}/:webhook/change`,
    pageRoute('webhook.change', toSelfAndRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'webhook.change');
      const webhook = await viewWebhook(services, grant, parameter(request, 'webhook'));
      return showForm(request, reply, webhook, { ...webhook, removesSecret: false });
    },
  );

  app.post(
    `${place}/:webhook/change`,
    pageRoute('webhook.change', toSelfAndRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'webhook.change');
      const webhook = await viewWebhook(services, grant, parameter(request, 'webhook'));
      const typed = typedWebhook(formOf(request));
      return orShowAgain(
        async () => {
          const secret = secretIn(formOf(request)) || (typed.removesSecret ? null : undefined);
          const reading = await enterToTell(services, grant, typed.events);
          await changeWebhook(services, grant, webhook.id, { ...typed, secret }, reading);
          const links = linksOf(grant.targets[1]);
          return redirectTo(services, request, reply, links.webhook(webhook.id), 'webhook-saved');
        },
        (problem) => showForm(request, reply, webhook, typed, problem),
      );
    },
  );

  app.post(
    `${place}/:webhook/test`,
    pageRoute('webhook.change', toSelfAndRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'webhook.change');
      const id = parameter(request, 'webhook');
      const outcome = await sendTest(services, grant, id);
      const { webhook } = linksOf(grant.targets[1]);
      return redirectTo(services, request, reply, webhook(id), `webhook-test-${outcome}`);
    },
  );

  app.get(`${place}/:webhook/remove`, pageRoute('webhook.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'webhook.list');
    const [facts] = grant.targets;
    const webhook = await viewWebhook(services, grant, parameter(request, 'webhook'));
    const body = confirmBody(deleteQuestion(webhook, linksOf(facts)));
    return sendPage(services, request, reply, settingsPage(facts, 'webhooks', { title: 'Delete', body }));
  });

  app.post(`${place}/:webhook/remove`, pageRoute('webhook.delete', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'webhook.delete');
    await removeWebhook(services, grant, parameter(request, 'webhook'));
    return redirectTo(services, request, reply, linksOf(grant.targets[0]).webhooks, 'webhook-deleted');
  });
}

/** Empty for none. A browser sends it in any case, and what is missing was left behind where somebody confirmed to be there. */
function secretIn(typed: FormInput): string {
  const [secret] = typed.texts('secret');
  if (secret !== undefined) return secret;
  throw invalid('secret', 'Type the secret again, or leave it empty: it was not kept while you were asked.');
}

const typedWebhook = (typed: FormInput): TypedWebhook => ({
  url: typed.text('url').trim(),
  description: typed.text('description'),
  events: typed.texts('events'),
  isActive: typed.ticked('active'),
  skipsCertVerification: typed.ticked('skip_cert_verification'),
  removesSecret: typed.ticked('remove_secret'),
});
