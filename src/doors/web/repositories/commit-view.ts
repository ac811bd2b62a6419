import type { ShownChanges } from '../../../acts/browse/changes.ts';
import type { NamesAt } from '../../../acts/browse/names-at.ts';
import type { AppUser } from '../../../acts/source/bots.ts';
import type { Commit, Signature } from '../../../acts/source/commits.ts';
import type { CommitStatus } from '../../../acts/statuses/view.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { avatar, copyLine, exactTime, facts } from '../pieces/index.ts';
import { visibleName, visibleText } from '../visible.ts';
import type { Authors } from './authors.ts';
import { buildsSection } from './builds.ts';
import { changesSection } from './changes-view.ts';
import { isLinkable, type Links } from './links.ts';
import { bodyOf, nameIn, shortHash, subjectOf, timeOf } from './words.ts';

export interface CommitProps {
  readonly links: Links;
  readonly commit: Commit;
  readonly changes: ShownChanges;
  readonly statuses: readonly CommitStatus[];
  readonly authors: Authors;
  /** Branches and tags that lead here. */
  readonly named: NamesAt | undefined;
  /** Links to those that it came by. */
  readonly pullRequests: Renderable;
  readonly now: Date;
}

/** More than an octopus has, and fewer than a commit can name. */
const MOST_PARENTS = 100;

/** One commit: who and when, what it says, and what it changed. */
export function commitBody(props: CommitProps): Html {
  const { links, commit, changes } = props;
  const message = bodyOf(commit.message);
  return html`<div class="page-head"><div><h1>${subjectOf(commit.message, 1000)}</h1></div><div class="page-actions"><a class="button" href="${links.source(commit.id)}">Files at this commit</a></div></div>${
    message !== '' && html`<pre class="commit-message">${visibleText(message)}</pre>`
  }${facts(commitFacts(props))}${buildsSection(props.statuses, props.now)}${changesSection({
    changes,
    what: 'This commit',
    rawHref: links.diff(commit.id),
    fileHref: (path) => (isLinkable(path) ? links.source(commit.id, path) : links.diff(commit.id)),
  })}`;
}

function commitFacts({ links, commit, authors, named, pullRequests, now }: CommitProps) {
  const { author, committer, parents } = commit;
  const sameHand = author.name === committer.name && author.email === committer.email;
  return [
    { name: 'Author', value: person(author, authors, now, authors.bots.get(commit.id)) },
    ...(sameHand ? [] : [{ name: 'Committed by', value: person(committer, authors, now) }]),
    ...(sameHand && author.date !== committer.date
      ? [{ name: 'Committed', value: exactTime({ at: timeOf(committer), now }) }]
      : []),
    {
      name: 'Commit',
      value: copyLine({ label: 'The whole hash', text: commit.id, showLabel: false }),
    },
    { name: parents.length > 1 ? 'Parents' : 'Parent', value: parentsOf(commit, links) },
    ...(named === undefined || named.names.length === 0
      ? []
      : [{ name: 'Branches and tags', value: namesOf(named, links) }]),
    ...(pullRequests === undefined ? [] : [{ name: 'Pull requests', value: pullRequests }]),
  ];
}

const namesOf = ({ names, more }: NamesAt, links: Links): Renderable => [
  names.map(
    (name, index) => html`${index > 0 && ', '}<a href="${links.source(name)}">${visibleName(name)}</a>`,
  ),
  more > 0 && ` and ${more.toLocaleString('en')} more`,
];

function parentsOf({ parents }: Commit, links: Links): Renderable {
  if (parents.length === 0) return 'None: history begins here.';
  const shown = parents
    .slice(0, MOST_PARENTS)
    .map(
      (id, index) =>
        html`${index > 0 && ', '}<a href="${links.commit(id)}"><code>${shortHash(id)}</code></a>${
          parents.length > 1 && index === 0 && html` <span class="quiet">(compared with this one)</span>`
        }`,
    );
  return [shown, parents.length > MOST_PARENTS && ` and ${parents.length - MOST_PARENTS} more`];
}

function person(signature: Signature, authors: Authors, now: Date, bot?: AppUser): Html {
  const account = authors.people.get(signature.email.toLowerCase());
  const name = bot?.displayName ?? nameIn(signature);
  return html`<span class="person">${avatar({ username: bot?.accountId ?? account?.username ?? name, displayName: name, size: 20 })} ${name}${
    bot && html` <span class="badge">bot</span>`
  }${
    signature.email !== '' && html` <span class="quiet">&lt;${visibleName(signature.email)}&gt;</span>`
  } · ${exactTime({ at: timeOf(signature), now })}</span>`;
}
