import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { answerBatch, MOST_OBJECTS, type LfsAnswer } from '../../acts/lfs/batch.ts';
import { verifyLfsObject } from '../../acts/lfs/upload.ts';
import { enter } from '../../entry/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { presentedIn, toGitRepository } from '../shared/git-address.ts';
import { grantOf } from '../shared/policy.ts';
import { readAs, sendJson } from './json.ts';
import { AT } from './place.ts';

const Size = z.number().int('a size is a whole number').nonnegative('a size is not negative');
const LfsObject = z.object({ oid: z.string().max(128), size: Size });

const Batch = z.object({
  operation: z.enum(['download', 'upload']),
  transfers: z.array(z.string()).optional(),
  hash_algo: z.string().optional(),
  objects: z.array(LfsObject).max(MOST_OBJECTS, `at most ${MOST_OBJECTS} files can be asked about at a time`),
});

/**
 * https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md. What is asked for, to fetch or to bring, stands in the
 * body: two operations, so it enters by itself, once that has come.
 */
export function batchRoute(app: FastifyInstance, services: Services): void {
  app.post(
    `${AT}/objects/batch`,
    { config: { policy: { operation: 'lfs.download', targets: toGitRepository, answers: 'bytes' } } },
    async (request, reply) => {
      const { operation, transfers, hash_algo, objects } = readAs(Batch, request.body);
      const asked = {
        targets: toGitRepository(request.params as Record<string, string>),
        presented: presentedIn(request),
        surface: 'git',
        address: request.ip,
        agent: request.headers['user-agent'],
      } as const;
      const grant =
        operation === 'upload'
          ? await enter(services, { operation: 'lfs.upload', ...asked })
          : await enter(services, { operation: 'lfs.download', ...asked });
      if (transfers !== undefined && transfers.length > 0 && !transfers.includes('basic'))
        throw new Problem('invalid', 'Files are transferred by "basic" alone here.');
      if (hash_algo !== undefined && hash_algo !== 'sha256')
        throw new Problem('conflict', 'Files are named by sha256 alone here.');
      const [{ slug, workspace }] = grant.targets;
      const at = `${services.publicUrl}/${workspace.slug}/${slug}.git/info/lfs/objects`;
      const answers = await answerBatch(services, grant, objects);
      return sendJson(reply, {
        transfer: 'basic',
        objects: answers.map((answer) => objectOf(answer, operation, at)),
        hash_algo: 'sha256',
      });
    },
  );
}

/** The end of an upload, as its client sees it: https://github.com/git-lfs/git-lfs/blob/main/docs/api/basic-transfers.md. */
export function verifyRoute(app: FastifyInstance, services: Services): void {
  app.post(
    `${AT}/objects/verify`,
    { config: { policy: { operation: 'lfs.upload', targets: toGitRepository, answers: 'bytes' } } },
    async (request, reply) => {
      await verifyLfsObject(services, grantOf(request, 'lfs.upload'), readAs(LfsObject, request.body));
      return sendJson(reply, {});
    },
  );
}

function objectOf(answer: LfsAnswer, operation: 'download' | 'upload', at: string): object {
  const { oid, size } = answer;
  switch (answer.outcome) {
    case 'here':
      return { oid, size };
    case 'refused':
      return { oid, size, error: { code: answer.status, message: answer.reason } };
    case 'transfer': {
      const href = `${at}/${oid}`;
      return {
        oid,
        size,
        actions:
          operation === 'download'
            ? { download: { href } }
            : { upload: { href }, verify: { href: `${at}/verify` } },
      };
    }
  }
}
