import type { Selectable, Updateable } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { ActorColumns, PullRequestTable } from '../store/schema.ts';
import { meets, type PullRequestCondition } from './conditions.ts';

/** Who did something, as rows name them. */
export type PullRequestActor = Readonly<ActorColumns>;

export const PULL_REQUEST_STATES = ['open', 'merged', 'declined'] as const;
export type PullRequestState = (typeof PULL_REQUEST_STATES)[number];

/** A pull request as it stands; names of branches are without `refs/heads/`, hashes are full, times in milliseconds since 1970. */
export interface PullRequest {
  readonly repositoryId: string;
  readonly number: number;
  readonly title: string;
  /** Markdown; empty where nobody gave one. */
  readonly description: string;
  readonly state: PullRequestState;
  readonly isDraft: boolean;
  readonly sourceBranch: string;
  readonly destinationBranch: string;
  /** Where the branches stood last while it was open. */
  readonly sourceCommit: string;
  readonly destinationCommit: string;
  /** Whether the source branch is to be deleted when it is merged. */
  readonly closesSourceBranch: boolean;
  readonly author: PullRequestActor;
  readonly mergeCommit: string | null;
  readonly closedBy: PullRequestActor | null;
  readonly closedAt: number | null;
  /** Why it was declined; empty where nobody said. */
  readonly reason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewPullRequest
  extends Pick<
    PullRequest,
    | 'repositoryId'
    | 'title'
    | 'description'
    | 'isDraft'
    | 'sourceBranch'
    | 'destinationBranch'
    | 'sourceCommit'
    | 'destinationCommit'
    | 'closesSourceBranch'
    | 'author'
  > {
  /** Public id; null for a person on the pages. */
  readonly credentialId: string | null;
}

const pullRequestFrom = (row: Selectable<PullRequestTable>): PullRequest => ({
  repositoryId: row.repository_id,
  number: row.number,
  title: row.title,
  description: row.description,
  state: row.state,
  isDraft: row.draft === 1,
  sourceBranch: row.source_branch,
  destinationBranch: row.destination_branch,
  sourceCommit: row.source_commit,
  destinationCommit: row.destination_commit,
  closesSourceBranch: row.close_source_branch === 1,
  author: { actor_type: row.author_type, actor_id: row.author_id },
  mergeCommit: row.merge_commit,
  closedBy:
    row.closed_by_type === null || row.closed_by_id === null
      ? null
      : { actor_type: row.closed_by_type, actor_id: row.closed_by_id },
  closedAt: row.closed_at,
  reason: row.reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Writes a new one under the next number of its repository. Wants a transaction that holds the repository (`holdRepository`). */
export async function insertPullRequest(
  trx: Handle,
  { repositoryId, author, credentialId, ...given }: NewPullRequest,
  now: number,
): Promise<PullRequest> {
  const { last } = await trx
    .selectFrom('pull_request')
    .select(({ fn }) => fn.max<number | null>('number').as('last'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  const row: Selectable<PullRequestTable> = {
    repository_id: repositoryId,
    number: (last ?? 0) + 1,
    title: given.title,
    description: given.description,
    state: 'open',
    draft: given.isDraft ? 1 : 0,
    source_branch: given.sourceBranch,
    destination_branch: given.destinationBranch,
    source_commit: given.sourceCommit,
    destination_commit: given.destinationCommit,
    close_source_branch: given.closesSourceBranch ? 1 : 0,
    author_type: author.actor_type,
    author_id: author.actor_id,
    credential_id: credentialId,
    merge_commit: null,
    closed_by_type: null,
    closed_by_id: null,
    closed_at: null,
    reason: '',
    created_at: now,
    updated_at: now,
  };
  await trx.insertInto('pull_request').values(row).execute();
  return pullRequestFrom(row);
}

/** Looked up by repository *and* number; undefined where the repository has none of that number. */
export async function findPullRequest(
  db: Handle,
  repositoryId: string,
  number: number,
): Promise<PullRequest | undefined> {
  const row = await ofRepository(db, repositoryId).where('number', '=', number).executeTakeFirst();
  return row && pullRequestFrom(row);
}

/** Each of these that the repository has. */
export async function findPullRequests(
  db: Handle,
  repositoryId: string,
  numbers: readonly number[],
): Promise<PullRequest[]> {
  if (numbers.length === 0) return [];
  const rows = await ofRepository(db, repositoryId)
    .where('number', 'in', [...numbers])
    .execute();
  return rows.map(pullRequestFrom);
}

/** The open one between two branches, if there is one: there is at most one at a time. */
export async function openBetween(
  db: Handle,
  repositoryId: string,
  { sourceBranch, destinationBranch }: Pick<PullRequest, 'sourceBranch' | 'destinationBranch'>,
): Promise<PullRequest | undefined> {
  const row = await ofRepository(db, repositoryId)
    .where('state', '=', 'open')
    .where('source_branch', '=', sourceBranch)
    .where('destination_branch', '=', destinationBranch)
    .executeTakeFirst();
  return row && pullRequestFrom(row);
}

/** The open ones that come from this branch, and those that are for it. */
export async function openAt(
  db: Handle,
  repositoryId: string,
  end: 'source_branch' | 'destination_branch',
  branches: readonly string[],
): Promise<PullRequest[]> {
  if (branches.length === 0) return [];
  const rows = await ofRepository(db, repositoryId)
    .where('state', '=', 'open')
    .where(end, 'in', [...branches])
    .orderBy('number')
    .execute();
  return rows.map(pullRequestFrom);
}

/** Those whose source is at a commit, or was last, and those that it merged; the newest first. */
export async function endingAt(
  db: Handle,
  repositoryId: string,
  commit: string,
  limit: number,
): Promise<PullRequest[]> {
  const rows = await ofRepository(db, repositoryId)
    .where((is) => is.or([is('source_commit', '=', commit), is('merge_commit', '=', commit)]))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(pullRequestFrom);
}

const ofRepository = (db: Handle, repositoryId: string) =>
  db.selectFrom('pull_request').selectAll().where('repository_id', '=', repositoryId);

/** Which pull requests, and in which order; the newest first where it is not said. */
export interface PullRequestChoice {
  /** Those in one of these states; of every state where it is left out. */
  readonly states?: readonly PullRequestState[];
  /** Those that meet all of these. */
  readonly conditions?: readonly PullRequestCondition[];
  readonly sort?: { readonly by: 'number' | 'created_at' | 'updated_at'; readonly descending: boolean };
}

export interface PullRequestQuery extends PullRequestChoice {
  readonly offset: number;
  readonly limit: number;
}

const chosen = (db: Handle, repositoryId: string, { states, conditions = [] }: PullRequestChoice) => {
  const all = db.selectFrom('pull_request').where('repository_id', '=', repositoryId);
  const inStates = states === undefined ? all : all.where('state', 'in', [...states]);
  return conditions.length === 0 ? inStates : inStates.where(meets(conditions));
};

const ordered = (db: Handle, repositoryId: string, choice: PullRequestChoice) => {
  const { by, descending } = choice.sort ?? { by: 'number', descending: true };
  const direction = descending ? 'desc' : 'asc';
  return chosen(db, repositoryId, choice).orderBy(by, direction).orderBy('number', direction);
};

/** One page of the pull requests of a repository, and how many there are in all. */
export async function listPullRequests(
  db: Handle,
  repositoryId: string,
  query: PullRequestQuery,
): Promise<{ readonly pullRequests: PullRequest[]; readonly size: number }> {
  if (query.states?.length === 0) return { pullRequests: [], size: 0 };
  const rows = await ordered(db, repositoryId, query)
    .selectAll()
    .offset(query.offset)
    .limit(query.limit)
    .execute();
  const { size } = await chosen(db, repositoryId, query)
    .select(({ fn }) => fn.countAll<number | string>().as('size'))
    .executeTakeFirstOrThrow();
  return { pullRequests: rows.map(pullRequestFrom), size: Number(size) };
}

/** The numbers of all of them. */
export async function pullRequestNumbers(
  db: Handle,
  repositoryId: string,
  choice: PullRequestChoice,
): Promise<number[]> {
  if (choice.states?.length === 0) return [];
  const rows = await ordered(db, repositoryId, choice).select('number').execute();
  return rows.map(({ number }) => number);
}

/** What may change of a pull request. Closing names who did it and when. */
export type PullRequestChange = Partial<
  Pick<
    PullRequest,
    | 'title'
    | 'description'
    | 'isDraft'
    | 'destinationBranch'
    | 'sourceCommit'
    | 'destinationCommit'
    | 'closesSourceBranch'
  >
> & {
  readonly closed?: {
    readonly state: 'merged' | 'declined';
    readonly by: PullRequestActor | null;
    readonly mergeCommit: string | null;
    readonly reason: string;
  };
};

/**
 * Changes what is given of an open one. One update that checks the state: of two who close it at once, one wins.
 *
 * @returns false where it is not open any more, or not there
 */
export async function changeOpen(
  trx: Handle,
  repositoryId: string,
  number: number,
  change: PullRequestChange,
  now: number,
): Promise<boolean> {
  const { closed } = change;
  const values: Updateable<PullRequestTable> = {
    updated_at: now,
    ...(change.title !== undefined && { title: change.title }),
    ...(change.description !== undefined && { description: change.description }),
    ...(change.isDraft !== undefined && { draft: change.isDraft ? 1 : 0 }),
    ...(change.destinationBranch !== undefined && { destination_branch: change.destinationBranch }),
    ...(change.sourceCommit !== undefined && { source_commit: change.sourceCommit }),
    ...(change.destinationCommit !== undefined && { destination_commit: change.destinationCommit }),
    ...(change.closesSourceBranch !== undefined && {
      close_source_branch: change.closesSourceBranch ? 1 : 0,
    }),
    ...(closed !== undefined && {
      state: closed.state,
      merge_commit: closed.mergeCommit,
      closed_by_type: closed.by?.actor_type ?? null,
      closed_by_id: closed.by?.actor_id ?? null,
      closed_at: now,
      reason: closed.reason,
    }),
  };
  const { numUpdatedRows } = await trx
    .updateTable('pull_request')
    .set(values)
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Something was said or decided about it, open or not. */
export async function touchPullRequest(
  trx: Handle,
  repositoryId: string,
  number: number,
  now: number,
): Promise<void> {
  await trx
    .updateTable('pull_request')
    .set({ updated_at: now })
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .execute();
}
