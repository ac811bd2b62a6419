import type { Grant } from '../../gate/index.ts';
import type { Commit } from '../../git/commit.ts';
import { innerPath, readCommit } from '../../git/commits.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { openForReading } from '../../git/open.ts';
import type { ChangeAtPath } from '../../git/path-history.ts';
import { resolveRevision, splitRevisionAndPath } from '../../git/revision.ts';
import { findPath } from '../../git/tree.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { mayLie } from './commits.ts';
import { describe, type SourceEntry } from './files.ts';
import { comparing, noSuchFile } from './problems.ts';

/** A commit that changed a file or folder. */
export interface PathChange {
  readonly commit: Commit;
  /** Where it lay then: a file may have had another name. */
  readonly path: string;
  /** What the commit made of it; undefined where it removed it. */
  readonly entry: SourceEntry | undefined;
}

export interface PathHistoryQuery {
  /** Full hash that the pages before began at; whatever the revision has come to lead to. */
  readonly from: string | undefined;
  /** Whether a file is followed into what it was called before. */
  readonly follows: boolean;
  readonly offset: number;
  readonly limit: number;
  /** All of them, newest first, where there is none. */
  readonly choice?: PathChangeChoice;
}

/** Which changes are wanted, in which order. */
export interface PathChangeChoice {
  readonly matches?: (change: Pick<PathChange, 'commit' | 'path'>) => boolean;
  readonly byDate?: 'newest first' | 'oldest first';
}

export interface PathHistoryPage {
  /** What the revision led to. */
  readonly commit: string;
  readonly changes: readonly PathChange[];
  readonly hasMore: boolean;
}

/** What is before a page is found as well. */
const FARTHEST = 20_000;
/** All of them are looked at for each page of a choice. */
const MOST_CHOSEN_FROM = 5000;
const LOOKED_AT_TOGETHER = 50;

/**
 * One page of the commits that changed what `{revision}/{path}` names, newest first. Throws `Problem`, also where nothing
 * ever was there.
 */
export async function listPathHistory(
  services: Services,
  grant: Grant<'source.read'>,
  text: string,
  { from, follows, offset, limit, choice }: PathHistoryQuery,
): Promise<PathHistoryPage> {
  if (offset + limit > FARTHEST)
    throw new Problem('invalid', `Pages go on to the ${FARTHEST}th change; begin at an earlier commit.`);
  const handle = await openForReading(services.storage, grant);
  return comparing(services, async () => {
    const named = await splitRevisionAndPath(services, handle, text);
    if (!mayLie(named.path)) throw noSuchFile(named.path);
    const path = innerPath(named.path);
    const commit = from === undefined ? named.commit : (await resolveRevision(services, handle, from)).commit;
    const entry = await findPath(services.objects, handle, commit, path);
    const asked = { commit, path, follows: follows && entry?.kind !== 'directory' };
    const most = choice === undefined ? offset + limit : MOST_CHOSEN_FROM;
    const { changes: all, isWhole } = await services.history.atPath(handle, asked, most);
    if (all.length === 0 && entry === undefined) throw noSuchFile(path);
    if (choice !== undefined && (!isWhole || all.length > most)) throw tooManyToChooseFrom();
    const chosen = choice === undefined ? all : await choose(services, handle, all, choice);
    const page = chosen.slice(offset, offset + limit);
    return {
      commit,
      changes: await Promise.all(page.map((change) => look(services, handle, change))),
      hasMore: chosen.length > offset + limit || (choice === undefined && !isWhole),
    };
  });
}

const tooManyToChooseFrom = (): Problem =>
  new Problem(
    'invalid',
    `Filters and sorts look at at most ${MOST_CHOSEN_FROM} changes, and there are more of this: leave q and sort out, and follow the pages.`,
  );

/** Looks at some commits at a time, since a message may be long, and keeps none of them. */
async function choose(
  { objects }: Services,
  handle: RepositoryHandle,
  changes: readonly ChangeAtPath[],
  { matches = () => true, byDate }: PathChangeChoice,
): Promise<readonly ChangeAtPath[]> {
  const chosen: { readonly change: ChangeAtPath; readonly at: number }[] = [];
  for (let from = 0; from < changes.length; from += LOOKED_AT_TOGETHER) {
    const some = changes.slice(from, from + LOOKED_AT_TOGETHER).map(async (change) => {
      const commit = await readCommit(objects, handle, change.commit);
      const path = change.pathBytes.toString();
      return matches({ commit, path }) ? [{ change, at: commit.committer.timestamp }] : [];
    });
    chosen.push(...(await Promise.all(some)).flat());
  }
  if (byDate === 'newest first') chosen.sort((one, other) => other.at - one.at);
  if (byDate === 'oldest first') chosen.sort((one, other) => one.at - other.at);
  return chosen.map(({ change }) => change);
}

async function look(
  services: Services,
  handle: RepositoryHandle,
  { commit: id, pathBytes }: ChangeAtPath,
): Promise<PathChange> {
  const commit = await readCommit(services.objects, handle, id);
  const entry = await findPath(services.objects, handle, id, pathBytes);
  return {
    commit,
    path: pathBytes.toString(),
    entry: entry === undefined ? undefined : await describe(services, handle, entry),
  };
}
