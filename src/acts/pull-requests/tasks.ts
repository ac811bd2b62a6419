import type { Grant } from '../../gate/index.ts';
import { invalid, Problem } from '../../problem.ts';
import {
  countsOf,
  findComment,
  findTask,
  idsIn,
  insertTask,
  removeTask,
  takePart,
  tasksById,
  touchPullRequest,
  updateTask,
  type PullRequestActor,
  type Task,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { isAdminNow } from '../repositories/admin-now.ts';
import { change } from '../transaction.ts';
import { chooseContent, isCounted } from './comment-choices.ts';
import { chooseRows, OLDEST_FIRST, type ChosenWindow } from './choose-rows.ts';
import { holdPullRequest } from './hold.ts';
import { actorOf, isSameActor, peopleNamed, type People } from './people.ts';
import { pullRequestOf, type PullRequestGrant } from './view.ts';

export type { Task } from '../../pull-requests/index.ts';

type CommentingGrant = Grant<'pull_request.comment'>;

const MOST_TASKS = 500;

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** How many there are in all, and how many of all that are still to be done. */
  readonly size: number;
  readonly open: number;
  readonly people: People;
}

/** One task of a pull request of the grant's repository. Throws `Problem` where there is none of that id. */
export async function viewTask(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  id: number,
): Promise<{ readonly task: Task; readonly people: People }> {
  await pullRequestOf(services, grant, number);
  const task = await found(services.database, grant, number, id);
  return { task, people: await peopleOf(services, [task]) };
}

/** What is to be done, and was, for a pull request of the grant's repository, the oldest first unless said otherwise. */
export async function pageOfTasks(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  window: ChosenWindow<Task>,
): Promise<TaskPage> {
  await pullRequestOf(services, grant, number);
  const repositoryId = grant.targets[0].id;
  const place = { repositoryId, number };
  const ids = await idsIn(services.database, 'pull_request_task', place, window.sort ?? OLDEST_FIRST);
  const read = (some: readonly number[]) => tasksById(services.database, place, some);
  const { rows, size } = await chooseRows(ids, read, window);
  const counts = await countsOf(services.database, repositoryId, [number]);
  return {
    tasks: rows,
    size,
    open: counts.get(number)?.tasks ?? 0,
    people: await peopleOf(services, rows),
  };
}

const peopleOf = (services: Services, tasks: readonly Task[]): Promise<People> =>
  peopleNamed(
    services,
    tasks.flatMap(({ creator, resolver }) => [creator, resolver]),
  );

/**
 * Something is to be done for a pull request, open or not.
 * Throws `Problem` for what cannot be kept, for a comment that is not there, and for one more than a pull request has.
 *
 * @param input.comment the comment that it comes from
 */
export async function createTask(
  services: Services,
  grant: CommentingGrant,
  number: number,
  input: { readonly content: string; readonly comment?: number },
): Promise<Task> {
  const content = chooseContent(input.content);
  const creator = actorOf(grant);
  return change(
    services,
    grant,
    async (trx, now) => {
      const pullRequest = await holdPullRequest(trx, grant, number);
      const commentId = input.comment ?? null;
      if (commentId !== null) await refuseMissing(trx, grant, number, commentId);
      const ids = await idsIn(trx, 'pull_request_task', pullRequest, OLDEST_FIRST);
      if (ids.length >= MOST_TASKS)
        throw new Problem('conflict', `A pull request has at most ${MOST_TASKS} tasks: delete what is done.`);
      const task = await insertTask(trx, pullRequest, { commentId, creator, content }, now);
      await takePart(trx, pullRequest, creator, now);
      await touchPullRequest(trx, pullRequest.repositoryId, number, now);
      return task;
    },
    ({ id }) => noted(grant, number, id, 'created', creator),
  );
}

/**
 * Says otherwise what is to be done, for whoever said it and admins of the repository; that it was done or is not, for
 * everybody who may comment. Throws `Problem` for everybody else, and where there is none.
 */
export async function changeTask(
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
  input: { readonly content?: string; readonly isResolved?: boolean },
): Promise<Task> {
  const content = input.content === undefined ? undefined : chooseContent(input.content);
  const { isResolved } = input;
  return change(
    services,
    grant,
    async (trx, now) => {
      const pullRequest = await holdPullRequest(trx, grant, number);
      const task = await found(trx, grant, number, id);
      const words = content === task.content ? undefined : content;
      const isSettled = task.resolvedAt !== null;
      const settles = isResolved !== undefined && isResolved !== isSettled;
      if (words === undefined && !settles) return { task, did: null };
      if (words !== undefined) await refuseForeign(trx, grant, task.creator, 'change');
      const values = {
        ...(words !== undefined && { content: words }),
        ...(settles && { resolver: isResolved ? actorOf(grant) : null }),
      };
      await updateTask(trx, pullRequest, id, values, now);
      await touchPullRequest(trx, pullRequest.repositoryId, number, now);
      const did = settles ? (isResolved ? 'resolved' : 'reopened') : 'updated';
      return { task: await found(trx, grant, number, id), did };
    },
    ({ task, did }) => (did === null ? null : noted(grant, number, id, did, task.creator)),
  ).then(({ task }) => task);
}

/** Takes a task away, done or not: for whoever set it and admins of the repository. Throws `Problem` for everybody else. */
export async function deleteTask(
  services: Services,
  grant: CommentingGrant,
  number: number,
  id: number,
): Promise<void> {
  await change(
    services,
    grant,
    async (trx, now) => {
      const pullRequest = await holdPullRequest(trx, grant, number);
      const { creator } = await found(trx, grant, number, id);
      await refuseForeign(trx, grant, creator, 'delete');
      await removeTask(trx, pullRequest, id);
      await touchPullRequest(trx, pullRequest.repositoryId, number, now);
      return creator;
    },
    (creator) => noted(grant, number, id, 'deleted', creator),
  );
}

async function refuseForeign(
  trx: Handle,
  grant: CommentingGrant,
  creator: PullRequestActor,
  does: 'change' | 'delete',
): Promise<void> {
  if (isSameActor(creator, actorOf(grant)) || (await isAdminNow(trx, grant))) return;
  throw new Problem(
    'forbidden',
    `Somebody else set this task: they can ${does} it, and admins of the repository.`,
  );
}

async function refuseMissing(trx: Handle, grant: CommentingGrant, number: number, id: number): Promise<void> {
  const place = { repositoryId: grant.targets[0].id, number };
  const comment = isCounted(id) ? await findComment(trx, place, id) : undefined;
  if (comment === undefined || comment.deletedAt !== null)
    throw invalid('comment', 'This pull request has no comment of that id.');
}

/** What the audit says; of whose task, where it is that of somebody else. */
const noted = (
  grant: CommentingGrant,
  pullRequest: number,
  task: number,
  did: string,
  creator: PullRequestActor,
) => ({
  target: { type: 'repository', id: grant.targets[0].id } as const,
  detail: {
    pull_request: pullRequest,
    task,
    did,
    ...(!isSameActor(creator, actorOf(grant)) && { of: `${creator.actor_type} ${creator.actor_id}` }),
  },
});

async function found(
  db: Handle,
  { targets: [{ id: repositoryId }] }: PullRequestGrant,
  number: number,
  id: number,
): Promise<Task> {
  const task = isCounted(id) ? await findTask(db, { repositoryId, number }, id) : undefined;
  if (task === undefined) throw new Problem('not_found', 'There is no task of this id.');
  return task;
}
