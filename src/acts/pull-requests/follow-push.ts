import { isDeepStrictEqual } from 'node:util';
import type { PushCommand } from '../../git/command-list.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { newlyReached } from '../../git/newly-reached.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { branchPrefix } from '../../git/ref-name.ts';
import { openForReading } from '../../git/open.ts';
import { readRefs } from '../../git/refs.ts';
import { listResettingRules, touchRepository } from '../../hosting/index.ts';
import {
  changeOpen,
  clearReviews,
  findPullRequest,
  moveDestination,
  noteActivity,
  openConcerning,
  RESETS,
  rulesFor,
  updateDetail,
  type OpenEnds,
  type PullRequest,
  type PullRequestActor,
  type PullRequestPlace,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { transact } from '../transaction.ts';
import { closeMerged } from './close-merged.ts';
import { tellOfPullRequest } from './tell.ts';
import type { PullRequestGrant } from './view.ts';

/** What is known of the pull requests that a push concerns before it is written down. */
export interface Following {
  readonly repositoryId: string;
  /** Those that the push moved, without `refs/heads/`. */
  readonly branches: readonly string[];
  /** The open pull requests that these are ends of, as they were when their branches were looked at. */
  readonly seen: readonly OpenEnds[];
  /** Where the branches that moved stand now; without those that are gone. */
  readonly tips: ReadonlyMap<string, ObjectId>;
  /** Of those whose destination came to contain their source: what the source is, by number. */
  readonly contained: ReadonlyMap<number, ObjectId>;
}

/** Another push of the same branches was written down in between: it is looked at again. */
export class MovedMeanwhile extends Error {
  override readonly name = 'MovedMeanwhile';
}

/**
 * Looks at the pull requests that a push concerns; undefined where there are none. The branches are read after the rows, so
 * that of two pushes the one that is written down later knows no older tip.
 */
export async function lookAtFollowers(
  services: Services,
  handle: RepositoryHandle,
  moved: readonly PushCommand[],
): Promise<Following | undefined> {
  const branches = moved
    .filter(({ ref }) => ref.startsWith(branchPrefix))
    .map(({ ref }) => ref.slice(branchPrefix.length));
  return handle.kind === 'repository' && branches.length > 0
    ? lookAtBranches(services, handle, branches)
    : undefined;
}

async function lookAtBranches(
  services: Services,
  handle: RepositoryHandle,
  branches: readonly string[],
): Promise<Following | undefined> {
  const seen = await openConcerning(services.database, handle.id, branches);
  if (seen.length === 0) return undefined;
  const ends = new Set(
    seen.flatMap(({ sourceBranch, destinationBranch }) => [sourceBranch, destinationBranch]),
  );
  const refs = await readRefs(
    services,
    handle,
    [...ends].map((branch) => branchPrefix + branch),
  );
  const standing = new Map(
    [...refs].map(([ref, { id }]): [string, ObjectId] => [ref.slice(branchPrefix.length), id]),
  );
  const pushed = new Set(branches);
  const tips = new Map([...standing].filter(([branch]) => pushed.has(branch)));
  const contained = await containedNow(services, handle, seen, { standing, tips });
  return { repositoryId: handle.id, branches, seen, tips, contained };
}

/** Of pushes that end at the same moment each has to look once more for each one before it. */
const MOST_LOOKS = 20;

/** Looks, and has that written down; once more wherever it is thrown that others wrote something down meanwhile. */
export async function lookedAtAgain<Seen>(
  look: () => Promise<Seen>,
  writeDown: (seen: Seen) => Promise<void>,
): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const seen = await look();
    try {
      await writeDown(seen);
      return;
    } catch (error) {
      if (!(error instanceof MovedMeanwhile) || looks >= MOST_LOOKS) throw error;
    }
  }
}

/**
 * For one that was just made, or goes to another branch: a push that was written down after its branches were read, and
 * before it was there, has not moved it. Nobody did that to it, as far as it is told.
 */
export async function catchUp(
  services: Services,
  grant: PullRequestGrant,
  { repositoryId, sourceBranch, destinationBranch }: PullRequest,
): Promise<void> {
  const handle = await openForReading(services.storage, grant);
  await lookedAtAgain(
    () => lookAtBranches(services, handle, [sourceBranch, destinationBranch]),
    async (following) => {
      if (following === undefined || isUpToDate(following)) return;
      await transact(services, async (trx) => {
        const now = services.clock();
        await touchRepository(trx, repositoryId, now);
        await followPush(trx, following, null, now);
      });
    },
  );
}

const isUpToDate = ({ seen, tips }: Following): boolean =>
  seen.every(
    (each) =>
      (tips.get(each.sourceBranch) ?? each.sourceCommit) === each.sourceCommit &&
      (tips.get(each.destinationBranch) ?? each.destinationCommit) === each.destinationCommit,
  );

/** Asked of Git once for all that go to the same branch. */
async function containedNow(
  services: Services,
  handle: RepositoryHandle,
  seen: readonly OpenEnds[],
  { standing, tips }: Readonly<Record<'standing' | 'tips', ReadonlyMap<string, ObjectId>>>,
): Promise<ReadonlyMap<number, ObjectId>> {
  const contained = new Map<number, ObjectId>();
  const moves = Map.groupBy(
    seen.filter(({ destinationBranch }) => tips.has(destinationBranch)),
    ({ destinationBranch, destinationCommit }) => `${destinationCommit} ${tips.get(destinationBranch)}`,
  );
  for (const group of moves.values()) {
    const [{ destinationBranch, destinationCommit: old }] = group as [OpenEnds];
    // Of a source that is gone it counts what it was.
    const sources = new Map(
      group.map((each) => [each.number, standing.get(each.sourceBranch) ?? each.sourceCommit]),
    );
    const move = { old, new: tips.get(destinationBranch) ?? old };
    const reached = await newlyReached(services.objects, handle, move, new Set(sources.values())).catch(
      (error: unknown) => {
        services.log.warn(
          { repository: handle.id, error },
          'Whether a branch contains another is not known.',
        );
        return new Set<ObjectId>();
      },
    );
    for (const [number, source] of sources) if (reached.has(source)) contained.set(number, source);
  }
  return contained;
}

/**
 * Open pull requests follow their branches, and are merged where what they propose is in their destination. Give it the
 * transaction that writes the push down, after it locked the repository; it may be repeated. Throws `MovedMeanwhile`, and
 * nothing of the transaction may stay then.
 */
export async function followPush(
  trx: Handle,
  following: Following,
  actor: PullRequestActor | null,
  now: number,
): Promise<void> {
  const { repositoryId, branches, tips, contained } = following;
  const seen = new Map(following.seen.map((each) => [each.number, each]));
  // What was closed in between follows nothing any more.
  const open = await openConcerning(trx, repositoryId, branches);
  if (!open.every((each) => isDeepStrictEqual(each, seen.get(each.number)))) throw new MovedMeanwhile();
  for (const { number, sourceBranch, sourceCommit, destinationBranch, destinationCommit } of open) {
    const place = { repositoryId, number };
    const merged = contained.get(number);
    const mergeCommit = tips.get(destinationBranch);
    const source = tips.get(sourceBranch) ?? sourceCommit;
    if (merged !== undefined && mergeCommit !== undefined) {
      // Its destination stays what it was before, so that what was merged can be looked at.
      const merge = { sourceCommit: merged, destinationBranch, destinationCommit, mergeCommit, by: actor };
      await closeMerged(trx, place, merge, now);
    } else if (source !== sourceCommit) await sourceMoved(trx, place, source, actor, now);
  }
  for (const branch of new Set(open.map(({ destinationBranch }) => destinationBranch))) {
    const tip = tips.get(branch);
    if (tip !== undefined) await moveDestination(trx, repositoryId, branch, tip);
  }
}

async function sourceMoved(
  trx: Handle,
  place: PullRequestPlace,
  sourceCommit: ObjectId,
  actor: PullRequestActor | null,
  now: number,
): Promise<void> {
  const { repositoryId, number } = place;
  if (!(await changeOpen(trx, repositoryId, number, { sourceCommit }, now))) return;
  const moved = await findPullRequest(trx, repositoryId, number);
  if (moved === undefined) throw new TypeError('What was changed is there.');
  await noteActivity(trx, place, 'push', actor, now, updateDetail(moved));
  for (const { kind } of rulesFor(await listResettingRules(trx, repositoryId), moved.destinationBranch))
    await clearReviews(trx, place, RESETS[kind]);
  // Bitbucket Cloud tells those who listen for updates of it as well.
  for (const event of ['pullrequest:push', 'pullrequest:updated'] as const)
    await tellOfPullRequest(trx, event, place, actor, now);
}
