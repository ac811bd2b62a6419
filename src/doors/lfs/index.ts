import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';
import { presentedIn } from '../shared/git-address.ts';
import { NO_WIKI_LFS } from '../shared/git-sentences.ts';
import { decideBehindBody, enterThrough, toHost } from '../shared/policy.ts';
import { batchRoute, verifyRoute } from './batch.ts';
import { sendJson, takeJson, takeStreams } from './json.ts';
import { lockRoutes } from './locks.ts';
import { AT, WIKI_AT } from './place.ts';
import { renderErrors } from './refusals.ts';
import { transferRoutes } from './transfers.ts';

/**
 * Git LFS over HTTP: the batch API with basic transfers, and locks. Files are fetched and brought with the credential
 * that Git itself uses, decided anew each time: nothing that opens them is handed out.
 */
export async function lfsDoor(
  app: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  app.removeAllContentTypeParsers();
  renderErrors(app, services);
  await app.register(async (scope) => {
    takeJson(scope, services);
    batchRoute(scope, services);
  });
  await app.register(async (scope) => {
    enterThrough(scope, services, 'git', presentedIn);
    await scope.register(async (under) => {
      takeJson(under, services);
      decideBehindBody(under, services, 'git', (_request, { operation }) => operation);
      verifyRoute(under, services);
      lockRoutes(under, services);
    });
    await scope.register(async (under) => {
      takeStreams(under);
      transferRoutes(under, services);
      nothingElse(under);
    });
  });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const ANYTHING = { policy: { operation: 'site.view', targets: toHost, answers: 'bytes' } } as const;

/** Answered alike whether or not there is such a repository. */
function nothingElse(app: FastifyInstance): void {
  app.route({
    method: [...METHODS],
    url: `${AT}/*`,
    config: ANYTHING,
    handler: (_request, reply) =>
      sendJson(reply.code(404), { message: 'There is nothing at this address of the Git LFS API.' }),
  });
  app.route({
    method: [...METHODS],
    url: `${WIKI_AT}/*`,
    config: ANYTHING,
    handler: (_request, reply) => sendJson(reply.code(501), { message: NO_WIKI_LFS }),
  });
}
