import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayTokensLiveForever } from '../../../acts/credentials/create-access-token.ts';
import { viewMakers } from '../../../acts/credentials/makers.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import {
  viewBoundWords,
  viewCredential,
  viewDerived,
  type ViewedInFamily,
} from '../../../acts/credentials/view.ts';
import { Problem } from '../../../problem.ts';
import { addDerivedPage, goesWithIt } from '../credentials/derived.ts';
import { detailBody } from '../credentials/detail.ts';
import { endedBody } from '../credentials/ended.ts';
import { addNarrowPages } from '../credentials/narrow-pages.ts';
import { earlierNote } from '../credentials/replace.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { addReplacePages } from '../credentials/replace-pages.ts';
import type { Seen } from '../credentials/revoke.ts';
import { goesOnBeside } from '../credentials/succession.ts';
import { confirmBody, confirmOpener } from '../pieces/index.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { parameter, type PagesOptions } from '../route.ts';
import { newTokenHref, tokenHref, type TokenPages, type TokensHere } from './place.ts';
import { alreadySentBody, revokeTokenQuestion, secretBody, tokenFacts } from './view.ts';

/** One access token: what it is, narrowing it, replacing it, pausing it, revoking it. */
export function accessTokenDetailPages(app: FastifyInstance, options: PagesOptions, pages: TokenPages): void {
  const { services } = options;
  const place = `${pages.address}/:id`;

  app.get(place, pages.route('list'), async (request, reply) => {
    const grant = pages.grantOf(request, 'list');
    const here = await pages.here(services, request, grant);
    const viewed = await viewCredential(services, grant, parameter(request, 'id'), here.project);
    const { credential } = viewed;
    const makers = await viewMakers(services, grant, [credential]);
    const { createdBy, derivedFrom } = credential;
    const maker = createdBy === null ? 'the command line' : makers.get(createdBy);
    const now = new Date(services.clock());
    const body = detailBody({
      viewed,
      now,
      hrefOf: (id, below) => tokenHref(here, id, below),
      revoke: revokeTokenQuestion(credential, here, now),
      besides: tokenFacts(
        credential,
        here,
        services.settings.botHost,
        derivedFrom === null ? maker : undefined,
      ),
    });
    const page = here.frame({ title: credential.label, body, width: 'full' });
    return sendPage(services, request, reply, page);
  });

  const find = async (request: FastifyRequest) => {
    const listing = await pages.listingToo(services, request);
    const here = await pages.here(services, request, listing);
    return { here, viewed: await viewCredential(services, listing, parameter(request, 'id'), here.project) };
  };

  const living = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const { here, viewed } = await find(request);
    if (hasEnded(viewed.credential)) throw gone(here.called);
    return viewed;
  };

  const narrowing = async (request: FastifyRequest): Promise<TokensHere> =>
    pages.here(services, request, pages.grantOf(request, 'narrow'));

  addNarrowPages(app, options, {
    place,
    route: pages.route('narrow'),
    grantOf: (request) => pages.grantOf(request, 'narrow'),
    living,
    beside: async (request, viewed) =>
      beside(viewed, 'narrowed', await narrowing(request), new Date(services.clock())),
    async hrefOf(request) {
      const here = await narrowing(request);
      return (id, below) => tokenHref(here, id, below);
    },
    repositories: async () => [],
    project: async (request) => (await narrowing(request)).project,
    async send(request, reply, content, status) {
      const here = await narrowing(request);
      return sendPage(services, request, reply, here.frame(content), status);
    },
  });

  const rotating = async (request: FastifyRequest): Promise<TokensHere> =>
    pages.here(services, request, pages.grantOf(request, 'rotate'));

  addReplacePages(app, options, {
    place,
    route: pages.route('rotate'),
    grantOf: (request) => pages.grantOf(request, 'rotate'),
    living,
    hrefsOf: async (request) => {
      const here = await rotating(request);
      return { one: (id, below) => tokenHref(here, id, below), create: newTokenHref(here) };
    },
    mayLiveForever: (grant) => mayTokensLiveForever(services, grant),
    send: async (request, reply, content, status) => {
      const here = await rotating(request);
      return sendPage(services, request, reply, here.frame(content), status);
    },
    sendMade: async (request, reply, successor) => {
      const here = await rotating(request);
      const title = 'Access token replaced';
      const body = secretBody({
        ...successor,
        title,
        here,
        publicUrl: services.publicUrl,
        secret: successor.secret.reveal(),
        botEmail: successor.botEmail ?? '',
        note: earlierNote(successor, services.clock(), tokenHref(here, successor.replaces)),
      });
      return sendPage(services, request, reply, here.frame({ title, body }));
    },
    sendAlreadyMade: async (request, reply) => {
      const here = await rotating(request);
      const page = here.frame({ title: 'Already sent', body: alreadySentBody(here) });
      return sendPage(services, request, reply, page, 409);
    },
  });

  addDerivedPage(app, {
    place,
    route: pages.route('list'),
    async find(request, which) {
      const grant = pages.grantOf(request, 'list');
      const here = await pages.here(services, request, grant);
      const viewed = await viewCredential(services, grant, parameter(request, 'id'), here.project);
      const shown = await viewDerived(services, grant, viewed, which);
      return {
        viewed,
        shown,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        hrefOf: (id, below) => tokenHref(here, id, below),
        revoke: (each) => confirmOpener(revokeTokenQuestion(each, here, new Date(services.clock()))),
      };
    },
    now: () => new Date(services.clock()),
    async send(request, reply, content) {
      const here = await pages.here(services, request, pages.grantOf(request, 'list'));
      return sendPage(services, request, reply, here.frame(content));
    },
  });

  addPausePages(app, options, {
    place,
    pause: { route: pages.route('pause'), grantOf: (request) => pages.grantOf(request, 'pause') },
    resume: { route: pages.route('resume'), grantOf: (request) => pages.grantOf(request, 'resume') },
    async find(request) {
      const { here, viewed } = await find(request);
      const seen = seenOf(viewed, 'paused', here, new Date(services.clock()));
      return { credential: viewed.credential, seen };
    },
    async hrefOf(request, grant) {
      const here = await pages.here(services, request, grant);
      return (id, below) => tokenHref(here, id, below);
    },
    async send(request, reply, grant, content) {
      const here = await pages.here(services, request, grant);
      return sendPage(services, request, reply, here.frame(content));
    },
  });

  app.get(`${place}/revoke`, pages.route('list'), async (request, reply) => {
    const grant = pages.grantOf(request, 'list');
    const here = await pages.here(services, request, grant);
    const viewed = await viewCredential(services, grant, parameter(request, 'id'), here.project);
    const { credential } = viewed;
    const now = new Date(services.clock());
    const body = hasEnded(credential)
      ? endedBody(credential, tokenHref(here, credential.id))
      : confirmBody(revokeTokenQuestion(credential, here, now, seenOf(viewed, 'revoked', here, now)));
    return sendPage(services, request, reply, here.frame({ title: 'Revoke', body }));
  });

  app.post(`${place}/revoke`, pages.route('revoke'), async (request, reply) => {
    const grant = pages.grantOf(request, 'revoke');
    const { here, viewed } = await find(request);
    await revokeCredential(services, grant, viewed.credential.id);
    return redirectTo(services, request, reply, here.href, 'access-token-revoked');
  });
}

const beside = (viewed: ViewedInFamily, done: string, here: TokensHere, now: Date) => [
  ...goesWithIt(viewed, done),
  ...goesOnBeside(viewed, done, { now, hrefOf: (id) => tokenHref(here, id) }),
];

const seenOf = (viewed: ViewedInFamily, done: string, here: TokensHere, now: Date): Seen => ({
  usage: viewed.usage,
  beside: beside(viewed, done, here, now),
});

const gone = (called: string): Problem =>
  new Problem(
    'not_found',
    `${called.slice(0, 1).toUpperCase()}${called.slice(1)} has no active access token of this id: it may have been revoked already.`,
  );
