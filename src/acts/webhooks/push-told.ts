import { z } from 'zod';
import type { Grant } from '../../gate/index.ts';
import type { PushCommand } from '../../git/command-list.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { ObjectNotFound } from '../../git/object-error.ts';
import { isZeroObjectId, type ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { branchPrefix, tagPrefix } from '../../git/ref-name.ts';
import type { Repository } from '../../hosting/index.ts';
import { movedByPush } from '../../push/index.ts';
import type { Services } from '../../services.ts';
import { isBehind } from '../git/forget-old-tips.ts';
import { mainBranchOf, viewRepository } from '../repositories/view.ts';
import type { Commit } from '../source/commits.ts';
import { sourceRefAt, type SourceRef } from '../source/refs.ts';
import { actorNamed, type Actor } from './actor.ts';

/** As Bitbucket Cloud: of each change. */
const MOST_COMMITS = 5;
/** A mirror pushes thousands of refs at once; whoever is told of so many looks for the others. */
const MOST_CHANGES = 100;
/** How many of these are told with their commits, so that none is too large to be sent. */
const MOST_WITH_COMMITS = 20;

const About = z.object({ push: z.string() });

/** Whether webhooks are told of what happens to this ref: branches and tags. */
export const isTold = (ref: string): boolean => ref.startsWith(branchPrefix) || ref.startsWith(tagPrefix);

export interface ToldChange {
  readonly kind: 'branch' | 'tag';
  readonly name: string;
  /** Null where it was made. */
  readonly old: SourceRef | null;
  /** Null where it was deleted. */
  readonly new: SourceRef | null;
  /** What it leads to now does not follow from what it led to. */
  readonly isForced: boolean;
  /** Of a branch, the newest of what leads to it and not to what it led to. */
  readonly commits: readonly Commit[];
  /** There are more of them. */
  readonly isTruncated: boolean;
}

export interface PushToTell {
  readonly repository: Repository;
  readonly mainBranch: string | null;
  readonly actor: Actor | null;
  readonly changes: readonly ToldChange[];
}

/** What is told of a push; undefined where nothing of it is there to be told. */
export async function pushToTell(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  about: unknown,
): Promise<PushToTell | undefined> {
  const [{ id }] = grant.targets;
  const push = await movedByPush(services.database, id, About.parse(about).push);
  const commands = push?.commands.filter(({ ref }) => isTold(ref)).slice(0, MOST_CHANGES) ?? [];
  if (push === undefined || commands.length === 0) return undefined;
  const handle = await openForReading(services.storage, grant);
  const changes: ToldChange[] = [];
  for (const command of commands)
    changes.push(await changeOf(services, handle, command, changes.length < MOST_WITH_COMMITS));
  return {
    repository: await viewRepository(services, grant),
    mainBranch: await mainBranchOf(services, handle),
    actor: await actorNamed(services.database, push),
    changes,
  };
}

async function changeOf(
  services: Services,
  handle: RepositoryHandle,
  { ref, old, new: id }: PushCommand,
  withCommits: boolean,
): Promise<ToldChange> {
  const kind = ref.startsWith(branchPrefix) ? 'branch' : 'tag';
  const name = ref.slice(kind === 'branch' ? branchPrefix.length : tagPrefix.length);
  const at = (hash: ObjectId) =>
    isZeroObjectId(hash) ? null : sourceRefAt(services, handle, kind, name, hash);
  const before = await at(old);
  const after = await at(id);
  const isUpdate = before !== null && after !== null;
  const lists = kind === 'branch' && after?.commit != null;
  const came =
    lists && withCommits ? await cameWith(services, handle, after.commit, before?.commit ?? null) : null;
  return {
    kind,
    name,
    old: before,
    new: after,
    isForced: isUpdate && (kind === 'tag' || !(await isBehind(services, handle, old, id))),
    commits: came?.commits ?? [],
    isTruncated: came?.hasMore ?? (lists && !withCommits),
  };
}

/** The commits behind one and not behind the other. What is not there any more came with nothing. */
async function cameWith(
  { history }: Services,
  handle: RepositoryHandle,
  after: Commit,
  before: Commit | null,
): Promise<{ readonly commits: readonly Commit[]; readonly hasMore: boolean } | null> {
  try {
    return await history.list(handle, {
      include: [after.id],
      exclude: before === null ? [] : [before.id],
      offset: 0,
      limit: MOST_COMMITS,
    });
  } catch (error) {
    if (error instanceof ObjectNotFound) return null;
    throw error;
  }
}
