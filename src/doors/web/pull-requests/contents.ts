import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openDiff, viewChanges } from '../../../acts/browse/changes.ts';
import { commitsOfPullRequest, comparisonOf } from '../../../acts/pull-requests/contents.ts';
import { viewThreads } from '../../../acts/pull-requests/threads.ts';
import { pullRequestOf, viewPullRequest } from '../../../acts/pull-requests/view.ts';
import { viewStateCounts } from '../../../acts/statuses/view.ts';
import type { Services } from '../../../services.ts';
import { clientGone } from '../../shared/client-gone.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { html } from '../html.ts';
import { commitList, emptyState, notice, pagination, parseUnifiedDiff } from '../pieces/index.ts';
import { authorsOf } from '../repositories/authors.ts';
import { buildsSign } from '../repositories/builds.ts';
import { changesSection } from '../repositories/changes-view.ts';
import { COMMITS_PER_PAGE } from '../repositories/commits-view.ts';
import { isLinkable, linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { sendText } from '../repositories/send-bytes.ts';
import { commitLineOf } from '../repositories/words.ts';
import { sendPage } from '../respond.ts';
import { bytesRoute, pageRoute, queryPage, type PagesOptions } from '../route.ts';
import { threadView } from './comments-view.ts';
import { besideChanges, besideNoFile } from './files-view.ts';
import { pullRequestPage } from './frame.ts';
import { LaidOut } from './lay-out.ts';
import { headActions, offersOf } from './offers.ts';
import { numberIn, PULL_REQUEST } from './place.ts';
import { shownThreads } from './shown-threads.ts';

/** Of what is said about lines; the rest stands on the first page. */
const MOST_THREADS = 100;

/** What a pull request would merge, or merged: its commits, and what they change. */
export function contentPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.read').targets[0], section: 'pull-requests' }) as const;
  const page = (below: string, show: typeof showCommits) =>
    app.get(`${PULL_REQUEST}${below}`, pageRoute('pull_request.read', toRepository), (request, reply) =>
      orMissing(services, request, reply, place(request), () => show(services, request, reply)),
    );
  page('/commits', showCommits);
  page('/files', showFiles);

  app.get(`${PULL_REQUEST}/diff`, bytesRoute('pull_request.read', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'pull_request.read');
    const number = numberIn(request);
    const pullRequest = await pullRequestOf(services, grant, number);
    const comparison = await comparisonOf(services, grant, pullRequest);
    const diff = await openDiff(services, grant, comparison, clientGone(reply));
    return sendText(reply, `pull-request-${number}.diff`, diff);
  });
}

async function showCommits(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'pull_request.read');
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const number = numberIn(request);
  const now = new Date(services.clock());
  const viewed = await viewPullRequest(services, grant, number);
  const at = queryPage(request);
  const offset = (at - 1) * COMMITS_PER_PAGE;
  const [offers, { commits, hasMore }] = await Promise.all([
    offersOf(services, grant),
    commitsOfPullRequest(services, grant, viewed.pullRequest, { offset, limit: COMMITS_PER_PAGE }),
  ]);
  const [authors, counts] = await Promise.all([
    authorsOf(services, grant, commits),
    viewStateCounts(services, grant, commits),
  ]);
  const builds = new Map([...counts].map(([id, each]) => [id, buildsSign(each)]));
  const href = (page: number) => links.pullRequest(number, `/commits${page > 1 ? `?page=${page}` : ''}`);
  const body = html`<section aria-labelledby="commits"><h2 id="commits">Commits</h2>${
    commits.length === 0
      ? emptyState({
          title: at > 1 ? 'No older commits' : 'No commits',
          body: 'All of the source is in the destination already.',
        })
      : commitList(commits.map((commit) => commitLineOf(commit, links, { now, authors, builds })))
  }${pagination({
    ...(commits.length > 0 && (at > 1 || hasMore) && { summary: `${offset + 1}–${offset + commits.length}` }),
    ...(at > 1 && { previous: href(at - 1) }),
    ...(hasMore && { next: href(at + 1) }),
  })}</section>`;
  const actions = headActions(viewed.pullRequest, offers, grant, links);
  return sendPage(
    services,
    request,
    reply,
    pullRequestPage(facts, viewed, 'commits', { body, actions, now }),
  );
}

async function showFiles(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'pull_request.read');
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const number = numberIn(request);
  const now = new Date(services.clock());
  const viewed = await viewPullRequest(services, grant, number);
  const comparison = await comparisonOf(services, grant, viewed.pullRequest);
  const [offers, changes, said] = await Promise.all([
    offersOf(services, grant),
    viewChanges(services, grant, comparison),
    viewThreads(services, grant, number, { offset: 0, limit: MOST_THREADS }, { inline: true }),
  ]);
  const mayComment = offers.has('pull_request.comment');
  const threads = await shownThreads(said.threads, said.people, grant, mayComment, new LaidOut());
  const context = { links, number, back: request.url, mayComment, now, showsPlace: false };
  const elsewhere = besideNoFile(threads, parseUnifiedDiff(changes.diff));
  const rawHref = links.pullRequest(number, '/diff');
  const body = html`${
    said.size > said.threads.length &&
    notice({
      kind: 'info',
      body: html`Of what is said about files, the newest ${said.threads.length} comments stand here. <a href="${links.pullRequest(number)}">All of them</a> stand on the first page.`,
    })
  }${changesSection({
    changes,
    what: 'This pull request',
    rawHref,
    fileHref: (path) => (isLinkable(path) ? links.source(comparison.after, path) : rawHref),
    beside: besideChanges(threads, context),
  })}${
    elsewhere.length > 0 &&
    html`<section aria-labelledby="elsewhere"><h2 id="elsewhere">Said about files that are not shown above</h2><div class="threads">${elsewhere.map((thread) => threadView(thread, { ...context, showsPlace: true }))}</div></section>`
  }`;
  const actions = headActions(viewed.pullRequest, offers, grant, links);
  return sendPage(services, request, reply, pullRequestPage(facts, viewed, 'files', { body, actions, now }));
}
