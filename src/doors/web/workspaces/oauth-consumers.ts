import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  changeOauthConsumer,
  createOauthConsumer,
  deleteOauthConsumer,
  viewOauthConsumer,
  viewOauthConsumers,
} from '../../../acts/oauth/consumers.ts';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import { rotateConsumerSecret } from '../../../acts/oauth/rotate-secret.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { overlapIn, typedOverlap, USUAL_OVERLAP } from '../credentials/overlap.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { freshFormToken } from '../form-token.ts';
import { html } from '../html.ts';
import { rowsOf } from '../pages-of.ts';
import { confirmBody, notice, pageHead } from '../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf, type PageContent } from '../respond.ts';
import { pageRoute, parameter, queryPage, type PagesOptions } from '../route.ts';
import { workspaceFrame, workspaceRail } from './frame.ts';
import {
  asTyped,
  BLANK,
  consumerBody,
  consumerForm,
  consumerInput,
  consumerPath,
  consumersBody,
  consumerSecretBody,
  consumersPath,
  deleteQuestion,
  replaceQuestion,
  typedConsumer,
  type TypedConsumer,
} from './oauth-consumers-view.ts';

const PLACE = '/:workspace/-/oauth-consumers';
const ONE = `${PLACE}/:consumer`;

type ConsumerGrant =
  | Grant<'consumer.list'>
  | Grant<'consumer.create'>
  | Grant<'consumer.update'>
  | Grant<'consumer.delete'>
  | Grant<'consumer.rotate'>;

/** Workspace settings → OAuth consumers. */
export async function oauthConsumerPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    grant: ConsumerGrant,
    content: PageContent,
    status = 200,
  ) =>
    sendPage(
      services,
      request,
      reply,
      {
        ...workspaceFrame(grant, 'settings'),
        rail: workspaceRail(grant.targets[0].slug, 'consumers'),
        ...content,
      },
      status,
    );
  const statusFor = (problem: Problem | undefined) => (problem === undefined ? 200 : statusOf(problem));
  /** A form that makes a secret answers once: a reload of the answer sends it again. */
  const isFirst = (request: FastifyRequest, grant: Parameters<typeof takeForm>[1]): Promise<boolean> =>
    takeForm(services, grant, formOf(request).text('form_token'));

  app.get(PLACE, pageRoute('consumer.list', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.list');
    const page = queryPage(request);
    const { viewed, size } = await viewOauthConsumers(services, grant, rowsOf(page));
    return send(request, reply, grant, {
      title: 'OAuth consumers',
      width: 'full',
      body: consumersBody({
        workspace: grant.targets[0].slug,
        viewed,
        size,
        page,
        now: new Date(services.clock()),
      }),
    });
  });

  const showNew = (request: FastifyRequest, reply: FastifyReply, typed: TypedConsumer, problem?: Problem) => {
    const grant = grantOf(request, 'consumer.create');
    const [{ slug }] = grant.targets;
    const body = html`${pageHead({
      title: 'Add consumer',
      lead: 'It gets a key, and if it is private a secret, which is shown once.',
    })}${consumerForm({
      action: consumersPath(slug, '/new'),
      cancelHref: consumersPath(slug),
      submitLabel: 'Add consumer',
      typed,
      problem,
      formToken: freshFormToken(),
    })}`;
    return send(request, reply, grant, { title: 'Add consumer', body }, statusFor(problem));
  };

  app.get(`${PLACE}/new`, pageRoute('consumer.create', toWorkspace), (request, reply) =>
    showNew(request, reply, BLANK),
  );

  app.post(`${PLACE}/new`, pageRoute('consumer.create', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.create');
    const [{ slug }] = grant.targets;
    const typed = typedConsumer(formOf(request));
    if (!(await isFirst(request, grant))) return send(request, reply, grant, alreadySent(slug), 409);
    return orShowAgain(
      async () => {
        const { consumer, secret } = await createOauthConsumer(services, grant, consumerInput(typed));
        if (secret === null)
          return redirectTo(services, request, reply, consumerPath(slug, consumer.key), 'consumer-created');
        const title = 'Consumer added';
        return send(request, reply, grant, {
          title,
          body: consumerSecretBody({
            workspace: slug,
            title,
            consumer,
            secret: secret.secret.reveal(),
            publicId: secret.id,
            publicUrl: services.publicUrl,
          }),
        });
      },
      (problem) => showNew(request, reply, typed, problem),
    );
  });

  const showOne = async (
    request: FastifyRequest,
    reply: FastifyReply,
    grant: ConsumerGrant,
    refused: {
      readonly typed?: TypedConsumer;
      readonly problem?: Problem;
      readonly replacing?: { readonly days: string; readonly problem: Problem };
    } = {},
  ) => {
    const [{ slug }] = grant.targets;
    const { typed, problem, replacing } = refused;
    const listing = await enterAlso(services, request, 'consumer.list', toWorkspace({ workspace: slug }));
    const viewed = await viewOauthConsumer(services, listing, parameter(request, 'consumer'));
    const body = consumerBody({
      workspace: slug,
      viewed,
      typed: typed ?? asTyped(viewed),
      problem,
      replacing: replacing ?? { days: USUAL_OVERLAP },
      formToken: freshFormToken(),
      botHost: services.settings.botHost,
      now: new Date(services.clock()),
    });
    const content = { title: viewed.consumer.name, body };
    return send(request, reply, grant, content, statusFor(problem ?? replacing?.problem));
  };

  for (const address of [ONE, `${ONE}/secret`]) {
    app.get(address, pageRoute('consumer.list', toWorkspace), (request, reply) =>
      showOne(request, reply, grantOf(request, 'consumer.list')),
    );
  }

  app.post(ONE, pageRoute('consumer.update', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.update');
    const typed = typedConsumer(formOf(request));
    const key = parameter(request, 'consumer');
    return orShowAgain(
      async () => {
        await changeOauthConsumer(services, grant, key, consumerInput(typed));
        const to = consumerPath(grant.targets[0].slug, key);
        return redirectTo(services, request, reply, to, 'consumer-changed');
      },
      (problem) => {
        if (problem.code === 'not_found') throw problem;
        return showOne(request, reply, grant, { typed, problem });
      },
    );
  });

  app.post(`${ONE}/secret`, pageRoute('consumer.rotate', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.rotate');
    const [{ slug }] = grant.targets;
    const key = parameter(request, 'consumer');
    return orShowAgain(
      async () => {
        const typed = formOf(request);
        const days = overlapIn(typedOverlap(typed));
        const viewed = await viewOauthConsumer(services, grant, key);
        if (days === 0 && viewed.consumer.isPrivate && !typed.ticked('confirmed')) {
          const now = new Date(services.clock());
          const body = confirmBody(replaceQuestion(slug, viewed, typed.text('form_token'), now));
          return send(request, reply, grant, { title: 'Replace the secret', body });
        }
        if (!(await isFirst(request, grant))) return send(request, reply, grant, alreadySent(slug), 409);
        const { id, secret } = await rotateConsumerSecret(services, grant, key, days);
        const { consumer } = viewed;
        const title = 'Secret replaced';
        return send(request, reply, grant, {
          title,
          body: consumerSecretBody({
            workspace: slug,
            title,
            consumer,
            secret: secret.reveal(),
            publicId: id,
            publicUrl: services.publicUrl,
          }),
        });
      },
      (problem) => {
        if (problem.code === 'not_found') throw problem;
        const days = typedOverlap(formOf(request));
        return showOne(request, reply, grant, { replacing: { days, problem } });
      },
    );
  });

  app.get(`${ONE}/delete`, pageRoute('consumer.delete', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.delete');
    const viewed = await viewOauthConsumer(services, grant, parameter(request, 'consumer'));
    const body = confirmBody(deleteQuestion(grant.targets[0].slug, viewed));
    return send(request, reply, grant, { title: 'Delete', body });
  });

  app.post(`${ONE}/delete`, pageRoute('consumer.delete', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'consumer.delete');
    await deleteOauthConsumer(services, grant, parameter(request, 'consumer'));
    return redirectTo(services, request, reply, consumersPath(grant.targets[0].slug), 'consumer-deleted');
  });
}

const alreadySent = (workspace: string): PageContent => ({
  title: 'Already sent',
  body: html`${pageHead({ title: 'This form was sent already' })}${notice({
    kind: 'info',
    body: 'Nothing new was made. If it made a secret before, that was shown then and cannot be shown again: replace it on the page of the consumer.',
  })}<p class="row"><a class="button button-primary" href="${consumersPath(workspace)}">See OAuth consumers</a></p>`,
});
