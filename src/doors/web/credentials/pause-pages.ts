import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { pauseCredential, resumeCredential } from '../../../acts/credentials/pause.ts';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import type { TokenGrant } from '../../../acts/credentials/token-place.ts';
import type { Credential } from '../../../credentials/index.ts';
import type { Grant } from '../../../gate/index.ts';
import { confirmBody } from '../pieces/index.ts';
import { redirectTo, type PageContent } from '../respond.ts';
import { parameter, type PagesOptions } from '../route.ts';
import { endedBody } from './ended.ts';
import { isSoAlready, pauseQuestion, resumeQuestion, type HrefOf } from './pause.ts';
import type { Seen } from './revoke.ts';

/** Where the keys of one kind are, how their pages look, and by which operations they are paused and resumed. */
export interface PausableKeys<
  Pausing extends Grant<'own_credential.pause'> | TokenGrant<'pause'>,
  Resuming extends Grant<'own_credential.resume'> | TokenGrant<'resume'>,
> {
  /** Address of one, with its `:id`. */
  readonly place: string;
  readonly pause: {
    readonly route: RouteShorthandOptions;
    readonly grantOf: (request: FastifyRequest) => Pausing;
  };
  readonly resume: {
    readonly route: RouteShorthandOptions;
    readonly grantOf: (request: FastifyRequest) => Resuming;
  };
  /** The one of the address, whatever has become of it, and what else is known of it: of this place and kind, and no other. Throws `Problem`. */
  readonly find: (
    request: FastifyRequest,
    grant: Pausing | Resuming,
  ) => Promise<{ readonly credential: Credential; readonly seen: Seen }>;
  readonly hrefOf: (request: FastifyRequest, grant: Pausing | Resuming) => Promise<HrefOf> | HrefOf;
  readonly send: (
    request: FastifyRequest,
    reply: FastifyReply,
    grant: Pausing | Resuming,
    content: PageContent,
  ) => Promise<FastifyReply>;
}

/** The questions whether to pause a key and whether to let it go on, and both deeds. */
export function addPausePages<
  Pausing extends Grant<'own_credential.pause'> | TokenGrant<'pause'>,
  Resuming extends Grant<'own_credential.resume'> | TokenGrant<'resume'>,
>(
  app: FastifyInstance,
  { services }: PagesOptions,
  { place, pause, resume, find, hrefOf, send }: PausableKeys<Pausing, Resuming>,
): void {
  app.get(`${place}/pause`, pause.route, async (request, reply) => {
    const grant = pause.grantOf(request);
    const href = await hrefOf(request, grant);
    const { credential, seen } = await find(request, grant);
    const body = hasEnded(credential)
      ? endedBody(credential, href(credential.id), 'pause')
      : credential.pausedAt !== null
        ? isSoAlready(credential, href)
        : confirmBody(pauseQuestion(credential, href, seen, new Date(services.clock())));
    return send(request, reply, grant, { title: 'Pause', body });
  });

  app.post(`${place}/pause`, pause.route, async (request, reply) => {
    const grant = pause.grantOf(request);
    const id = parameter(request, 'id');
    const href = await hrefOf(request, grant);
    await find(request, grant);
    await pauseCredential(services, grant, id);
    return redirectTo(services, request, reply, href(id), 'credential-paused');
  });

  app.get(`${place}/resume`, resume.route, async (request, reply) => {
    const grant = resume.grantOf(request);
    const href = await hrefOf(request, grant);
    const { credential } = await find(request, grant);
    const body = hasEnded(credential)
      ? endedBody(credential, href(credential.id), 'resume')
      : credential.pausedAt === null
        ? isSoAlready(credential, href)
        : confirmBody(resumeQuestion(credential, href, new Date(services.clock())));
    return send(request, reply, grant, { title: 'Resume', body });
  });

  app.post(`${place}/resume`, resume.route, async (request, reply) => {
    const grant = resume.grantOf(request);
    const id = parameter(request, 'id');
    const href = await hrefOf(request, grant);
    await find(request, grant);
    await resumeCredential(services, grant, id);
    return redirectTo(services, request, reply, href(id), 'credential-resumed');
  });
}
