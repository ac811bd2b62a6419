import type { Commit } from '../../git/commit.ts';
import { innerPath, readCommit } from '../../git/commits.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { parseObjectId, type ObjectId } from '../../git/object-id.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { resolveRevision } from '../../git/revision.ts';
import { invalid } from '../../problem.ts';
import { longestPathBytes } from '../../git/tree.ts';
import type { Services } from '../../services.ts';
import { reading } from './problems.ts';

export type { Commit, Signature } from '../../git/commit.ts';

export interface CommitsQuery {
  /** Revisions whose history is listed: hashes, branches, tags. All branches and tags when there are none. */
  readonly include: readonly string[];
  /** Revisions whose history is left out. */
  readonly exclude: readonly string[];
  /** Only commits that changed this file or folder. */
  readonly path?: string;
  readonly offset: number;
  readonly limit: number;
}

export interface CommitsPage {
  readonly commits: readonly Commit[];
  readonly hasMore: boolean;
  /** What the revisions led to, so that the next page can be of the same history. */
  readonly include: readonly ObjectId[];
  readonly exclude: readonly ObjectId[];
}

const MAXIMAL_REVISIONS = 1000;
/** A name costs a look at the refs, and a hash that is cut short a process of Git; a full hash neither. */
const MAXIMAL_NAMES = 200;
const MAXIMAL_SHORT = 50;
const SHORT = /^[0-9a-f]{4,63}$/i;

/** One page of history, newest first. Throws `Problem` for a revision that is not there and for too many of them. */
export async function listSourceCommits(
  services: Services,
  grant: ReadingGrant,
  query: CommitsQuery,
): Promise<CommitsPage> {
  refuseTooMany(query);
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const include = await resolveEach(services, handle, query.include);
    const exclude = await resolveEach(services, handle, query.exclude);
    if (query.path !== undefined && !mayLie(query.path)) {
      return { commits: [], hasMore: false, include, exclude };
    }
    const { commits, hasMore } = await services.history.list(handle, {
      ...(include.length > 0 && { include }),
      exclude,
      ...(query.path !== undefined && { path: query.path }),
      offset: query.offset,
      limit: query.limit,
    });
    return { commits, hasMore, include, exclude };
  });
}

/** The commit that a hash, branch or tag leads to. Throws `Problem` when there is none. */
export async function viewCommit(services: Services, grant: ReadingGrant, revision: string): Promise<Commit> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const { commit } = await resolveRevision(services, handle, revision);
    return readCommit(services.objects, handle, commit);
  });
}

async function resolveEach(
  services: Services,
  handle: RepositoryHandle,
  revisions: readonly string[],
): Promise<ObjectId[]> {
  const ids = new Set<ObjectId>();
  for (const revision of new Set(revisions)) {
    ids.add((await resolveRevision(services, handle, revision)).commit);
  }
  return [...ids];
}

function refuseTooMany({ include, exclude }: CommitsQuery): void {
  const revisions = [...include, ...exclude];
  const names = revisions.filter((revision) => parseObjectId(revision) === undefined);
  const short = names.filter((name) => SHORT.test(name));
  if (revisions.length > MAXIMAL_REVISIONS || names.length > MAXIMAL_NAMES || short.length > MAXIMAL_SHORT) {
    throw invalid(
      'include',
      `Give at most ${MAXIMAL_REVISIONS} revisions in include and exclude, among them ${MAXIMAL_NAMES} names and ${MAXIMAL_SHORT} hashes cut short.`,
    );
  }
}

/** False for what no tree holds; Git would end with an error at some of it. */
export function mayLie(path: string): boolean {
  const inner = innerPath(path);
  if (path.includes('\0') || Buffer.byteLength(path) > longestPathBytes) return false;
  return inner === '' || inner.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
