import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { peopleNamed } from '../../../acts/pull-requests/people.ts';
import {
  changeTask,
  createTask,
  deleteTask,
  pageOfTasks,
  viewTask,
  type Task,
} from '../../../acts/pull-requests/tasks.ts';
import { pullRequestOf, type PullRequestGrant } from '../../../acts/pull-requests/view.ts';
import { invalid, Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { braced } from '../links.ts';
import { PullRequestTask, pullRequestTaskObject, TASK_STATES } from '../objects/pull-request-task.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
} from '../paging.ts';
import { rowChooserOf, type RowChoices } from '../row-choices.ts';
import { numberIn, numberOf, PULL_REQUESTS, PullRequestParameters } from './pull-requests.ts';

const CHOICES: RowChoices<Task> = {
  fields: {
    id: ({ id }) => id,
    state: ({ resolvedAt }) => (resolvedAt === null ? 'UNRESOLVED' : 'RESOLVED'),
    'content.raw': ({ content }) => content,
    'comment.id': ({ commentId }) => commentId,
    'creator.uuid': ({ creator }) => braced(creator.actor_id),
    created_on: ({ createdAt }) => new Date(createdAt),
    updated_on: ({ updatedAt }) => new Date(updatedAt),
  },
  times: ['created_on', 'updated_on'],
};

/** What clients send back of a task that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    content: z.object({ raw: z.string().nullish() }).nullish(),
    comment: z.object({ id: z.number() }).nullish().describe('The comment that it comes from.'),
    state: z.enum(TASK_STATES).nullish(),
    pending: z.boolean().nullish(),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A task, or the parts of it that are to change: its text as `content.raw`.' });

const One = z.object({ fields: fieldsParameter });
const TaskParameters = PullRequestParameters.extend({ task: z.string().describe('Id of the task.') });

/** What is to be done before a pull request is merged. */
export function addPullRequestTaskRoutes(app: Api, { services, linksOf }: Context): void {
  const many = `${PULL_REQUESTS}/:id/tasks`;
  const reading = policy('pull_request.read', toRepository);
  const commenting = policy('pull_request.comment', toRepository);

  /** One task as answers show it. */
  const shown = async (request: FastifyRequest, grant: PullRequestGrant, task: Task) => {
    const pullRequest = await pullRequestOf(services, grant, task.number);
    const people = await peopleNamed(services, [task.creator, task.resolver]);
    return pullRequestTaskObject(linksOf(request), grant.targets[0], pullRequest, task, people);
  };

  app.get(
    many,
    {
      config: reading,
      schema: {
        summary: 'The tasks of a pull request, the oldest first',
        description: `Filters: ${Object.keys(CHOICES.fields).join(', ')}. Sorts by id, created_on, updated_on.`,
        params: PullRequestParameters,
        querystring: z.object({ ...pageParameters, ...filterParameters }),
        response: answers(pageOf(PullRequestTask)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const window = readWindow(request.query);
      const choice = rowChooserOf(CHOICES, request.query);
      const number = numberOf(request.params);
      const pullRequest = await pullRequestOf(services, grant, number);
      const { offset, pagelen: limit } = window;
      const page = await pageOfTasks(services, grant, number, { offset, limit, ...choice });
      const values = page.tasks.map((task) =>
        pullRequestTaskObject(linksOf(request), grant.targets[0], pullRequest, task, page.people, true),
      );
      return numberedPage(services.publicUrl, request, window, page.size, values);
    },
  );

  app.post(
    many,
    {
      config: commenting,
      schema: {
        summary: 'Make a task of a pull request',
        params: PullRequestParameters,
        querystring: One,
        body: Body,
        response: { 201: PullRequestTask, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.comment');
      const { content = '', comment } = saidIn(request.body);
      const input = { content, ...(comment !== undefined && { comment }) };
      const task = await createTask(services, grant, numberOf(request.params), input);
      const made = await shown(request, grant, task);
      return reply.code(201).header('location', made.links.self.href).send(made);
    },
  );

  app.get(
    `${many}/:task`,
    {
      config: reading,
      schema: {
        summary: 'One task of a pull request',
        params: TaskParameters,
        querystring: One,
        response: answers(PullRequestTask),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const { task } = await viewTask(services, grant, ...numbersIn(request.params));
      return shown(request, grant, task);
    },
  );

  app.put(
    `${many}/:task`,
    {
      config: commenting,
      schema: {
        summary: 'Change a task of a pull request, or say that it is done',
        description:
          'Its state is for everybody who may comment; its text for whoever made it, and admins of the repository.',
        params: TaskParameters,
        querystring: One,
        body: Body,
        response: answers(PullRequestTask),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.comment');
      const { content, isResolved } = saidIn(request.body);
      if (content === undefined && isResolved === undefined)
        throw new Problem('invalid', 'Say what changes of the task: "content", "state", or both.');
      const input = {
        ...(content !== undefined && { content }),
        ...(isResolved !== undefined && { isResolved }),
      };
      return shown(request, grant, await changeTask(services, grant, ...numbersIn(request.params), input));
    },
  );

  app.delete(
    `${many}/:task`,
    {
      config: commenting,
      schema: {
        summary: 'Delete a task of a pull request',
        description: 'For whoever made it, and admins of the repository.',
        params: TaskParameters,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.comment');
      await deleteTask(services, grant, ...numbersIn(request.params));
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

const numbersIn = ({ task, ...of }: z.output<typeof TaskParameters>) =>
  [numberOf(of), numberIn(task)] as const;

interface SaidTask {
  readonly content?: string;
  readonly comment?: number;
  readonly isResolved?: boolean;
}

/** Null is as good as left out. */
function saidIn({ content, comment, state, pending }: z.output<typeof Body>): SaidTask {
  if (pending === true)
    throw invalid('pending', 'Tasks are seen at once here: leave "pending" out, or send false.');
  return {
    ...(content?.raw != null && { content: content.raw }),
    ...(comment != null && { comment: comment.id }),
    ...(state != null && { isResolved: state === 'RESOLVED' }),
  };
}
