import type { FastifyInstance } from 'fastify';
import { listVisibleRepositories } from '../../../acts/repositories/view.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { html } from '../html.ts';
import { emptyState, nameSearch, pageHead } from '../pieces/index.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import { workspacePath } from '../places.ts';
import { repositoryTable } from '../repository-table.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryPage, queryText, type PagesOptions } from '../route.ts';
import { mayCreateRepositories, workspaceFrame } from './frame.ts';

const LONGEST_QUERY = 200;

/** The page of a workspace: its repositories, as far as the visitor may see them. */
export async function workspacePage(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get('/:workspace', pageRoute('repository.list', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'repository.list');
    const [workspace] = grant.targets;
    const part = queryText(request, 'name').trim().slice(0, LONGEST_QUERY);
    const page = queryPage(request);
    const { repositories, size } = await listVisibleRepositories(services, grant, {
      nameContains: part,
      sort: { by: 'slug', descending: false },
      ...rowsOf(page),
    });
    const creating = workspacePath(workspace.slug, '/-/new-repository');
    const mayCreate = mayCreateRepositories(workspace);
    const address = workspacePath(workspace.slug);
    const pageHref = (number: number) =>
      `${address}?${part === '' ? '' : `name=${encodeURIComponent(part)}&`}page=${number}`;
    return sendPage(services, request, reply, {
      title: workspace.name,
      width: 'full',
      ...workspaceFrame(grant, 'repositories'),
      body: html`${pageHead({
        title: 'Repositories',
        actions: mayCreate && html`<a class="button button-primary" href="${creating}">New repository</a>`,
      })}${
        (size > PAGE_LENGTH || part !== '') &&
        nameSearch({
          label: 'Repositories of this workspace',
          action: address,
          name: 'name',
          value: part,
        })
      }${repositoryTable({
        caption: `Repositories of ${workspace.name}`,
        repositories,
        now: new Date(services.clock()),
        pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
        empty:
          noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
          (part !== ''
            ? emptyState({
                title: 'Nothing was found',
                body: 'No repository here that you may see is named so.',
              })
            : emptyState({
                title: 'No repositories to see',
                body: mayCreate
                  ? 'A repository holds the history of one project. It is private until you make it public.'
                  : 'Nobody has given you a role on a repository here, and none is public.',
                ...(mayCreate && { action: { label: 'Create a repository', href: creating } }),
              })),
      })}`,
    });
  });
}
