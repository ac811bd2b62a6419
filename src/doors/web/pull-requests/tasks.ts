import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeTask, createTask, deleteTask, viewTask } from '../../../acts/pull-requests/tasks.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { confirmBody, form, pageHead } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { backIn } from './back.ts';
import { pageBelow } from './frame.ts';
import { numberIn, PULL_REQUEST, wholeNumber } from './place.ts';
import { deleteTaskQuestion } from './tasks-view.ts';
import { mayTakeAway } from './whose.ts';

const TASKS = `${PULL_REQUEST}/tasks`;
const TASK = `${TASKS}/:task`;

const taskIn = (request: FastifyRequest): number =>
  wholeNumber(request, 'task', 'There is no task of this number.');

/** What is to be done before a pull request is merged: adding, changing, doing and deleting it. */
export function taskPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.comment', toRepository);
  const here = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.comment').targets[0], section: 'pull-requests' }) as const;

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    /** Null for a new one. */
    id: number | null,
    content: string,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.comment');
    const [facts] = grant.targets;
    const number = numberIn(request);
    const pullRequest = await pullRequestOf(services, grant, number);
    const title = id === null ? 'New task' : 'Edit a task';
    const back = backIn(request, facts);
    const body = html`${pageHead({ title })}${form({
      action: linksOf(facts).pullRequest(number, id === null ? '/tasks/new' : `/tasks/${id}/change`),
      hidden: { back },
      error: errorAbove(problem, ['content']),
      fields: [
        {
          kind: 'textarea',
          name: 'content',
          label: 'What is to be done',
          value: content,
          rows: 3,
          required: true,
          autofocus: true,
          error: errorIn(problem, 'content'),
        },
      ],
      submit: { label: id === null ? 'Add task' : 'Save', cancelHref: back },
    })}`;
    const page = pageBelow(facts, pullRequest, { title, body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  const goBack = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    redirectTo(services, request, reply, `${backIn(request, here(request).facts)}#tasks`);

  app.get(`${TASKS}/new`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => showForm(request, reply, null, '')),
  );

  app.post(`${TASKS}/new`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const content = contentIn(request);
      return orShowAgain(
        async () => {
          await createTask(services, grant, numberIn(request), { content });
          return goBack(request, reply);
        },
        (problem) => showForm(request, reply, null, content, problem),
      );
    }),
  );

  app.get(`${TASK}/change`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const id = taskIn(request);
      const { task } = await viewTask(services, grant, numberIn(request), id);
      // Nothing is asked that would be refused.
      if (!mayTakeAway(grant, task.creator)) return goBack(request, reply);
      return showForm(request, reply, id, task.content);
    }),
  );

  app.post(`${TASK}/change`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const id = taskIn(request);
      const content = contentIn(request);
      return orShowAgain(
        async () => {
          await changeTask(services, grant, numberIn(request), id, { content });
          return goBack(request, reply);
        },
        (problem) => showForm(request, reply, id, content, problem),
      );
    }),
  );

  app.get(`${TASK}/delete`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const [facts] = grant.targets;
      const number = numberIn(request);
      const { task } = await viewTask(services, grant, number, taskIn(request));
      if (!mayTakeAway(grant, task.creator)) return goBack(request, reply);
      const pullRequest = await pullRequestOf(services, grant, number);
      const context = { links: linksOf(facts), number, back: backIn(request, facts) };
      const body = confirmBody(deleteTaskQuestion(task, context));
      return sendPage(services, request, reply, pageBelow(facts, pullRequest, { title: 'Delete', body }));
    }),
  );

  app.post(`${TASK}/delete`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      await deleteTask(services, grant, numberIn(request), taskIn(request));
      return goBack(request, reply);
    }),
  );

  for (const [below, isResolved] of [
    ['resolve', true],
    ['reopen', false],
  ] as const)
    app.post(`${TASK}/${below}`, route, (request, reply) =>
      orMissing(services, request, reply, here(request), async () => {
        const grant = grantOf(request, 'pull_request.comment');
        await changeTask(services, grant, numberIn(request), taskIn(request), { isResolved });
        return goBack(request, reply);
      }),
    );
}

const contentIn = (request: FastifyRequest): string =>
  formOf(request).text('content').replaceAll('\r\n', '\n').trim();
