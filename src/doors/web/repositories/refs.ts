import type { FastifyInstance, FastifyRequest } from 'fastify';
import { browseBranches } from '../../../acts/browse/branches.ts';
import { listSourceRefs } from '../../../acts/source/refs.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { besideBranches } from '../pull-requests/beside-source.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, queryText, type PagesOptions } from '../route.ts';
import { repositoryPage } from './frame.ts';
import { linksOf } from './links.ts';
import { branchesBody, REFS_PER_PAGE, tagsBody } from './refs-view.ts';

const LONGEST_PART = 200;

/** Which page of what is named so, as `?q=` says it. */
function wantedIn(request: FastifyRequest) {
  const part = queryText(request, 'q').trim().slice(0, LONGEST_PART);
  const letters = part.toLowerCase();
  const page = queryPage(request);
  return {
    part,
    page,
    query: {
      ...(part !== '' && { matches: (name: string) => name.toLowerCase().includes(letters) }),
      offset: (page - 1) * REFS_PER_PAGE,
      limit: REFS_PER_PAGE,
    },
  };
}

/** Branches and tags. */
export function refPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('source.read', toRepository);
  app.get('/:workspace/:repository/branches', route, async (request, reply) => {
    const grant = grantOf(request, 'source.read');
    const [facts] = grant.targets;
    const { part, page, query } = wantedIn(request);
    const list = await browseBranches(services, grant, query);
    const now = new Date(services.clock());
    const names = list.branches.map(({ name }) => name);
    const beside = await besideBranches(services, request, names);
    const body = branchesBody({ links: linksOf(facts), list, beside, part, page, now });
    return sendPage(services, request, reply, repositoryPage(facts, 'branches', { title: 'Branches', body }));
  });
  app.get('/:workspace/:repository/tags', route, async (request, reply) => {
    const grant = grantOf(request, 'source.read');
    const [facts] = grant.targets;
    const { part, page, query } = wantedIn(request);
    const list = await listSourceRefs(services, grant, 'tag', { ...query, sort: '-date' });
    const now = new Date(services.clock());
    const body = tagsBody({ links: linksOf(facts), list, part, page, now });
    return sendPage(services, request, reply, repositoryPage(facts, 'tags', { title: 'Tags', body }));
  });
}
