import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewHappened } from '../../../acts/pull-requests/happened.ts';
import { pageOfTasks } from '../../../acts/pull-requests/tasks.ts';
import { viewThreads } from '../../../acts/pull-requests/threads.ts';
import { viewPullRequest } from '../../../acts/pull-requests/view.ts';
import { viewStatuses } from '../../../acts/statuses/view.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { listsOnPage } from '../lists-on-page.ts';
import { filledUrl } from '../repositories/build-url.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { pullRequestPage } from './frame.ts';
import { happeningsOf } from './happenings.ts';
import { LaidOut } from './lay-out.ts';
import { mergingOf } from './merging.ts';
import { mergingSection, outcomeSection } from './merging-view.ts';
import { headActions, offersOf } from './offers.ts';
import { overviewBody } from './overview-view.ts';
import { numberIn, PULL_REQUEST } from './place.ts';
import { shownThreads } from './shown-threads.ts';
import { tasksSection } from './tasks-view.ts';
import { mayTakeAway } from './whose.ts';

/** Of what happened, besides comments. */
const MOST_HAPPENED = 15;

/** The first page of a pull request: what it is about, how it stands, and what was said. */
export function overviewPage(app: FastifyInstance, { services }: PagesOptions): void {
  app.get(PULL_REQUEST, pageRoute('pull_request.read', toRepository), (request, reply) => {
    const { facts } = placeOf(request);
    return orMissing(services, request, reply, { facts, section: 'pull-requests' }, () =>
      show(services, request, reply),
    );
  });
}

const placeOf = (request: FastifyRequest) => ({ facts: grantOf(request, 'pull_request.read').targets[0] });

async function show(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const grant = grantOf(request, 'pull_request.read');
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const now = new Date(services.clock());
  const number = numberIn(request);
  const viewed = await viewPullRequest(services, grant, number);
  const { pullRequest, people } = viewed;
  const lists = listsOnPage(request, links.pullRequest(number), { tasks: 'tasks', comments: 'comments' });
  const before = queryText(request, 'before');
  const [offers, statuses, tasks, threads, activity] = await Promise.all([
    offersOf(services, grant),
    viewStatuses(services, grant, { id: pullRequest.sourceCommit }),
    pageOfTasks(services, grant, number, lists.tasks.rows),
    viewThreads(services, grant, number, lists.comments.rows),
    viewHappened(services, grant, number, {
      ...(/^[1-9]\d{0,9}$/.test(before) && { before: Number(before) }),
      limit: MOST_HAPPENED,
    }),
  ]);
  const mayComment = offers.has('pull_request.comment');
  const back = request.url;
  const laidOut = new LaidOut();
  const description =
    pullRequest.description === '' ? null : await laidOut.text(pullRequest.description, 'description', 2);
  const last = activity.activity.at(-1);
  const body = overviewBody({
    links,
    pullRequest,
    people,
    description,
    statuses: statuses.map((each) => ({
      ...each,
      url: filledUrl(each.url, facts, pullRequest.sourceCommit),
    })),
    outcome:
      pullRequest.state === 'open'
        ? mergingSection(
            pullRequest,
            await mergingOf(services, grant, pullRequest, offers.has('pull_request.merge')),
            offers.has('pull_request.merge') ? links.pullRequest(number, '/merge') : undefined,
          )
        : outcomeSection(pullRequest, people, links, now),
    tasks: tasksSection({
      links,
      number,
      back,
      tasks: tasks.tasks.map((task) => ({
        id: task.id,
        content: task.content,
        by: tasks.people(task.creator),
        createdAt: task.createdAt,
        resolved: task.resolvedAt === null ? null : { by: tasks.people(task.resolver), at: task.resolvedAt },
        mayChange: mayComment && mayTakeAway(grant, task.creator),
        comment: task.commentId,
      })),
      size: tasks.size,
      open: tasks.open,
      list: lists.tasks,
      mayComment,
      now,
    }),
    threads: await shownThreads(threads.threads, threads.people, grant, mayComment, laidOut),
    threadsInAll: threads.size,
    threadList: lists.comments,
    context: { links, number, back, mayComment, now, showsPlace: true },
    happened: happeningsOf(activity.activity, activity.people),
    earlier:
      activity.hasMore && last !== undefined
        ? `${links.pullRequest(number)}?before=${last.id}#activity`
        : undefined,
    now,
  });
  const actions = headActions(pullRequest, offers, grant, links);
  return sendPage(
    services,
    request,
    reply,
    pullRequestPage(facts, viewed, 'overview', { body, actions, now }),
  );
}
