import { setTimeout as delay } from 'node:timers/promises';
import type { Grant } from '../../gate/index.ts';
import { isFolder, missingFolder } from '../../git/inspect.ts';
import { removeUnpointed, type RemovedLfsObjects } from '../../git/lfs/index.ts';
import { openForWriting } from '../../git/open.ts';
import {
  keepInShape,
  pruneNow,
  readUpkeep,
  shapeOf,
  tasksFor,
  type Shape,
  type Upkeep,
  type UpkeepReport,
} from '../../git/upkeep/index.ts';
import { changedSince, everyRepository } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import { commitsShown } from '../../pull-requests/index.ts';
import { openPushes } from '../../push/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export type { Shape, Upkeep, UpkeepReport } from '../../git/upkeep/index.ts';

/** Something on the disk that is kept in shape. */
export interface Kept {
  readonly id: string;
  readonly data: 'repository' | 'wiki';
  /** `WORKSPACE/SLUG`, for people. */
  readonly name: string;
  /** When something in it was last pushed or changed. */
  readonly changedAt: number;
}

export type MaintenanceGrant = Grant<'repository.maintain'> | Grant<'wiki.maintain'>;
export type PruneGrant = Grant<'repository.prune'> | Grant<'wiki.prune'>;

const WAIT_FOR_PUSHES_MS = 30_000;
/** Clients bring files of Git LFS and push what points to them within this time. */
const SPARED_MS = 60 * 60_000;
const LOOK_EVERY_MS = 100;

/** Every repository that is not deleted, on the disk or not, and every wiki that is there; those only that changed since that time, where one is given. */
export async function everythingKept(
  services: Services,
  _grant: Grant<'host.inspect'>,
  since?: number,
): Promise<Kept[]> {
  const { database, storage } = services;
  const rows = await (since === undefined ? everyRepository(database) : changedSince(database, since));
  const kept: Kept[] = [];
  for (const { id, slug, workspace, deletedAt, updatedAt } of rows) {
    if (deletedAt !== null) continue;
    for (const data of ['repository', 'wiki'] as const) {
      // A wiki that nobody has opened yet is not there, and is not made for this.
      if (data === 'repository' || (await isFolder(storage.pathOf(id, data))))
        kept.push({ id, data, name: `${workspace.slug}/${slug}`, changedAt: updatedAt });
    }
  }
  return kept;
}

/** What one of them looks like, when and how it was last kept in shape, and whether it needs anything. */
export async function shapeOfKept(
  services: Services,
  _grant: Grant<'host.inspect'>,
  { id, data }: Pick<Kept, 'id' | 'data'>,
): Promise<{ readonly shape: Shape; readonly upkeep: Upkeep; readonly needs: boolean }> {
  const path = services.storage.pathOf(id, data);
  const [shape, upkeep] = await Promise.all([shapeOf(path), readUpkeep(path)]);
  return { shape, upkeep, needs: tasksFor(shape, upkeep, services.clock()).length > 0 };
}

/** Keeps the repository or wiki of the grant in shape, and what its pull requests show. Throws the reason of the signal. */
export async function maintain(
  services: Services,
  grant: MaintenanceGrant,
  options: { readonly whole?: boolean; readonly signal?: AbortSignal },
): Promise<UpkeepReport> {
  const handle = await openForWriting(services.storage, grant);
  const kept = handle.kind === 'repository' ? await commitsShown(services.database, handle.id) : [];
  const report = await keepInShape(handle, { ...options, kept, now: services.clock() });
  services.objects.forget(handle);
  // What was unreachable for long may be gone now, and is not to be had from an answer either.
  if (report.before.unreachableSince !== null && report.did.includes('whole repack'))
    await services.packs.drop(handle.id);
  return report;
}

/**
 * Removes what no ref of the repository or wiki leads to, at once and for good, files of Git LFS included that are older
 * than an hour. Pushes on their way are refused, and told to come again. Throws `Problem` where one does not end, and the reason of the signal.
 */
export async function prune(
  services: Services,
  grant: PruneGrant,
  signal: AbortSignal,
): Promise<{ readonly before: Shape; readonly after: Shape; readonly lfs: RemovedLfsObjects }> {
  const handle = await openForWriting(services.storage, grant);
  if (!(await isFolder(handle.path))) throw new Problem('conflict', missingFolder(handle.path));
  const before = await shapeOf(handle.path);
  // First: what is gone from the disk for good must not be missing from the audit.
  await change(
    services,
    grant,
    async () => {},
    () => ({ target: { type: 'repository', id: handle.id }, detail: { data: handle.kind } }),
  );
  await pruneNow(handle, () => pushesToEnd(services, handle, signal), signal);
  services.objects.forget(handle);
  await services.packs.drop(handle.id);
  const lfs = await removeUnpointed(handle, services.clock() - SPARED_MS);
  services.sizes.forget(handle);
  return { before, after: await shapeOf(handle.path), lfs };
}

/** Waits for the pushes that have said what they will move and have not yet moved it. */
async function pushesToEnd(
  services: Services,
  { id, kind }: { readonly id: string; readonly kind: 'repository' | 'wiki' },
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + WAIT_FOR_PUSHES_MS;
  for (;;) {
    signal.throwIfAborted();
    const open = await openPushes(services.database);
    if (!open.some(({ repositoryId, data }) => repositoryId === id && data === kind)) return;
    if (performance.now() > until) {
      throw new Problem(
        'conflict',
        'A push to this repository has not ended, so nothing was removed. Try again; if no server runs, start it once, which settles what was interrupted.',
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}
