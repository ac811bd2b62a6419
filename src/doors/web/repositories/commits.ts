import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeOf, openDiff, viewChanges } from '../../../acts/browse/changes.ts';
import { viewNamesAt } from '../../../acts/browse/names-at.ts';
import { viewOverview, viewRefNames } from '../../../acts/browse/overview.ts';
import { authorsOf } from './authors.ts';
import { listSourceCommits, viewCommit } from '../../../acts/source/commits.ts';
import { viewStateCounts, viewStatuses } from '../../../acts/statuses/view.ts';
import type { Services } from '../../../services.ts';
import { clientGone } from '../../shared/client-gone.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { besideCommit } from '../pull-requests/beside-source.ts';
import { sendPage } from '../respond.ts';
import { bytesRoute, pageRoute, parameter, queryPage, queryText, type PagesOptions } from '../route.ts';
import { buildsSign } from './builds.ts';
import { filledUrl } from './build-url.ts';
import { commitBody } from './commit-view.ts';
import { COMMITS_PER_PAGE, commitsBody } from './commits-view.ts';
import { repositoryPage } from './frame.ts';
import { linksOf } from './links.ts';
import { orMissing } from './missing.ts';
import { sendText } from './send-bytes.ts';
import { commitLineOf, shortHash, subjectOf } from './words.ts';

const REFS_IN_MENU = 50;
/** Of branches and tags, beside a commit in a list and on its own page. */
const NAMES_IN_LIST = 3;
const NAMES_ON_PAGE = 20;

/** History: the commits of a branch or of a path, and each commit with what it changed. */
export function commitPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('source.read', toRepository);
  app.get('/:workspace/:repository/commits', route, async (request, reply) => {
    const { branch } = await viewOverview(services, grantOf(request, 'source.read'));
    return showHistory(services, request, reply, branch);
  });
  app.get('/:workspace/:repository/commits/*', route, (request, reply) =>
    orMissing(services, request, reply, placeOf(request), () =>
      showHistory(services, request, reply, parameter(request, '*')),
    ),
  );
  app.get('/:workspace/:repository/commit/:commit', route, (request, reply) =>
    orMissing(services, request, reply, placeOf(request), () => showCommit(services, request, reply)),
  );
  app.get(
    '/:workspace/:repository/commit/:commit/diff',
    bytesRoute('source.read', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const commit = await viewCommit(services, grant, parameter(request, 'commit'));
      const diff = await openDiff(services, grant, changeOf(commit), clientGone(reply));
      return sendText(reply, `${shortHash(commit.id)}.diff`, diff);
    },
  );
}

const placeOf = (request: FastifyRequest) =>
  ({ facts: grantOf(request, 'source.read').targets[0], section: 'commits' }) as const;

async function showHistory(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  revision: string | null,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const [facts] = grant.targets;
  const page = queryPage(request);
  const path = queryText(request, 'path');
  const [names, history] = await Promise.all([
    viewRefNames(services, grant, REFS_IN_MENU),
    revision === null
      ? { commits: [], hasMore: false }
      : listSourceCommits(services, grant, {
          include: [revision],
          exclude: [],
          ...(path !== '' && { path }),
          offset: (page - 1) * COMMITS_PER_PAGE,
          limit: COMMITS_PER_PAGE,
        }),
  ]);
  const [authors, counts, refs] = await Promise.all([
    authorsOf(services, grant, history.commits),
    viewStateCounts(services, grant, history.commits),
    viewNamesAt(services, grant, history.commits, NAMES_IN_LIST),
  ]);
  const links = linksOf(facts);
  const builds = new Map([...counts].map(([id, each]) => [id, buildsSign(each)]));
  const context = { now: new Date(services.clock()), authors, refs, builds };
  const body = commitsBody({
    links,
    names,
    revision,
    path,
    page,
    hasMore: history.hasMore,
    commits: history.commits.map((commit) => ({
      day: commit.committer.date.slice(0, 10),
      line: commitLineOf(commit, links, context),
    })),
  });
  const title = revision === null ? 'Commits' : `Commits on ${revision}`;
  return sendPage(services, request, reply, repositoryPage(facts, 'commits', { title, body }));
}

async function showCommit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const [facts] = grant.targets;
  const commit = await viewCommit(services, grant, parameter(request, 'commit'));
  const [changes, statuses, authors, named, pullRequests] = await Promise.all([
    viewChanges(services, grant, changeOf(commit)),
    viewStatuses(services, grant, commit),
    authorsOf(services, grant, [commit]),
    viewNamesAt(services, grant, [commit], NAMES_ON_PAGE),
    besideCommit(services, request, commit.id, linksOf(facts)),
  ]);
  const now = new Date(services.clock());
  const body = commitBody({
    links: linksOf(facts),
    commit,
    changes,
    statuses: statuses.map((status) => ({ ...status, url: filledUrl(status.url, facts, commit.id) })),
    authors,
    named: named.get(commit.id),
    pullRequests,
    now,
  });
  const title = `${subjectOf(commit.message, 80)} (${shortHash(commit.id)})`;
  return sendPage(services, request, reply, repositoryPage(facts, 'commits', { title, body }));
}
