import type { FastifyInstance } from 'fastify';
import { listVisibleRepositories } from '../../acts/repositories/view.ts';
import { grantOf, toHost } from '../shared/policy.ts';
import { html } from './html.ts';
import { emptyState, pageHead } from './pieces/index.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from './pages-of.ts';
import { places } from './places.ts';
import { repositoryTable } from './repository-table.ts';
import { sendPage } from './respond.ts';
import { pageRoute, queryPage, queryText, type PagesOptions } from './route.ts';

const LONGEST_QUERY = 200;

/** Repositories by part of their name, over every workspace, as far as the visitor may see them. */
export async function searchPage(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.search, pageRoute('repository.search', toHost), async (request, reply) => {
    const search = queryText(request, 'q').trim().slice(0, LONGEST_QUERY);
    const page = queryPage(request);
    const { repositories, size } = await listVisibleRepositories(
      services,
      grantOf(request, 'repository.search'),
      {
        // Names are searched, not addresses: of "acme/app" the second part is one.
        nameContains: search.slice(search.lastIndexOf('/') + 1),
        sort: { by: 'slug', descending: false },
        ...rowsOf(page),
      },
    );
    const pageHref = (number: number) => `${places.search}?q=${encodeURIComponent(search)}&page=${number}`;
    return sendPage(services, request, reply, {
      title: search === '' ? 'Repositories' : `Search: ${search}`,
      width: 'full',
      search,
      body: html`${pageHead({
        title: search === '' ? 'All repositories that you may see' : `Repositories named like “${search}”`,
        lead: size === 1 ? 'One repository.' : `${size} repositories.`,
      })}${repositoryTable({
        caption: 'Repositories found',
        repositories,
        withWorkspace: true,
        now: new Date(services.clock()),
        pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
        empty:
          noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
          emptyState({
            title: 'Nothing was found',
            body: 'Only names of repositories that you may see are searched. Try a shorter part of the name.',
          }),
      })}`,
    });
  });
}
