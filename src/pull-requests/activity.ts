import type { Handle } from '../store/handle.ts';
import type { PullRequestActivityTable } from '../store/schema.ts';
import type { PullRequestPlace } from './participants.ts';
import type { PullRequest, PullRequestActor } from './pull-requests.ts';

/** How a pull request stood after an update, and what of it changed, each with what it was and what it became. */
export interface UpdateDetail
  extends Pick<
    PullRequest,
    'title' | 'description' | 'state' | 'isDraft' | 'sourceCommit' | 'destinationCommit' | 'reason'
  > {
  readonly sourceBranch: string;
  readonly destinationBranch: string;
  readonly changes: Readonly<Record<string, { readonly old: string; readonly new: string }>>;
}

export type Activity = {
  readonly id: number;
  readonly number: number;
  /** Null for the host itself, and for who pushes with an access key. */
  readonly actor: PullRequestActor | null;
  readonly at: number;
} /** `push`: its source branch moved. */ & (
  | { readonly kind: 'update' | 'push'; readonly detail: UpdateDetail }
  | { readonly kind: 'approval' | 'changes_requested'; readonly detail: null }
);

/** Writes down what happened. Give it the transaction of what happened. */
export async function noteActivity(
  trx: Handle,
  { repositoryId, number }: PullRequestPlace,
  kind: PullRequestActivityTable['kind'],
  actor: PullRequestActor | null,
  at: number,
  detail: UpdateDetail | null = null,
): Promise<void> {
  await trx
    .insertInto('pull_request_activity')
    .values({
      repository_id: repositoryId,
      number,
      kind,
      actor_type: actor?.actor_type ?? null,
      actor_id: actor?.actor_id ?? null,
      at,
      detail: JSON.stringify(detail ?? {}),
    })
    .execute();
}

/** How it stands now, as `noteActivity` writes it. */
export const updateDetail = (
  pullRequest: PullRequest,
  changes: UpdateDetail['changes'] = {},
): UpdateDetail => ({
  title: pullRequest.title,
  description: pullRequest.description,
  state: pullRequest.state,
  isDraft: pullRequest.isDraft,
  sourceBranch: pullRequest.sourceBranch,
  destinationBranch: pullRequest.destinationBranch,
  sourceCommit: pullRequest.sourceCommit,
  destinationCommit: pullRequest.destinationCommit,
  reason: pullRequest.reason,
  changes,
});

/**
 * What happened besides comments, the newest first.
 *
 * @param number of one pull request; those of all of the repository where it is left out
 * @param before only what has a smaller id
 */
export async function listActivity(
  db: Handle,
  { repositoryId, number }: { readonly repositoryId: string; readonly number?: number },
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<Activity[]> {
  let rows = db
    .selectFrom('pull_request_activity')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .orderBy('id', 'desc')
    .limit(limit);
  if (number !== undefined) rows = rows.where('number', '=', number);
  if (before !== undefined) rows = rows.where('id', '<', before);
  return (await rows.execute()).map((row) => ({
    id: row.id,
    number: row.number,
    actor:
      row.actor_type === null || row.actor_id === null
        ? null
        : { actor_type: row.actor_type, actor_id: row.actor_id },
    at: row.at,
    ...(row.kind === 'update' || row.kind === 'push'
      ? { kind: row.kind, detail: JSON.parse(row.detail) as UpdateDetail }
      : { kind: row.kind, detail: null }),
  }));
}

/** Who moved the source branch of a pull request since it was opened. */
export async function pushersOf(
  db: Handle,
  { repositoryId, number }: PullRequestPlace,
): Promise<PullRequestActor[]> {
  const rows = await db
    .selectFrom('pull_request_activity')
    .select(['actor_type', 'actor_id'])
    .distinct()
    .where('repository_id', '=', repositoryId)
    .where('number', '=', number)
    .where('kind', '=', 'push')
    .execute();
  return rows.flatMap(({ actor_type, actor_id }) =>
    actor_type === null || actor_id === null ? [] : [{ actor_type, actor_id }],
  );
}
