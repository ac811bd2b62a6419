import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toHost } from '../../shared/policy.ts';
import { repositoryPath } from '../places.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';

// No repository is called so: the form of the segment is the one by which Git's own door is declared.
const DOT_GIT = '/:workspace/:repository(^[^/]+\\.git$)';

/** Leads whoever opens a clone address in a browser to the page; nothing is looked up for it, so it tells nothing. */
export function cloneAddressPages(app: FastifyInstance, _options: PagesOptions): void {
  const route = pageRoute('site.view', toHost);
  const to = (below: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const slug = parameter(request, 'repository').replace(/\.git$/, '');
    return reply.redirect(
      repositoryPath({ slug, workspace: { slug: parameter(request, 'workspace') } }, below),
      301,
    );
  };
  app.get(DOT_GIT, route, to(''));
  app.get(`${DOT_GIT}/wiki`, route, to('/wiki'));
}
