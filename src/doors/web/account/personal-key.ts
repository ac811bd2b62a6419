import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import {
  viewBoundWords,
  viewCredential,
  viewDerived,
  type ViewedInFamily,
} from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { lifetimeOf } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { addDerivedPage, goesWithIt } from '../credentials/derived.ts';
import { detailBody } from '../credentials/detail.ts';
import { endedBody } from '../credentials/ended.ts';
import { addNarrowPages } from '../credentials/narrow-pages.ts';
import { earlierNote } from '../credentials/replace.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { addReplacePages } from '../credentials/replace-pages.ts';
import { revokeConsequences, type Seen } from '../credentials/revoke.ts';
import { goesOnBeside } from '../credentials/succession.ts';
import { confirmBody, confirmOpener, type ConfirmProps } from '../pieces/index.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { sendAlreadyMade, sendMadePersonalKey } from './made-personal-key.ts';
import { ownRepositories } from './own-repositories.ts';
import { PERSONAL_PAGES, type PersonalPages } from './personal-kinds.ts';
import { accountRail } from './rail.ts';

/** One app password or API token: what it is, narrowing it, replacing it, revoking it. */
export async function personalKeyDetailPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  for (const pages of PERSONAL_PAGES) addDetail(app, options, pages);
}

function addDetail(app: FastifyInstance, options: PagesOptions, pages: PersonalPages): void {
  const { services } = options;
  const { kind, grants, path } = pages;
  const rail = accountRail(pages.rail);
  const place = `${pages.list}/:id`;

  app.get(place, pageRoute(`${kind}.list`, toSelf), async (request, reply) => {
    const id = parameter(request, 'id');
    const viewed = await viewCredential(services, grants.list(request), id);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: viewed.credential.label,
      width: 'full',
      rail,
      body: detailBody({
        viewed,
        now,
        hrefOf: path,
        revoke: revokeQuestion(pages, viewed.credential, now),
        besides: [],
      }),
    });
  });

  const find = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const listing = await grants.alsoList(services, request);
    return viewCredential(services, listing, parameter(request, 'id'));
  };

  const living = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const viewed = await find(request);
    if (hasEnded(viewed.credential)) throw gone(pages);
    return viewed;
  };

  addNarrowPages(app, options, {
    place,
    route: pageRoute(`${kind}.narrow`, toSelf),
    grantOf: grants.narrow,
    living,
    beside: async (_request, viewed) => beside(pages, viewed, 'narrowed', new Date(services.clock())),
    hrefOf: () => path,
    repositories: (request) => ownRepositories(services, request),
    project: async () => undefined,
    send: (request, reply, content, status) =>
      sendPage(services, request, reply, { ...content, rail }, status),
  });

  addReplacePages(app, options, {
    place,
    route: pageRoute(`${kind}.rotate`, toSelf),
    grantOf: grants.rotate,
    living,
    hrefsOf: async () => ({ one: path, create: pages.create }),
    mayLiveForever: async () => lifetimeOf(kind) === undefined,
    send: (request, reply, content, status) =>
      sendPage(services, request, reply, { ...content, rail }, status),
    sendMade: (request, reply, successor) =>
      sendMadePersonalKey(services, request, reply, pages, {
        title: `${pages.one} replaced`,
        grant: grants.rotate(request),
        made: successor,
        note: earlierNote(successor, services.clock(), path(successor.replaces)),
      }),
    sendAlreadyMade: (request, reply) => sendAlreadyMade(services, request, reply, pages),
  });

  addDerivedPage(app, {
    place,
    route: pageRoute(`${kind}.list`, toSelf),
    async find(request, which) {
      const grant = grants.list(request);
      const viewed = await viewCredential(services, grant, parameter(request, 'id'));
      const shown = await viewDerived(services, grant, viewed, which);
      return {
        viewed,
        shown,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        hrefOf: path,
        revoke: (each) => confirmOpener(revokeQuestion(pages, each, new Date(services.clock()))),
      };
    },
    now: () => new Date(services.clock()),
    send: (request, reply, content) => sendPage(services, request, reply, { ...content, rail }),
  });

  addPausePages(app, options, {
    place,
    pause: {
      route: pageRoute('own_credential.pause', toSelf),
      grantOf: (request) => grantOf(request, 'own_credential.pause'),
    },
    resume: {
      route: pageRoute('own_credential.resume', toSelf),
      grantOf: (request) => grantOf(request, 'own_credential.resume'),
    },
    async find(request) {
      const viewed = await find(request);
      const seen = seenOf(pages, viewed, 'paused', new Date(services.clock()));
      return { credential: viewed.credential, seen };
    },
    hrefOf: () => path,
    send: (request, reply, _grant, content) => sendPage(services, request, reply, { ...content, rail }),
  });

  app.get(`${place}/revoke`, pageRoute(`${kind}.list`, toSelf), async (request, reply) => {
    const grant = grants.list(request);
    const viewed = await viewCredential(services, grant, parameter(request, 'id'));
    const { credential } = viewed;
    const now = new Date(services.clock());
    const body = hasEnded(credential)
      ? endedBody(credential, path(credential.id))
      : confirmBody(revokeQuestion(pages, credential, now, seenOf(pages, viewed, 'revoked', now)));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(`${place}/revoke`, pageRoute(`${kind}.revoke`, toSelf), async (request, reply) => {
    await revokeCredential(services, grants.revoke(request), parameter(request, 'id'));
    return redirectTo(services, request, reply, pages.list, pages.revoked);
  });
}

const gone = ({ named }: PersonalPages): Problem =>
  new Problem('not_found', `You have no active ${named} of this id: it may have been revoked already.`);

const beside = ({ path }: PersonalPages, viewed: ViewedInFamily, done: string, now: Date) => [
  ...goesWithIt(viewed, done),
  ...goesOnBeside(viewed, done, { now, hrefOf: path }),
];

const seenOf = (pages: PersonalPages, viewed: ViewedInFamily, done: string, now: Date): Seen => ({
  usage: viewed.usage,
  beside: beside(pages, viewed, done, now),
});

export function revokeQuestion(
  { list, path }: Pick<PersonalPages, 'list' | 'path'>,
  credential: Credential,
  now: Date,
  seen?: Seen,
): ConfirmProps {
  const address = path(credential.id, '/revoke');
  return {
    title: `Revoke “${credential.label}”?`,
    what: credential.label,
    consequences: revokeConsequences(credential, now, seen),
    action: address,
    pageHref: address,
    cancelHref: list,
    submitLabel: 'Revoke',
    danger: true,
  };
}
