import type { FastifyInstance } from 'fastify';
import { listOfPullRequests } from '../../../acts/pull-requests/view.ts';
import { viewStateCounts } from '../../../acts/statuses/view.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { mayAlso } from '../may-also.ts';
import { rowsOf } from '../pages-of.ts';
import { buildsSign } from '../repositories/builds.ts';
import { repositoryPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, queryText, type PagesOptions } from '../route.ts';
import { isFilter, listBody } from './list-view.ts';
import { PULL_REQUESTS } from './place.ts';

/** The pull requests of a repository. */
export function pullRequestListPage(app: FastifyInstance, { services }: PagesOptions): void {
  app.get(PULL_REQUESTS, pageRoute('pull_request.read', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'pull_request.read');
    const [facts] = grant.targets;
    const asked = queryText(request, 'state');
    const filter = isFilter(asked) ? asked : 'open';
    const page = queryPage(request);
    const list = await listOfPullRequests(services, grant, {
      ...(filter !== 'all' && { states: [filter] }),
      sort: { by: 'updated_at', descending: true },
      ...rowsOf(page),
    });
    const tips = list.pullRequests.map(({ sourceCommit: id }) => ({ id }));
    const [counts, may] = await Promise.all([
      viewStateCounts(services, grant, tips),
      mayAlso(services, grant, ['pull_request.create']),
    ]);
    const body = listBody({
      ...list,
      links: linksOf(facts),
      filter,
      page,
      builds: new Map([...counts].map(([id, each]) => [id, buildsSign(each)])),
      mayCreate: may.has('pull_request.create'),
      now: new Date(services.clock()),
    });
    const content = repositoryPage(facts, 'pull-requests', { title: 'Pull requests', body });
    return sendPage(services, request, reply, content);
  });
}
