import { setTimeout as delay } from 'node:timers/promises';
import { Refused, type Grant } from '../../gate/index.ts';
import { openForWriting } from '../../git/open.ts';
import { completePush, openPushes, type PushRecord } from '../../push/index.ts';
import type { Services } from '../../services.ts';
import { clearKilledPushes } from './clear-killed-pushes.ts';
import type { PushGrant } from './push-grant.ts';
import { settlePush } from './settle-push.ts';

/** A Git process outlives a server that was killed by the moments it takes to move its refs. */
const ORPHANS_MS = 2000;

/**
 * For the start, before the first request: clears away what killed pushes left in quarantine, the locks they held
 * and the folders they kept, and writes down the end of pushes whose end was not written. `grantFor` enters as a job to write that repository.
 * Returns how many pushes were found open.
 */
export async function reconcilePushes(
  services: Services,
  _grant: Grant<'host.inspect'>,
  grantFor: (push: Pick<PushRecord, 'repositoryId' | 'data'>) => Promise<PushGrant>,
): Promise<number> {
  const open = await openPushes(services.database);
  const youngest = Math.max(0, ...open.map(({ createdAt }) => createdAt));
  const age = services.clock() - youngest;
  if (age >= 0 && age < ORPHANS_MS) await delay(ORPHANS_MS - age);
  const now = new Date();
  // The start has looked at all of them before; in these, Git may have been at work since.
  const places = open.map(({ repositoryId, data }) => services.storage.pathOf(repositoryId, data));
  for (const path of new Set(places)) await clearKilledPushes(services, path, now);
  for (const push of open) await settleOpen(services, push, grantFor);
  return open.length;
}

/**
 * For when one of several processes of the host was killed: writes down the end of the pushes that it had begun. `held`
 * names those that the others are still at. Locks and quarantines are left to Git, which is told to end with the process
 * that it worked for, and clears them away.
 */
export async function settleLeftPushes(
  services: Services,
  _grant: Grant<'host.inspect'>,
  grantFor: (push: Pick<PushRecord, 'repositoryId' | 'data'>) => Promise<PushGrant>,
  held: () => Promise<ReadonlySet<string>>,
): Promise<void> {
  await delay(ORPHANS_MS);
  const open = await openPushes(services.database);
  if (open.length === 0) return;
  // In this order: what is held by nobody now, and is open still, has nobody who will end it.
  const others = await held();
  const stillOpen = new Set((await openPushes(services.database)).map(({ id }) => id));
  for (const push of open) {
    if (!others.has(push.id) && stillOpen.has(push.id)) await settleOpen(services, push, grantFor);
  }
}

/** Where it cannot be done the push stays open for the next start, and the log says why: everything else is served meanwhile. */
async function settleOpen(
  services: Services,
  push: PushRecord,
  grantFor: (push: PushRecord) => Promise<PushGrant>,
): Promise<void> {
  try {
    const handle = await openForWriting(services.storage, await grantFor(push));
    await settlePush(services, handle, { ...push, moved: undefined });
  } catch (error) {
    if (error instanceof Refused) {
      // The repository was deleted since: nobody can see where its refs stand.
      await services.database
        .transaction()
        .execute((trx) => completePush(trx, push.id, new Set(), services.clock()));
    } else {
      const { id, repositoryId, data } = push;
      services.log.error(
        { push: id, repository: repositoryId, data, error },
        'The end of a push could not be written down; the next start tries again.',
      );
    }
  }
}
