import { endOf, standingOf } from '../../../../acts/credentials/standing.ts';
import type { Ability } from '../../../../acts/explain/abilities.ts';
import type {
  Entering,
  EnteringCredential,
  EnteringGroup,
  EnteringPerson,
} from '../../../../acts/explain/entering.ts';
import type { Paged } from '../../../../acts/paged.ts';
import { CREDENTIAL_KINDS } from '../../../../gate/index.ts';
import { html, type Html, type Renderable } from '../../html.ts';
import { firstFew } from '../../first-few.ts';
import { keyMark } from '../../keys/key-line.ts';
import type { ListOnPage } from '../../lists-on-page.ts';
import { avatar, nameSearch, pageHead, table, time, type Column } from '../../pieces/index.ts';
import { workspacePath } from '../../places.ts';
import { linksOf, type Links, type Named } from '../links.ts';
import { plural } from '../words.ts';

const ABILITIES: Readonly<Record<Ability, string>> = {
  yes: 'Yes',
  no: '–',
  time: 'In its hours',
  networks: 'From its networks',
  start: 'Once it has begun',
  pause: 'Once it is no longer paused',
};

const yesNo = (may: boolean): string => ABILITIES[may ? 'yes' : 'no'];

type Lists = Readonly<Record<'own' | 'people' | 'groups' | 'personal', ListOnPage>>;

/** Everybody and everything that may enter a repository, on one page; of what is many, a page of each. */
export function overviewBody(props: {
  readonly repository: Named & { readonly isOwned: boolean };
  readonly entering: Entering;
  readonly lists: Lists;
  /** What was searched among people. */
  readonly named: string;
  readonly now: Date;
}): Html {
  const { entering, lists, named, now } = props;
  const { own, people, groups, personal } = entering;
  const links = linksOf(props.repository);
  const { isOwned, workspace } = props.repository;
  const above = isOwned ? workspacePath(workspace.slug, '/-/access') : undefined;
  return html`${pageHead({
    title: 'Who and what may enter',
    lead: entering.everybodyReads
      ? 'This repository is public: everybody reads it. Below is who holds a role, and every credential that enters by itself.'
      : 'Everybody who holds a role here, and every credential with which one gets in, as the host would decide now.',
    actions: html`<a class="button" href="${links.whoCan()}">Who can push to a branch?</a>`,
  })}<section aria-labelledby="own"><h2 id="own">Access tokens, access keys and OAuth consumers</h2>${credentialTable(
    'Access tokens, access keys and OAuth consumers',
    own,
    lists.own,
    now,
    links,
    {
      last: { label: 'Revoke', quietLabel: true, align: 'end', cell: (each) => takeAway(each, links, above) },
    },
    html`<p>None. <a href="${links.newAccessToken}">Create an access token</a> or <a href="${links.newAccessKey}">add an access key</a> for a machine.</p>`,
  )}</section><section aria-labelledby="people"><h2 id="people">People</h2>${
    (people.size > people.rows.length || named !== '') &&
    nameSearch({
      label: 'People',
      action: `${links.overview}#people`,
      name: 'person',
      value: named,
      hidden: lists.people.besides('person'),
    })
  }${peopleTable(people, lists.people, named)}<p><a href="${links.access}">Give roles and take them away</a></p></section><section aria-labelledby="groups"><h2 id="groups">Groups</h2>${groupTable(
    groups,
    lists.groups,
  )}</section><section aria-labelledby="personal"><h2 id="personal">Credentials of these people</h2><p class="quiet">They reach as far as the role of their owner, who alone can revoke them. Take the role away, and they open nothing here.</p>${credentialTable(
    'Credentials of people',
    personal,
    lists.personal,
    now,
    links,
    { second: { label: 'Of', cell: ({ owner }) => html`<span class="whole">${owner}</span>` } },
    html`<p>None.</p>`,
  )}</section>`;
}

/** @param above where owners of the workspace look after what belongs to that */
function takeAway(
  { credential, place }: EnteringCredential,
  links: Links,
  above: string | undefined,
): Renderable {
  const link = (href: string, word: string) =>
    html`<a class="button button-small button-danger-quiet" href="${href}" aria-label="${word} ${credential.label}">${word}…</a>`;
  const { type } = credential.owner;
  if (type === 'consumer' || type === 'workspace' || type === 'project') {
    const by = `By its ${type === 'project' ? 'project' : 'workspace'}`;
    return above === undefined
      ? html`<span class="quiet">${by}</span>`
      : html`<a href="${above}" aria-label="${credential.label}: ${by}">${by}</a>`;
  }
  if (type === 'repository') return link(links.ownKey(credential, '/revoke'), 'Revoke');
  if (place?.on === 'repository') return link(links.accessKey(place.number, '/remove'), 'Take away');
  return place?.on === 'project' && html`<span class="quiet">By its project</span>`;
}

/** With the way to its page, where it is one of this repository. */
function labelOf(
  { credential, place }: Pick<EnteringCredential, 'credential' | 'place'>,
  links: Links,
): Renderable {
  const { label, owner } = credential;
  if (owner.type === 'repository') return html`<a href="${links.ownKey(credential)}">${label}</a>`;
  return place?.on === 'repository' ? html`<a href="${links.accessKey(place.number)}">${label}</a>` : label;
}

function credentialTable(
  caption: string,
  { rows, size, isMore }: Paged<EnteringCredential> & { readonly isMore?: boolean },
  list: ListOnPage,
  now: Date,
  links: Links,
  /** After the first column, and at the end. */
  more: {
    readonly second?: Column<EnteringCredential>;
    readonly last?: Column<EnteringCredential>;
  },
  empty: Html,
): Html {
  return table<EnteringCredential>({
    caption,
    quietCaption: true,
    rows,
    empty: list.missing(size) ?? empty,
    pages: list.pages(size, isMore),
    columns: [
      {
        label: 'Credential',
        cell: ({ credential, key, place }) =>
          html`${labelOf({ credential, place }, links)} ${standingOf(credential) === 'retiring' && html`<span class="state state-retiring">Retiring</span> `}<span class="quiet">${CREDENTIAL_KINDS[credential.kind].title} <code>${credential.id}</code>${key !== null && html` ${keyMark(key)}`}</span>`,
      },
      ...(more.second === undefined ? [] : [more.second]),
      { label: 'Reads', cell: ({ reads }) => ABILITIES[reads] },
      { label: 'Pushes', cell: ({ pushes }) => ABILITIES[pushes] },
      {
        label: 'Last used',
        cell: ({ credential: { lastUsedAt }, tellsUse }) => {
          if (!tellsUse) return 'Not told here';
          return lastUsedAt === null ? 'Never' : time({ at: new Date(lastUsedAt), now });
        },
      },
      {
        label: 'Expires',
        cell: ({ credential }) => {
          const ends = endOf(credential);
          return ends === null ? 'Never' : time({ at: new Date(ends), now });
        },
      },
      ...(more.last === undefined ? [] : [more.last]),
    ],
  });
}

const throughWords = ({ through }: EnteringPerson): string =>
  firstFew(
    through.map((source) =>
      source.type === 'owner'
        ? 'owner of the workspace'
        : source.type === 'group'
          ? `@${source.slug} (${source.role})`
          : 'by itself',
    ),
  );

const peopleTable = ({ rows, size }: Paged<EnteringPerson>, list: ListOnPage, named: string): Html =>
  table<EnteringPerson>({
    caption: 'People',
    quietCaption: true,
    rows,
    empty:
      list.missing(size) ??
      html`<p>${named === '' ? 'Nobody holds a role.' : `Nobody of a name like “${named}” holds a role.`}</p>`,
    pages: list.pages(size),
    columns: [
      {
        label: 'Name',
        cell: ({ account }) =>
          html`<span class="person">${avatar({ username: account.username, displayName: account.displayName, size: 24 })} ${account.displayName} <span class="quiet">${account.username}</span>${
            account.state !== 'active' && html` <span class="badge">disabled</span>`
          }</span>`,
      },
      {
        label: 'Role',
        cell: (each) => html`${each.role} <span class="quiet">${throughWords(each)}</span>`,
      },
      { label: 'Reads', cell: ({ reads }) => yesNo(reads) },
      { label: 'Pushes', cell: ({ pushes }) => yesNo(pushes) },
    ],
  });

const groupTable = ({ rows, size }: Paged<EnteringGroup>, list: ListOnPage): Html =>
  table<EnteringGroup>({
    caption: 'Groups',
    quietCaption: true,
    rows,
    empty: list.missing(size) ?? html`<p>No group holds a role.</p>`,
    pages: list.pages(size),
    columns: [
      { label: 'Group', cell: ({ name, slug }) => html`${name} <span class="quiet">@${slug}</span>` },
      { label: 'Role', cell: ({ role }) => role },
      { label: 'Members', cell: ({ members }) => plural(members, 'member') },
      { label: 'Reads', cell: ({ reads }) => yesNo(reads) },
      { label: 'Pushes', cell: ({ pushes }) => yesNo(pushes) },
    ],
  });
