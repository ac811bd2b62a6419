import { z } from 'zod';
import {
  changeWebhook,
  createWebhook,
  removeWebhook,
  type SaidWebhook,
} from '../../../acts/webhooks/change.ts';
import { EVENTS, viewWebhook, viewWebhooks } from '../../../acts/webhooks/view.ts';
import { viewOwnRepository, viewRepository } from '../../../acts/repositories/view.ts';
import { Problem } from '../../../problem.ts';
import { enterToTell } from '../../shared/enter-to-tell.ts';
import { grantOf, toHost, toRepository, toSelfAndRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { linksNamed, to } from '../objects/link.ts';
import { HookEvent, hookEventObject, Webhook, webhookObject } from '../objects/webhook.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow, slicePage } from '../paging.ts';

/** What clients send back of a webhook that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    url: z.string().nullish(),
    description: z.string().nullish(),
    events: z.array(z.string()).nullish(),
    active: z.boolean().nullish(),
    skip_cert_verification: z.boolean().nullish(),
    secret: z.string().nullish().describe('Never shown again; null or empty for none.'),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A webhook, or the parts of it that are to change.' });

const One = z.object({ fields: fieldsParameter });
const MAKING =
  'For API tokens, and OAuth access tokens of a person, alone. The webhook tells what this credential may know: it is silent from when that ends. To be told of pull requests, the credential reads those as well.';

/** Addresses that are told what happens in a repository. */
export function addWebhookRoutes(app: Api, { services, linksOf }: Context): void {
  const many = '/repositories/:workspace/:repository/hooks';
  const params = RepositoryParameters.extend({ uid: z.string().describe('Id, with or without braces.') });

  app.get(
    many,
    {
      config: policy('webhook.list', toRepository),
      schema: {
        summary: 'The webhooks of a repository',
        params: RepositoryParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(Webhook)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'webhook.list');
      const window = readWindow(request.query);
      const repository = await viewRepository(services, grant);
      const webhooks = await viewWebhooks(services, grant);
      const values = slicePage(webhooks, window).map((webhook) =>
        webhookObject(linksOf(request), repository, webhook),
      );
      return numberedPage(services.publicUrl, request, window, webhooks.length, values);
    },
  );

  app.post(
    many,
    {
      config: policy('webhook.change', toSelfAndRepository),
      schema: {
        summary: 'Make a webhook of a repository',
        description: MAKING,
        params: RepositoryParameters,
        querystring: One,
        body: Body,
        response: { 201: Webhook, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'webhook.change');
      const said = given(request.body);
      const reading = await enterToTell(services, grant, said.events ?? []);
      const webhook = await createWebhook(services, grant, said, reading);
      const shown = webhookObject(linksOf(request), await viewOwnRepository(services, grant), webhook);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  app.get(
    `${many}/:uid`,
    {
      config: policy('webhook.list', toRepository),
      schema: {
        summary: 'One webhook of a repository',
        params,
        querystring: One,
        response: answers(Webhook),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'webhook.list');
      const webhook = await viewWebhook(services, grant, request.params.uid);
      return webhookObject(linksOf(request), await viewRepository(services, grant), webhook);
    },
  );

  app.put(
    `${many}/:uid`,
    {
      config: policy('webhook.change', toSelfAndRepository),
      schema: {
        summary: 'Change a webhook of a repository',
        description: `Changes what is given and leaves the rest. ${MAKING}`,
        params,
        querystring: One,
        body: Body,
        response: answers(Webhook),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'webhook.change');
      const { uid } = request.params;
      const said = given(request.body);
      const events = said.events ?? (await viewWebhook(services, grant, uid)).events;
      const reading = await enterToTell(services, grant, events);
      const webhook = await changeWebhook(services, grant, uid, said, reading);
      return webhookObject(linksOf(request), await viewOwnRepository(services, grant), webhook);
    },
  );

  app.delete(
    `${many}/:uid`,
    {
      config: policy('webhook.delete', toRepository),
      schema: {
        summary: 'Delete a webhook of a repository',
        params,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      await removeWebhook(services, grantOf(request, 'webhook.delete'), request.params.uid);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );

  app.get(
    '/hook_events',
    {
      config: policy('site.view', toHost),
      schema: {
        summary: 'What has events that webhooks can be told of',
        querystring: One,
        response: answers(z.object({ repository: linksNamed('events') })),
      },
    },
    async (request) => ({
      repository: { events: to(linksOf(request).api('hook_events', 'repository')) },
    }),
  );

  app.get(
    '/hook_events/:subject',
    {
      config: policy('site.view', toHost),
      schema: {
        summary: 'The events that webhooks of a repository can be told of',
        params: z.object({ subject: z.string().describe('repository') }),
        querystring: z.object(pageParameters),
        response: answers(pageOf(HookEvent)),
      },
    },
    async (request) => {
      const { subject } = request.params;
      if (subject !== 'repository')
        throw new Problem(
          'not_found',
          `${subject.slice(0, 100)} has no webhooks here: only a repository has.`,
        );
      const window = readWindow(request.query);
      const values = slicePage(EVENTS, window).map(hookEventObject);
      return numberedPage(services.publicUrl, request, window, EVENTS.length, values);
    },
  );
}

/** Null is as good as left out, but of the secret, which it removes. */
function given({
  url,
  description,
  events,
  active,
  skip_cert_verification: skips,
  secret,
}: z.output<typeof Body>): SaidWebhook {
  return {
    ...(url != null && { url }),
    ...(description != null && { description }),
    ...(events != null && { events }),
    ...(active != null && { isActive: active }),
    ...(skips != null && { skipsCertVerification: skips }),
    ...(secret !== undefined && { secret }),
  };
}
