import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { avatar } from './avatar.ts';
import { time } from './time.ts';

/** How the builds of a commit stand. */
export interface BuildsSign {
  readonly words: string;
  readonly failed: boolean;
}

export interface CommitLineProps {
  /** The whole id; its first ten characters are shown. */
  readonly hash: string;
  readonly href: string;
  /** The first line of the message. */
  readonly subject: string;
  /** `username` only where the author is known here; `href` where they have a page. */
  readonly author: {
    readonly name: string;
    readonly username?: string | undefined;
    readonly href?: string | undefined;
  };
  readonly at: Date;
  readonly now: Date;
  /** Branches and tags that point here, and how many more do. */
  readonly refs?: { readonly names: readonly string[]; readonly more: number } | undefined;
  readonly builds?: BuildsSign | undefined;
}

export function commitLine(props: CommitLineProps): Html {
  const { author, refs, builds } = props;
  return html`<div class="commit">${avatar({ username: author.username ?? author.name, displayName: author.name, size: 24 })}
<div class="commit-words"><a class="commit-subject" href="${props.href}">${props.subject}</a>${refs?.names.map((name) => html` <span class="ref">${name}</span>`)}${refs !== undefined && refs.more > 0 && html` <span class="quiet">and ${refs.more.toLocaleString('en')} more</span>`}${builds && html` <span class="state ${builds.failed && 'state-failed'}">${builds.words}</span>`}<p class="quiet">${
    author.href === undefined ? author.name : html`<a href="${author.href}">${author.name}</a>`
  } · ${time({ at: props.at, now: props.now })}</p></div><a class="commit-hash" href="${props.href}" aria-label="Commit ${props.hash.slice(0, 10)}"><code>${props.hash.slice(0, 10)}</code></a></div>`;
}

export function commitList(commits: readonly CommitLineProps[]): Html {
  return html`<ol class="commits">${commits.map((each) => html`<li>${commitLine(each)}</li>\n`)}</ol>`;
}
