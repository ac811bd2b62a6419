import type { FastifyInstance } from 'fastify';
import { browseBranches } from '../../../acts/browse/branches.ts';
import { listSourceRefs } from '../../../acts/source/refs.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, type PagesOptions } from '../route.ts';
import { repositoryPage } from './frame.ts';
import { linksOf } from './links.ts';
import { branchesBody, REFS_PER_PAGE, tagsBody } from './refs-view.ts';

/** Branches and tags. */
export function refPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('source.read', toRepository);
  app.get('/:workspace/:repository/branches', route, async (request, reply) => {
    const grant = grantOf(request, 'source.read');
    const [facts] = grant.targets;
    const page = queryPage(request);
    const list = await browseBranches(services, grant, {
      offset: (page - 1) * REFS_PER_PAGE,
      limit: REFS_PER_PAGE,
    });
    const now = new Date(services.clock());
    const body = branchesBody({ links: linksOf(facts), list, page, now });
    return sendPage(services, request, reply, repositoryPage(facts, 'branches', { title: 'Branches', body }));
  });
  app.get('/:workspace/:repository/tags', route, async (request, reply) => {
    const grant = grantOf(request, 'source.read');
    const [facts] = grant.targets;
    const page = queryPage(request);
    const list = await listSourceRefs(services, grant, 'tag', {
      sort: '-date',
      offset: (page - 1) * REFS_PER_PAGE,
      limit: REFS_PER_PAGE,
    });
    const now = new Date(services.clock());
    const body = tagsBody({ links: linksOf(facts), list, page, now });
    return sendPage(services, request, reply, repositoryPage(facts, 'tags', { title: 'Tags', body }));
  });
}
