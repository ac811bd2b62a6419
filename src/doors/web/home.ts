import type { FastifyInstance } from 'fastify';
import { listVisibleRepositories } from '../../acts/repositories/view.ts';
import type { Repository } from '../../hosting/index.ts';
import { accountOf } from '../../gate/index.ts';
import { grantOf, toHost } from '../shared/policy.ts';
import { html, type Html } from './html.ts';
import { namedList, type NamedList } from './named-list.ts';
import { emptyState, pageHead, pagination } from './pieces/index.ts';
import { places, workspacePath } from './places.ts';
import { repositoryTable } from './repository-table.ts';
import { sendPage } from './respond.ts';
import { pageRoute, type PagesOptions } from './route.ts';
import { visitorOf, type Visitor } from './visitor.ts';

const SHOWN = 12;

/** The start page: one's own workspaces and what happened last; for a stranger what this is, and what is public. */
export async function homePage(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(places.home, pageRoute('repository.search', toHost), async (request, reply) => {
    const grant = grantOf(request, 'repository.search');
    const stranger = accountOf(grant.principal) === null;
    const { repositories } = await listVisibleRepositories(services, grant, {
      ...(!stranger && { role: 'read' }),
      sort: { by: 'updated_at', descending: true },
      offset: 0,
      limit: SHOWN,
    });
    const now = new Date(services.clock());
    const list = namedList(request, places.home, 'Your workspaces');
    return sendPage(services, request, reply, {
      title: stranger ? 'Welcome' : 'Start',
      body: stranger
        ? welcome(repositories, now)
        : ownPlaces(await visitorOf(services, request), list, repositories, now),
    });
  });
}

const welcome = (repositories: readonly Repository[], now: Date): Html =>
  html`${pageHead({
    title: 'A Git host with a key for every script',
    lead: 'People sign in here. Every script, CI job and tool gets a key of its own: narrow, visible, and revoked alone.',
    actions: html`<a class="button button-primary" href="${places.signIn}">Sign in</a>`,
  })}<section><h2>Public repositories</h2>${repositoryTable({
    caption: 'Public repositories',
    repositories,
    withWorkspace: true,
    now,
    empty: emptyState({
      title: 'Nothing is public here',
      body: 'Sign in to see the repositories that people have shared with you.',
    }),
  })}</section>`;

function ownPlaces(visitor: Visitor, list: NamedList, repositories: readonly Repository[], now: Date): Html {
  const { workspaces } = visitor;
  const { named, offset, limit } = list.rows;
  // The frame of every page has read them all.
  const found = workspaces.filter(({ slug, name }) =>
    [slug, name].some((each) => each.toLowerCase().includes(named.toLowerCase())),
  );
  return html`${pageHead({
    title: `Hello, ${visitor.account?.displayName ?? ''}`,
    actions: html`<a class="button" href="${places.newAppPassword}">Create app password</a> <a class="button" href="${places.newApiToken}">Create API token</a> <a class="button" href="${places.newWorkspace}">New workspace</a>`,
  })}<section><h2>Your workspaces</h2>${
    workspaces.length === 0
      ? emptyState({
          title: 'You are in no workspace yet',
          body: 'A workspace holds repositories and the people who work on them. Make one, or ask an owner to add you to theirs.',
          action: { label: 'Create a workspace', href: places.newWorkspace },
        })
      : html`${list.search(found.length)}${
          found.length > offset
            ? html`<ul class="tiles">${found
                .slice(offset, offset + limit)
                .map(
                  ({ slug, name, membership }) =>
                    html`<li><a href="${workspacePath(slug)}"><strong>${name}</strong><span class="quiet">${slug} · ${membership === 'owner' ? 'Owner' : 'Member'}</span></a></li>`,
                )}</ul>`
            : list.nothing(found.length)
        }${pagination(list.pages(found.length))}`
  }</section><section><h2>Recently changed</h2>${repositoryTable({
    caption: 'Recently changed repositories',
    repositories,
    withWorkspace: true,
    now,
    empty: emptyState({
      title: 'No repositories yet',
      body: 'Here stand the repositories on which you hold a role, the latest change first.',
      ...(workspaces[0] !== undefined && {
        action: {
          label: 'Create a repository',
          href: workspacePath(workspaces[0].slug, '/-/new-repository'),
        },
      }),
    }),
  })}</section>`;
}
