import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  isOwnLock,
  Locked,
  lockLfsFile,
  unlockLfsFile,
  viewLfsLocks,
  type LfsLock,
} from '../../acts/lfs/locks.ts';
import { claim, enterFurther } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { toGitRepository } from '../shared/git-address.ts';
import { grantOf } from '../shared/policy.ts';
import { readAs, sendJson } from './json.ts';
import { AT } from './place.ts';

const Limit = z.coerce.number().int('a limit is a whole number').positive('a limit is at least 1').optional();
const Chosen = z.object({
  path: z.string().optional(),
  id: z.string().optional(),
  cursor: z.string().optional(),
  limit: Limit,
});
const Verified = z.object({ cursor: z.string().optional(), limit: Limit });
const Wanted = z.object({ path: z.string() });
const Given = z.object({ force: z.boolean().optional() });

const policyOf = <Op extends 'lfs_lock.list' | 'lfs_lock.change'>(operation: Op) =>
  ({ config: { policy: { operation, targets: toGitRepository, answers: 'bytes' } } }) as const;

/**
 * https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md. A lock holds on all branches, whichever its client
 * names. It asks others to leave a file alone, and git-lfs keeps them from pushing it: it is no rule of this host.
 */
export function lockRoutes(app: FastifyInstance, services: Services): void {
  app.get(`${AT}/locks`, policyOf('lfs_lock.list'), async (request, reply) => {
    const { path, id, cursor: after, limit } = readAs(Chosen, request.query);
    const grant = grantOf(request, 'lfs_lock.list');
    const { locks, next } = await viewLfsLocks(services, grant, { path, id, after, limit });
    return sendJson(reply, { locks: locks.map(lockOf), ...cursorOf(next) });
  });

  app.post(`${AT}/locks/verify`, policyOf('lfs_lock.change'), async (request, reply) => {
    const { cursor: after, limit } = readAs(Verified, request.body);
    const grant = grantOf(request, 'lfs_lock.change');
    const { locks, next } = await viewLfsLocks(services, grant, { after, limit });
    const { ours = [], theirs = [] } = Object.groupBy(locks, (lock) =>
      isOwnLock(grant, lock) ? 'ours' : 'theirs',
    );
    return sendJson(reply, {
      ours: ours.map(lockOf),
      theirs: theirs.map(lockOf),
      ...cursorOf(next),
    });
  });

  app.post(`${AT}/locks`, policyOf('lfs_lock.change'), async (request, reply) => {
    const { path } = readAs(Wanted, request.body);
    const grant = grantOf(request, 'lfs_lock.change');
    await claim(services, grant);
    try {
      return sendJson(reply.code(201), { lock: lockOf(await lockLfsFile(services, grant, path)) });
    } catch (error) {
      if (!(error instanceof Locked)) throw error;
      return sendJson(reply.code(409), { lock: lockOf(error.lock), message: error.message });
    }
  });

  app.post(`${AT}/locks/:lock/unlock`, policyOf('lfs_lock.change'), async (request, reply) => {
    const { force = false } = readAs(Given, request.body);
    const { lock = '' } = request.params as { readonly lock?: string };
    const grant = grantOf(request, 'lfs_lock.change');
    const [{ id }] = grant.targets;
    await claim(services, grant);
    const breaking = () =>
      enterFurther(services, grant, 'lfs_lock.break', [
        { type: 'repository', workspace: '{}', repository: `{${id}}` },
      ]);
    return sendJson(reply, {
      lock: lockOf(await unlockLfsFile(services, grant, lock, force ? breaking : null)),
    });
  });
}

const cursorOf = (next: string | null) => (next === null ? {} : { next_cursor: next });

const lockOf = ({ id, path, lockedAt, holderName }: LfsLock) => ({
  id,
  path,
  locked_at: new Date(lockedAt).toISOString(),
  owner: { name: holderName ?? 'somebody who is gone' },
});
