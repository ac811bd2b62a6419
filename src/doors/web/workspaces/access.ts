import type { FastifyInstance } from 'fastify';
import { listEverything } from '../../../acts/credentials/everything.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import { viewOwningConsumers } from '../../../acts/oauth/consumers.ts';
import {
  viewOpenedPlaces,
  viewWorkspaceAccess,
  type OpenedPlace,
  type WorkspaceAccess,
} from '../../../acts/workspaces/access.ts';
import type { Offered } from '../../../acts/offered.ts';
import type { Credential } from '../../../credentials/index.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { credentialPages } from '../credentials/lines.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { html, type Html } from '../html.ts';
import { listsOnPage, type ListOnPage } from '../lists-on-page.ts';
import { avatar, emptyState, nameSearch, pageHead, table } from '../pieces/index.ts';
import { projectKeysPath, projectTokensPath, workspacePath, workspaceTokensPath } from '../places.ts';
import { linksOf } from '../repositories/links.ts';
import { plural } from '../repositories/words.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, queryName, type PagesOptions } from '../route.ts';
import { workspaceFrame } from './frame.ts';
import { consumerPath } from './oauth-consumers-view.ts';

const LISTS = { people: 'people', groups: 'groups' } as const;

/** Who and what may enter the repositories of a workspace, for its owners. */
export async function workspaceAccessPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get('/:workspace/-/access', pageRoute('workspace.access', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'workspace.access');
    const [{ slug, name }] = grant.targets;
    const which = whichIn(request);
    const listed = await listEverything(services, grant, which);
    const listing = await enterAlso(services, request, 'consumer.list', toWorkspace({ workspace: slug }));
    const consumers = await viewOwningConsumers(services, listing, listed.credentials);
    // A secret of a consumer holds no scopes itself: what it opens is what its consumer may ask for.
    const credentials = listed.credentials.map((each) => {
      const consumer = each.kind === 'oauth_consumer_secret' ? consumers.get(each.owner.id) : undefined;
      return consumer === undefined ? each : { ...each, scopes: consumer.scopes };
    });
    const shown = { ...listed, credentials };
    const places = await viewOpenedPlaces(services, grant, shown.credentials);
    const href = workspacePath(slug, '/-/access');
    const named = queryName(request, 'person');
    const lists = listsOnPage(request, href, LISTS, ['show', 'page', 'person']);
    const access = await viewWorkspaceAccess(services, grant, {
      people: { named, ...lists.people.rows },
      groups: lists.groups.rows,
    });
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: `Access to ${name}`,
      width: 'full',
      ...workspaceFrame(grant, 'access'),
      body: html`${pageHead({
        title: 'Who and what may enter',
        lead: leadOf(access),
      })}<section aria-labelledby="credentials"><h2 id="credentials">Access tokens, access keys and OAuth consumers</h2>${credentialPages(
        {
          label: 'Access tokens, access keys and OAuth consumers',
          href,
          which,
          shown,
          now,
          boundWords: await viewBoundWords(services, grant, shown.credentials),
          detailHref: (each) =>
            each.owner.type === 'consumer'
              ? consumerPath(slug, consumers.get(each.owner.id)?.key ?? each.owner.id)
              : detailHref(slug, each, places.get(each.id)?.first),
          besides: ({ id }) => placeWords(places.get(id)),
          action: (each) => takeAway(slug, each, places.get(each.id)?.first),
          empty: emptyState({
            title: 'No tokens and no keys',
            body: 'What is made for machines in the settings of the workspace, of a project or of a repository is listed here.',
          }),
        },
      )}</section>${people(slug, access, lists.people, named)}${groups(slug, access, lists.groups)}`,
    });
  });
}

function leadOf({ repositories, publicRepositories }: WorkspaceAccess): string {
  const all = plural(repositories, 'repositor').replace(
    /repositors?$/,
    repositories === 1 ? 'repository' : 'repositories',
  );
  return publicRepositories === 0
    ? `${all}, all private. What people’s own app passwords, API tokens and SSH keys reach follows their roles.`
    : `${all}, ${publicRepositories} of them public, which everybody reads. What people’s own app passwords, API tokens and SSH keys reach follows their roles.`;
}

const ownPlace = (workspace: string, { name }: OpenedPlace) =>
  linksOf({ slug: name, workspace: { slug: workspace } });

/** The page of a token in its repository, or of an access key in the first of its places, which leads to those in the others. */
function detailHref(
  workspace: string,
  credential: Credential,
  [place]: readonly OpenedPlace[] = [],
): string | undefined {
  if (place === undefined) return undefined;
  return place.key === null
    ? tokenHref(workspace, place, credential)
    : keyHref(workspace, place, place.key.number);
}

function tokenHref(workspace: string, place: OpenedPlace, credential: Credential, below = ''): string {
  if (place.on === 'repository') return ownPlace(workspace, place).ownKey(credential, below);
  const tokens = {
    project: projectTokensPath(workspace, place.name),
    workspace: workspaceTokensPath(workspace),
  }[place.on];
  return `${tokens}/${encodeURIComponent(credential.id)}${below}`;
}

const keyHref = (workspace: string, place: OpenedPlace, number: number, below = ''): string =>
  place.on === 'repository'
    ? ownPlace(workspace, place).accessKey(number, below)
    : projectKeysPath(workspace, place.name, `/${number}${below}`);

function placeWords({ first, size }: Offered<OpenedPlace> = { first: [], size: 0 }): string {
  const words = first.map(({ on, name, key }) => {
    const place = on === 'project' ? `project ${name}` : on === 'workspace' ? 'the whole workspace' : name;
    return key === null ? `Of ${place}.` : `${key.role === 'write' ? 'Reads and writes' : 'Reads'} ${place}.`;
  });
  const more = size - first.length;
  if (more > 0) words.push(`Opens ${more} more, which its page names.`);
  return words.join(' ');
}

/** Leads to where it is taken away: an access key may be in several places, each with a question of its own. */
function takeAway(workspace: string, credential: Credential, places: readonly OpenedPlace[] = []): Html {
  const link = (href: string, word: string, name: string) =>
    html`<a class="button button-small button-danger-quiet" href="${href}" aria-label="${word} ${name}">${word}…</a>`;
  return html`${places.map((place) => {
    if (place.key === null)
      return link(tokenHref(workspace, place, credential, '/revoke'), 'Revoke', credential.label);
    return link(
      keyHref(workspace, place, place.key.number, '/remove'),
      'Take away',
      `${credential.label} from ${place.name}`,
    );
  })}`;
}

const reach = (count: number, { repositories }: WorkspaceAccess): string =>
  count === 0 ? '–' : count === repositories ? 'All' : `${count} of ${repositories}`;

function people(slug: string, access: WorkspaceAccess, list: ListOnPage, named: string): Html {
  const { rows, size } = access.people;
  return html`<section aria-labelledby="people"><h2 id="people">People</h2>${
    (size > rows.length || named !== '') &&
    nameSearch({
      label: 'People',
      action: `${workspacePath(slug, '/-/access')}#people`,
      name: 'person',
      value: named,
      hidden: list.besides('person'),
    })
  }${table({
    caption: 'People',
    quietCaption: true,
    rows,
    pages: list.pages(size),
    empty: list.missing(size) ?? html`<p>Nobody${named !== '' && html` of a name like “${named}”`}.</p>`,
    columns: [
      {
        label: 'Name',
        cell: ({ account }) =>
          html`<span class="person">${avatar({ username: account.username, displayName: account.displayName, size: 24 })} ${account.displayName} <span class="quiet">${account.username}</span>${
            account.state !== 'active' && html` <span class="badge">disabled</span>`
          }</span>`,
      },
      {
        label: 'Is',
        cell: ({ membership }) =>
          membership === null ? 'No member' : membership === 'owner' ? 'Owner' : 'Member',
      },
      { label: 'Reads', align: 'end', cell: (each) => reach(each.reads, access) },
      { label: 'Pushes to', align: 'end', cell: (each) => reach(each.pushes, access) },
    ],
  })}<p><a href="${workspacePath(slug, '/-/members')}">Add and remove members</a></p></section>`;
}

function groups(slug: string, access: WorkspaceAccess, list: ListOnPage): Html {
  const { rows, size } = access.groups;
  return html`<section aria-labelledby="groups"><h2 id="groups">Groups</h2>${table({
    caption: 'Groups',
    quietCaption: true,
    rows,
    pages: list.pages(size),
    empty: list.missing(size) ?? html`<p>There are none.</p>`,
    columns: [
      { label: 'Group', cell: ({ name, slug: group }) => html`${name} <span class="quiet">@${group}</span>` },
      { label: 'Members', align: 'end', cell: ({ members }) => String(members) },
      { label: 'Reads', align: 'end', cell: (each) => reach(each.reads, access) },
      { label: 'Pushes to', align: 'end', cell: (each) => reach(each.pushes, access) },
    ],
  })}<p><a href="${workspacePath(slug, '/-/groups')}">Change groups</a></p></section>`;
}
