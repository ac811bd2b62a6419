import type { CredentialWhichCan } from '../../../../acts/explain/credentials-which-can.ts';
import type { PersonWhoCan, WhoCan } from '../../../../acts/explain/who-can.ts';
import type { CountedSoFar } from '../../../../acts/paged.ts';
import type { Problem } from '../../../../problem.ts';
import { CREDENTIAL_KINDS } from '../../../../gate/index.ts';
import { boundSentence } from '../../credentials/lines.ts';
import { firstFew } from '../../first-few.ts';
import { html, type Html, type Renderable } from '../../html.ts';
import { shownOf, type ListOnPage } from '../../lists-on-page.ts';
import { avatar, emptyState, form, nameSearch, pageHead, table } from '../../pieces/index.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';
import { plural } from '../words.ts';

type Listed = CountedSoFar<CredentialWhichCan>;

export interface WhoCanProps {
  readonly links: Links;
  /** As typed. */
  readonly branch: string;
  /** It is asked who can merge pull requests into it, not who can push to it. */
  readonly merges: boolean;
  /** Null where what was typed cannot be asked about. */
  readonly answer: WhoCan | null;
  readonly lists: Readonly<Record<'people' | 'groups' | 'machines' | 'personal', ListOnPage>>;
  /** What was searched among people. */
  readonly named: string;
  readonly problem: Problem | undefined;
}

/** "Who and what can push to this branch?", or merge into it, for admins. */
export function whoCanBody(props: WhoCanProps): Html {
  const { links, branch, merges, answer, problem } = props;
  return html`${pageHead({
    title: 'Who and what can push, and merge?',
    lead: 'Asked of the decision that every push and every merge goes through: roles, scopes, bounds and branch restrictions as they stand now.',
  })}${form({
    action: links.whoCan(),
    method: 'get',
    error: errorAbove(problem, ['ref']),
    fields: [
      {
        kind: 'text',
        name: 'branch',
        label: 'Branch',
        help: html`Its name, or a ref in full, such as <code>refs/tags/v1</code>. It need not exist yet.`,
        value: branch,
        code: true,
        required: true,
        error: errorIn(problem, 'ref'),
      },
      {
        kind: 'radios',
        name: 'to',
        label: 'What of it',
        required: true,
        values: [merges ? 'merge' : 'push'],
        options: [
          { value: 'push', label: 'Push to it' },
          {
            value: 'merge',
            label: 'Merge pull requests into it',
            help: 'Approvals, builds and tasks that it may take besides are of each pull request.',
          },
        ],
      },
    ],
    submit: { label: 'Ask' },
  })}${answer !== null && answered(answer, props)}`;
}

function answered(answer: WhoCan, { links, lists, named, branch, merges }: WhoCanProps): Html {
  const { machines, personal } = answer;
  const ref = answer.ref ?? '';
  return html`<section aria-labelledby="answer"><h2 id="answer">${merges ? 'Can merge pull requests into' : 'Can push to'} <code>${ref}</code></h2><p>${plural(answer.people.length, 'person').replace('persons', 'people')}, ${counted(machines)} of machines and ${counted(personal)} of people. <a href="${links.restrictions}">Branch restrictions</a> and <a href="${links.access}">roles</a> change that.</p></section>
<section aria-labelledby="people"><h2 id="people">People</h2><p class="quiet">${merges ? 'On the web pages, or with a credential of theirs that may.' : 'With a credential of theirs that may; their session pushes nothing.'}</p>${
    (answer.people.length > shownOf(answer.people, lists.people).length || named !== '') &&
    nameSearch({
      label: 'People',
      action: `${links.whoCan()}#people`,
      name: 'person',
      value: named,
      hidden: { ...lists.people.besides('person'), branch },
    })
  }${peopleTable(namedLike(answer.people, named), lists.people, named)}</section>
<section aria-labelledby="groups"><h2 id="groups">Groups</h2>${groupTable(answer.people, lists.groups)}</section>
<section aria-labelledby="machines"><h2 id="machines">Access tokens, access keys and OAuth consumers</h2>${machineTable(machines, lists.machines, links)}</section>
<section aria-labelledby="personal"><h2 id="personal">Credentials of people</h2><p class="quiet">Of a person’s key you see whose it is, its label and its public id, which also stand in the log of pushes: enough to ask them about it. Its scopes, its networks and where else it goes are theirs alone.</p>${personalTable(personal, lists.personal)}</section>`;
}

const counted = ({ size, isMore }: Listed): string =>
  `${isMore ? 'more than ' : ''}${plural(size, 'credential')}`;

/** What each change came to: those that are allowed, and why not the others. */
function changes(refs: CredentialWhichCan['refs']): Renderable {
  const may = refs.filter(({ reason }) => reason === null).map(({ change }) => change);
  const not = refs.filter(({ reason }) => reason !== null);
  return html`<div>${may.join(', ')}${
    not.length > 0 &&
    html`<details class="opens"><summary>not ${not.map(({ change }) => change).join(', ')}</summary><ul class="plain-list">${not.map(({ change, reason }) => html`<li>${change}: ${reason}</li>`)}</ul></details>`
  }</div>`;
}

function namedLike(people: readonly PersonWhoCan[], named: string): readonly PersonWhoCan[] {
  const typed = named.toLowerCase();
  return people.filter(({ account: { username, displayName } }) =>
    [username, displayName].some((name) => name.toLowerCase().includes(typed)),
  );
}

const through = (person: PersonWhoCan): string =>
  firstFew(
    person.through.map((source) =>
      source.type === 'owner'
        ? 'owner of the workspace'
        : source.type === 'direct'
          ? `role ${source.role}`
          : `role ${source.role} by @${source.slug}`,
    ),
  );

const peopleTable = (people: readonly PersonWhoCan[], list: ListOnPage, named: string): Html =>
  table({
    caption: 'People who can',
    quietCaption: true,
    rows: shownOf(people, list),
    pages: list.pages(people.length),
    empty:
      list.missing(people.length) ??
      emptyState({
        title: 'Nobody',
        body:
          named === ''
            ? 'Nobody’s role and no branch restriction lets anybody do that.'
            : `Nobody of a name like “${named}” can.`,
      }),
    columns: [
      {
        label: 'Name',
        cell: ({ account }) =>
          html`<span class="person">${avatar({ username: account.username, displayName: account.displayName, size: 24 })} ${account.displayName} <span class="quiet">${account.username}</span></span>`,
      },
      { label: 'Through', cell: through },
      { label: 'May', cell: ({ refs }) => changes(refs) },
    ],
  });

function groupTable(people: readonly PersonWhoCan[], list: ListOnPage): Html {
  const groups = new Map<string, { name: string; slug: string; role: string; members: string[] }>();
  for (const { account, through: sources } of people) {
    for (const source of sources) {
      if (source.type !== 'group') continue;
      const known = groups.get(source.slug);
      if (known === undefined) groups.set(source.slug, { ...source, members: [account.displayName] });
      else known.members.push(account.displayName);
    }
  }
  const inOrder = [...groups.values()].toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
  return table({
    caption: 'Groups through which they can',
    quietCaption: true,
    rows: shownOf(inOrder, list),
    pages: list.pages(groups.size),
    empty: list.missing(groups.size) ?? html`<p>None of them holds it by a group.</p>`,
    columns: [
      { label: 'Group', cell: ({ name, slug }) => html`${name} <span class="quiet">@${slug}</span>` },
      { label: 'Role', cell: ({ role }) => role },
      { label: 'Who of it can', cell: ({ members }) => firstFew(members) },
    ],
  });
}

const WAITS = {
  networks: 'only from its networks',
  time: 'only in its hours',
  start: 'not begun',
  pause: 'paused for now',
} as const;

const waiting = ({ waitsFor }: CredentialWhichCan): Renderable =>
  waitsFor !== null && html` <span class="badge">${WAITS[waitsFor]}</span>`;

const kindOf = ({ credential: { kind } }: CredentialWhichCan): string => CREDENTIAL_KINDS[kind].title;

/** With the way to where the repository manages it; a consumer is managed by the owners of its workspace. */
function labelOf({ credential }: CredentialWhichCan, links: Links): Renderable {
  const { label, owner } = credential;
  if (owner.type === 'repository') return html`<a href="${links.ownKey(credential)}">${label}</a>`;
  return owner.type === 'places' ? html`<a href="${links.accessKeys}">${label}</a>` : label;
}

const machineTable = ({ rows, size, isMore }: Listed, list: ListOnPage, links: Links): Html =>
  table({
    caption: 'Credentials of machines that can',
    quietCaption: true,
    rows,
    pages: list.pages(size, isMore),
    empty: list.missing(size) ?? html`<p>None.</p>`,
    columns: [
      {
        label: 'Credential',
        cell: (each) => html`${labelOf(each, links)} <code>${each.credential.id}</code>${waiting(each)}`,
      },
      { label: 'Kind', cell: kindOf },
      {
        label: 'Confined to',
        cell: ({ bounds }) => boundSentence(bounds) ?? html`<span class="quiet">nothing</span>`,
      },
      { label: 'May', cell: ({ refs }) => changes(refs) },
    ],
  });

const personalTable = ({ rows, size, isMore }: Listed, list: ListOnPage): Html =>
  table({
    caption: 'Credentials of people that can',
    quietCaption: true,
    rows,
    pages: list.pages(size, isMore),
    empty: list.missing(size) ?? html`<p>None.</p>`,
    columns: [
      { label: 'Label', cell: ({ credential }) => html`${credential.label} <code>${credential.id}</code>` },
      { label: 'Kind', cell: kindOf },
      { label: 'Of', cell: ({ owner }) => html`<span class="whole">${owner}</span>` },
      {
        label: 'May',
        cell: ({ refs }) =>
          refs
            .filter(({ reason }) => reason === null)
            .map(({ change }) => change)
            .join(', '),
      },
    ],
  });
