import type { CommitChanges } from '../../../acts/browse/changes.ts';
import type { NamesAt } from '../../../acts/browse/names-at.ts';
import type { AppUser } from '../../../acts/source/bots.ts';
import type { Commit, Signature } from '../../../acts/source/commits.ts';
import type { CommitStatus } from '../../../acts/statuses/view.ts';
import { shortened } from '../../shared/shortened.ts';
import { html, type Html, type Renderable } from '../html.ts';
import {
  avatar,
  copyLine,
  diffView,
  exactTime,
  facts,
  notice,
  part,
  parseUnifiedDiff,
  type DiffFile,
} from '../pieces/index.ts';
import { visibleName, visibleText } from '../visible.ts';
import type { Authors } from './authors.ts';
import { buildsSection } from './builds.ts';
import { isLinkable, type Links } from './links.ts';
import { bodyOf, nameIn, plural, shortHash, sizeWords, subjectOf, timeOf } from './words.ts';

export interface CommitProps {
  readonly links: Links;
  readonly commit: Commit;
  readonly changes: CommitChanges;
  readonly statuses: readonly CommitStatus[];
  readonly authors: Authors;
  /** Branches and tags that lead here. */
  readonly named: NamesAt | undefined;
  readonly now: Date;
}

/** More than an octopus has, and fewer than a commit can name. */
const MOST_PARENTS = 100;
/** In characters: of the three hundred paths that are listed any may be a megabyte. */
const LONGEST_PATH = 1000;

/** One commit: who and when, what it says, and what it changed. */
export function commitBody(props: CommitProps): Html {
  const { links, commit, changes } = props;
  const message = bodyOf(commit.message);
  return html`<div class="page-head"><div><h1>${subjectOf(commit.message, 1000)}</h1></div><div class="page-actions"><a class="button" href="${links.source(commit.id)}">Files at this commit</a></div></div>${
    message !== '' && html`<pre class="commit-message">${visibleText(message)}</pre>`
  }${facts(commitFacts(props))}${buildsSection(props.statuses, props.now)}${changes.isCompared ? whatChanged(props) : notCompared}`;
}

const notCompared = html`<section aria-labelledby="changes"><h2 id="changes">What changed</h2>${notice({
  kind: 'warning',
  title: 'Too much to show',
  body: html`This commit changes more files than are compared here, or in deeper folders. Clone the repository and let Git show it.`,
})}</section>`;

function whatChanged(props: CommitProps): Html {
  const { links, commit, changes } = props;
  const shown = parseUnifiedDiff(changes.diff);
  return html`<section class="diffs" aria-labelledby="changes"><div class="page-head"><h2 id="changes">What changed</h2><div class="page-actions"><a class="button button-small" href="${links.diff(commit.id)}">Raw diff</a></div></div>${
    changes.truncated &&
    notice({
      kind: 'warning',
      title: 'Too large to show whole',
      body: html`The first ${sizeWords(changes.diff.length)} of the changes are below. <a href="${links.diff(commit.id)}">Open all of it as text</a>.`,
    })
  }${fileList(props, shown)}${diffView({
    files: shown,
    partial: changes.truncated,
    fileHref: (path) => (isLinkable(path) ? links.source(commit.id, path) : links.diff(commit.id)),
  })}</section>`;
}

function commitFacts({ links, commit, authors, named, now }: CommitProps) {
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

const CHANGES = {
  added: 'new',
  modified: 'changed',
  removed: 'deleted',
  renamed: 'renamed',
  copied: 'copied',
  'type-changed': 'changed its kind',
} as const;

const shownPath = (path: string): string => shortened(visibleName(path), LONGEST_PATH);

/** All files at a glance, where there are several; each leads to its place in the diff, as far as that is shown. */
function fileList({ changes: { changes } }: CommitProps, shown: readonly DiffFile[]): Html | false {
  const { files, truncated } = changes;
  if (files.length < 2) return false;
  const places = new Map(shown.map(({ path }, index) => [path, index + 1]));
  const list = html`<ul class="changed-files">${files.map(({ path, oldPath, status }) => {
    const place = places.get(path);
    const name = html`<code>${shownPath(path)}</code>`;
    return html`<li>${place === undefined ? name : html`<a href="#file-${place}">${name}</a>`} <span class="quiet">${CHANGES[status]}${
      oldPath !== undefined && html` from <code>${shownPath(oldPath)}</code>`
    }</span></li>`;
  })}</ul>`;
  const count = plural(files.length, 'file');
  return part({ title: truncated ? `The first ${count}` : count, summary: 'by name', body: list });
}
