import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { advertiseFetch, answerFetch, type FetchGrant } from '../../acts/git/fetch.ts';
import type { Answer } from '../../acts/git/serve.ts';
import type { PushGrant } from '../../acts/git/push-grant.ts';
import { advertisePush, receivePush } from '../../acts/git/push.ts';
import { claim, enterAgain } from '../../entry/index.ts';
import type { OperationName } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { enterThrough, grantOf, toHost } from '../shared/policy.ts';
import { protocolVersion, pushVersion } from '../shared/protocol-version.ts';
import { archiveRoutes } from './archives.ts';
import { downloadRoutes } from './downloads.ts';
import { clientGone } from '../shared/client-gone.ts';
import { DOT_GIT, presentedIn, toGitRepository } from '../shared/git-address.ts';
import { bodyOf, GZIPPED_LIMIT } from '../shared/git-body.ts';
import { noCaching, protocolOf, redirectRenamed } from './exchange.ts';
import { renderErrors, sendText } from './refusals.ts';
import { sendAnswer } from '../shared/send-answer.ts';
import { addServiceConstraint, type GitService } from './service.ts';

/** A fetch request names what it wants and has, which even in the largest repositories is far below this. */
const FETCH_LIMIT = 64 * 1024 * 1024;

/** Larger pieces take less processor time, and stand in memory for every client. */
const PIECE_BYTES = 512 * 1024;

/** Where Git data is reached: the path, the operations there, and how its grants are taken from a request. */
interface Place {
  readonly path: string;
  readonly fetch: OperationName;
  readonly push: OperationName;
  readonly fetchGrant: (request: FastifyRequest) => FetchGrant;
  readonly pushGrant: (request: FastifyRequest) => PushGrant;
}

const WITHOUT_DOT_GIT = '/:workspace/:repository';

const REPOSITORY: Omit<Place, 'path'> = {
  fetch: 'repository.fetch',
  push: 'repository.push',
  fetchGrant: (request) => grantOf(request, 'repository.fetch'),
  pushGrant: (request) => grantOf(request, 'repository.push'),
};

const WIKI: Omit<Place, 'path'> = {
  fetch: 'wiki.fetch',
  push: 'wiki.push',
  fetchGrant: (request) => grantOf(request, 'wiki.fetch'),
  pushGrant: (request) => grantOf(request, 'wiki.push'),
};

const PLACES: readonly Place[] = [
  { path: DOT_GIT, ...REPOSITORY },
  { path: WITHOUT_DOT_GIT, ...REPOSITORY },
  // Without `.git` these are addresses of wiki pages.
  { path: `${DOT_GIT}/wiki`, ...WIKI },
];

const policyOf = (operation: OperationName) =>
  ({ policy: { operation, targets: toGitRepository, answers: 'bytes' } }) as const;

/** Git over HTTP: gitprotocol-http(5), the smart protocol in its versions 0, 1 and 2. */
export async function gitHttpDoor(
  app: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  app.removeAllContentTypeParsers();
  // Bodies are streams, whatever they say they are; each handler holds the type against its service.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  addServiceConstraint(app);
  renderErrors(app, services);
  await app.register(async (scope) => {
    enterThrough(scope, services, 'git', presentedIn);
    for (const place of PLACES) {
      fetchRoutes(scope, services, place);
      pushRoutes(scope, services, place);
    }
    archiveRoutes(scope, services);
    plainHttpRoutes(scope);
  });
  // They have a way in of their own.
  await app.register(async (scope) => downloadRoutes(scope, services));
}

/** The routes of one service: which operation is decided is fixed by the route that runs, by its constraint or its path. */
function routesOf(
  app: FastifyInstance,
  place: Place,
  service: GitService,
  operation: OperationName,
  stalledMs: number,
  handlers: {
    readonly advertise: (request: FastifyRequest, reply: FastifyReply) => Promise<Answer | undefined>;
    readonly answer: (request: FastifyRequest, reply: FastifyReply) => Promise<Answer>;
  },
): void {
  const config = policyOf(operation);
  app.route({
    method: ['GET', 'HEAD'],
    url: `${place.path}/info/refs`,
    config,
    constraints: { gitService: service },
    handler: async (request, reply) => {
      const answer = await handlers.advertise(request, reply);
      if (answer === undefined) return reply;
      noCaching(reply).type(`application/x-${service}-advertisement`);
      return send(reply, answer, stalledMs);
    },
  });
  app.post(`${place.path}/${service}`, { config }, async (request, reply) => {
    const wanted = `application/x-${service}-request`;
    if (request.headers['content-type']?.toLowerCase() !== wanted) {
      return sendText(reply, 415, `A request to ${service} has the content type ${wanted}.`);
    }
    const answer = await handlers.answer(request, reply);
    noCaching(reply).type(`application/x-${service}-result`);
    return send(reply, answer, stalledMs);
  });
}

async function send(reply: FastifyReply, answer: Answer, stalledMs: number): Promise<FastifyReply> {
  if (Buffer.isBuffer(answer)) return reply.send(answer);
  await sendAnswer(reply, answer, stalledMs);
  return reply;
}

function fetchRoutes(app: FastifyInstance, services: Services, place: Place): void {
  routesOf(app, place, 'git-upload-pack', place.fetch, services.stalledClientMs, {
    async advertise(request, reply) {
      const grant = place.fetchGrant(request);
      if (redirectRenamed(request, reply, grant)) return undefined;
      const input = { version: protocolVersion(protocolOf(request)), signal: clientGone(reply) };
      return advertiseFetch(services, grant, input);
    },
    async answer(request, reply) {
      const grant = place.fetchGrant(request);
      return answerFetch(services, grant, {
        claimUse: () =>
          grant.operation === 'repository.fetch' ? claim(services, grant) : claim(services, grant),
        pieceBytes: PIECE_BYTES,
        version: protocolVersion(protocolOf(request)),
        signal: clientGone(reply),
        body: bodyOf(request.raw, FETCH_LIMIT, services.stalledClientMs),
      });
    },
  });
}

function pushRoutes(app: FastifyInstance, services: Services, place: Place): void {
  routesOf(app, place, 'git-receive-pack', place.push, services.stalledClientMs, {
    async advertise(request, reply) {
      const grant = place.pushGrant(request);
      if (redirectRenamed(request, reply, grant)) return undefined;
      return advertisePush(services, grant, {
        version: pushVersion(protocolOf(request)),
        signal: clientGone(reply),
        namesService: true,
      });
    },
    async answer(request, reply) {
      const grant = place.pushGrant(request);
      return receivePush(services, grant, {
        signal: clientGone(reply),
        version: pushVersion(protocolOf(request)),
        // A pack is of any size; what unpacks to more than it weighs is not, and Git compresses no push.
        body: bodyOf(
          request.raw,
          request.headers['content-encoding'] === undefined ? Infinity : GZIPPED_LIMIT,
          services.stalledClientMs,
        ),
        // Two calls alike: a grant of either operation is no grant of one that may be both.
        decideAgain: (database) =>
          grant.operation === 'repository.push'
            ? enterAgain({ ...services, database }, grant)
            : enterAgain({ ...services, database }, grant),
      });
    },
  });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const WITHOUT_POST = METHODS.filter((method) => method !== 'POST');
const ANYTHING = { policy: { operation: 'site.view', targets: toHost, answers: 'bytes' } } as const;

/** What only the old protocol asks for, or nobody: answered alike whether or not there is such a repository. */
function plainHttpRoutes(app: FastifyInstance): void {
  for (const place of [DOT_GIT, WITHOUT_DOT_GIT]) {
    app.route({
      method: ['GET', 'HEAD'],
      url: `${place}/info/refs`,
      config: ANYTHING,
      handler: (request, reply) =>
        new URLSearchParams(request.url.split('?').slice(1).join('?')).has('service')
          ? sendText(reply, 400, 'The service is git-upload-pack or git-receive-pack, given once.')
          : sendText(reply, 403, 'This host speaks the smart HTTP protocol only: use Git 1.6.6 or newer.'),
    });
  }
  // Without `.git`, whatever else follows the repository is the address of a page.
  for (const [method, url] of [
    [METHODS, `${DOT_GIT}/*`],
    [METHODS, `${WITHOUT_DOT_GIT}/info/*`],
    [WITHOUT_POST, `${WITHOUT_DOT_GIT}/git-upload-pack`],
    [WITHOUT_POST, `${WITHOUT_DOT_GIT}/git-receive-pack`],
  ] as const) {
    app.route({
      method: [...method],
      url,
      config: ANYTHING,
      handler: (_request, reply) =>
        sendText(
          reply,
          404,
          'There is nothing at this address: Git uses info/refs, git-upload-pack and git-receive-pack.',
        ),
    });
  }
}
