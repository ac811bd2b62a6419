import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unreadable } from '../../acts/git/serve.ts';
import { viewLfsContent } from '../../acts/lfs/download.ts';
import { takeLfsObject } from '../../acts/lfs/upload.ts';
import { claim, enterAgain } from '../../entry/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { toGitRepository } from '../shared/git-address.ts';
import { bodyOf } from '../shared/git-body.ts';
import { grantOf } from '../shared/policy.ts';
import { sendContent } from '../shared/send-content.ts';
import { sendJson } from './json.ts';
import { AT } from './place.ts';

/** The files themselves: https://github.com/git-lfs/git-lfs/blob/main/docs/api/basic-transfers.md. Each is a use of the credential. */
export function transferRoutes(app: FastifyInstance, services: Services): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${AT}/objects/:oid`,
    config: { policy: { operation: 'lfs.download', targets: toGitRepository, answers: 'bytes' } },
    handler: async (request, reply) => {
      const grant = grantOf(request, 'lfs.download');
      const content = await viewLfsContent(services, grant, oidOf(request));
      void reply.type('application/octet-stream');
      return sendContent(request, reply, content, {
        stalledMs: services.stalledClientMs,
        claimUse: () => claim(services, grant),
      });
    },
  });

  app.put(
    `${AT}/objects/:oid`,
    { config: { policy: { operation: 'lfs.upload', targets: toGitRepository, answers: 'bytes' } } },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const grant = grantOf(request, 'lfs.upload');
      const oid = oidOf(request);
      const { 'content-length': length, 'content-encoding': encoding } = request.headers;
      // What unpacks to a thousand times its size would pass every limit on what crosses the wire.
      if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
        throw new Problem('invalid', 'Files of Git LFS are sent as they are, without a Content-Encoding.');
      await takeLfsObject(services, grant, {
        oid,
        size: length === undefined ? undefined : Number(length),
        body: whole(bodyOf(request.raw, Infinity, services.stalledClientMs)),
        decideAgain: async () => claim(services, await enterAgain(services, grant)),
      });
      return sendJson(reply, {});
    },
  );
}

const oidOf = ({ params }: FastifyRequest): string => (params as { readonly oid?: string }).oid ?? '';

/** A client that goes away in the middle is no fault of the host. */
async function* whole(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    throw unreadable(error);
  }
}
