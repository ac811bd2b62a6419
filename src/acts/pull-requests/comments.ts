import type { Grant } from '../../gate/index.ts';
import { invalid, Problem } from '../../problem.ts';
import {
  commentsById,
  countComments,
  findComment,
  idsIn,
  insertComment,
  takePart,
  touchPullRequest,
  updateComment,
  type Comment,
  type CommentChange,
  type PullRequestActor,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { isAdminNow } from '../repositories/admin-now.ts';
import { change } from '../transaction.ts';
import { chooseContent, choosePlace, isCounted } from './comment-choices.ts';
import { chooseRows, OLDEST_FIRST, type ChosenWindow } from './choose-rows.ts';
import { holdPullRequest } from './hold.ts';
import { actorOf, isSameActor, peopleNamed, type People } from './people.ts';
import { tellOfPullRequest, type PullRequestEvent } from './tell.ts';
import { pullRequestOf, type PullRequestGrant } from './view.ts';

export type { Comment } from '../../pull-requests/index.ts';

type CommentingGrant = Grant<'pull_request.comment'>;

/** Deleted ones count: they keep their place. */
const MOST_COMMENTS = 5000;

export interface SaidComment {
  readonly content: string;
  /** The comment that it answers, which also says what it is about. */
  readonly parent?: number;
  /** The file that it is about, and the lines of it before and after the change. */
  readonly path?: string;
  readonly from?: number;
  readonly to?: number;
}

export interface CommentPage {
  readonly comments: readonly Comment[];
  /** How many there are in all. */
  readonly size: number;
  readonly people: People;
}

/** One comment on a pull request of the grant's repository, deleted or not. Throws `Problem` where there is none of that id. */
export async function viewComment(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  id: number,
): Promise<{ readonly comment: Comment; readonly people: People }> {
  await pullRequestOf(services, grant, number);
  const comment = await found(services.database, grant, number, id);
  return { comment, people: await peopleOf(services, [comment]) };
}

/** What was said about a pull request of the grant's repository, the oldest first unless said otherwise; deleted comments too. */
export async function pageOfComments(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  window: ChosenWindow<Comment>,
): Promise<CommentPage> {
  await pullRequestOf(services, grant, number);
  const place = { repositoryId: grant.targets[0].id, number };
  const ids = await idsIn(services.database, 'pull_request_comment', place, window.sort ?? OLDEST_FIRST);
  const read = (some: readonly number[]) => commentsById(services.database, place, some);
  const { rows, size } = await chooseRows(ids, read, window);
  return { comments: rows, size, people: await peopleOf(services, rows) };
}

const peopleOf = (services: Services, comments: readonly Comment[]): Promise<People> =>
  peopleNamed(
    services,
    comments.flatMap(({ author, resolver }) => [author, resolver]),
  );

/**
 * Says something about a pull request, open or not. Throws `Problem` for what cannot be kept, for an answer to what is not
 * there, and for one more than a pull request has.
 */
export async function createComment(
  services: Services,
  grant: CommentingGrant,
  number: number,
  { content: text, parent, ...where }: SaidComment,
): Promise<Comment> {
  const content = chooseContent(text);
  const place = choosePlace(where);
  const author = actorOf(grant);
  return change(
    services,
    grant,
    async (trx, now) => {
      const pullRequest = await holdPullRequest(trx, grant, number);
      const answered = parent === undefined ? undefined : await answerable(trx, grant, number, parent);
      if ((await countComments(trx, pullRequest)) >= MOST_COMMENTS)
        throw new Problem('conflict', `A pull request has at most ${MOST_COMMENTS} comments.`);
      const { path, from, to } = answered ?? place;
      const wanted = { parentId: answered?.id ?? null, author, content, path, from, to };
      const comment = await insertComment(trx, pullRequest, wanted, now);
      await takePart(trx, pullRequest, author, now);
      await told(trx, pullRequest, 'pullrequest:comment_created', author, now, comment.id);
      return comment;
    },
    ({ id }) => noted(grant, number, id, 'created', author),
  );
}

/** Says something else instead: for whoever said it. Throws `Problem` for everybody else, and where there is none. */
export const changeComment = async (
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
  content: string,
): Promise<Comment> => {
  const said = chooseContent(content);
  return changing(services, grant, number, id, 'updated', async (_trx, { author }) => {
    if (!isSameActor(author, actorOf(grant)))
      throw new Problem('forbidden', 'Somebody else wrote this comment: they alone can change it.');
    return { content: said };
  });
};

/**
 * Takes back what was said: for whoever said it and admins of the repository. What was answered to it stays. Throws `Problem`
 * for everybody else, and where there is none.
 */
export const deleteComment = async (
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
): Promise<Comment> =>
  changing(services, grant, number, id, 'deleted', async (trx, { author }) => {
    if (!isSameActor(author, actorOf(grant)) && !(await isAdminNow(trx, grant)))
      throw new Problem(
        'forbidden',
        'Somebody else wrote this comment: they can delete it, and admins of the repository.',
      );
    return { isDeleted: true };
  });

/** Settles what a comment and its answers are about: for everybody who may comment. Throws `Problem` where it is settled. */
export const resolveComment = async (
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
): Promise<Comment> =>
  changing(services, grant, number, id, 'resolved', async (_trx, comment) => {
    refuseAnswer(comment);
    if (comment.resolvedAt !== null) throw new Problem('conflict', 'This comment is resolved already.');
    return { resolver: actorOf(grant) };
  });

/** It is not settled after all. Throws `Problem` where it is not. */
export const reopenComment = async (
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
): Promise<Comment> =>
  changing(services, grant, number, id, 'reopened', async (_trx, comment) => {
    refuseAnswer(comment);
    if (comment.resolvedAt === null) throw new Problem('not_found', 'This comment is not resolved.');
    return { resolver: null };
  });

/** @param judge says what becomes of the comment, which was not deleted, or throws @returns it as it is now */
function changing(
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
  did: 'updated' | 'deleted' | 'resolved' | 'reopened',
  judge: (trx: Handle, comment: Comment) => Promise<CommentChange>,
): Promise<Comment> {
  return change(
    services,
    grant,
    async (trx, now) => {
      const pullRequest = await holdPullRequest(trx, grant, number);
      const comment = await found(trx, grant, number, id);
      if (comment.deletedAt !== null) throw new Problem('not_found', 'This comment was deleted.');
      await updateComment(trx, pullRequest, id, await judge(trx, comment), now);
      await told(trx, pullRequest, `pullrequest:comment_${did}`, actorOf(grant), now, id);
      return found(trx, grant, number, id);
    },
    ({ author }) => noted(grant, number, id, did, author),
  );
}

function refuseAnswer({ parentId }: Comment): void {
  if (parentId === null) return;
  throw new Problem('forbidden', `This is an answer: resolve the comment that began it.`);
}

/** What is answered. A comment of another pull request, or of another repository, is never looked at. */
async function answerable(trx: Handle, grant: CommentingGrant, number: number, id: number): Promise<Comment> {
  const parent = await findIn(trx, grant, number, id);
  if (parent === undefined) throw invalid('parent', 'This pull request has no comment of that id to answer.');
  if (parent.deletedAt !== null)
    throw invalid('parent', 'The comment that is to be answered was deleted: answer another one.');
  return parent;
}

async function told(
  trx: Handle,
  pullRequest: { readonly repositoryId: string; readonly number: number },
  event: PullRequestEvent,
  actor: PullRequestActor,
  now: number,
  id: number,
): Promise<void> {
  await touchPullRequest(trx, pullRequest.repositoryId, pullRequest.number, now);
  await tellOfPullRequest(trx, event, pullRequest, actor, now, id);
}

/** What the audit says; of whose comment, where it is that of somebody else. */
const noted = (
  grant: CommentingGrant,
  pullRequest: number,
  comment: number,
  did: string,
  author: PullRequestActor,
) => ({
  target: { type: 'repository', id: grant.targets[0].id } as const,
  detail: {
    pull_request: pullRequest,
    comment,
    did,
    ...(!isSameActor(author, actorOf(grant)) && { of: `${author.actor_type} ${author.actor_id}` }),
  },
});

async function found(db: Handle, grant: PullRequestGrant, number: number, id: number): Promise<Comment> {
  const comment = await findIn(db, grant, number, id);
  if (comment === undefined) throw new Problem('not_found', 'There is no comment of this id.');
  return comment;
}

const findIn = async (
  db: Handle,
  { targets: [{ id: repositoryId }] }: PullRequestGrant,
  number: number,
  id: number,
): Promise<Comment | undefined> =>
  isCounted(id) ? findComment(db, { repositoryId, number }, id) : undefined;
