import type { ShownWikiPage, WikiPage } from '../../../acts/browse/wiki.ts';
import { html, type Html } from '../html.ts';
import { copyLine, emptyState, pageHead, time, withAside } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import { isLinkable, type Links } from './links.ts';
import { timeOf } from './words.ts';

export interface WikiProps {
  readonly links: Links;
  readonly pages: readonly WikiPage[];
  readonly cut: boolean;
  /** Absent where there is no first page: the list is all there is to see. */
  readonly shown: (ShownWikiPage & { readonly body: Html; readonly hasTitle: boolean }) | undefined;
  readonly address: string;
  readonly now: Date;
}

/** File names stand for titles as wikis have it: a hyphen for a blank. */
const titleOf = ({ name }: { readonly name: string }): string => visibleName(name.replaceAll('-', ' '));

export function wikiBody(props: WikiProps): Html {
  const { shown, now } = props;
  const last = shown?.lastCommit;
  const page =
    shown === undefined
      ? html`${pageHead({ title: 'Wiki' })}${emptyState({
          title: 'There is no first page yet',
          body: html`Choose a page from the list, or push a file <code>Home.md</code>: it becomes the page that readers see first.`,
        })}`
      : html`<article class="wiki-page">${!shown.hasTitle && html`<h1>${titleOf(shown)}</h1>`}${shown.body}${
          last &&
          html`<p class="quiet">Last changed by ${last.author.name === '' ? 'somebody' : visibleName(last.author.name)} ${time({ at: timeOf(last.committer), now })}.</p>`
        }</article>`;
  return withAside(page, pageList(props));
}

function pageList({ links, pages, cut, shown, address }: WikiProps): Html {
  return html`<nav aria-label="Pages of the wiki"><h2>Pages</h2><ul class="wiki-pages">${pages
    .filter(({ name }) => isLinkable(name))
    .map(
      (page) =>
        html`<li><a href="${links.wikiPage(page.name)}" ${page.path === shown?.path && html`aria-current="page"`}>${titleOf(page)}</a></li>`,
    )}</ul>${cut && html`<p class="quiet">There are more files than are listed here.</p>`}</nav>
<details class="wiki-edit"><summary>Change pages with Git</summary>${copyLine({ label: 'Clone the wiki', text: `git clone ${address}`, showLabel: false })}</details>`;
}

/** A wiki without pages: how the first one is made. */
export function emptyWikiBody(props: {
  readonly address: string;
  readonly slug: string;
  readonly mayWrite: boolean;
}): Html {
  if (!props.mayWrite) {
    return html`${pageHead({ title: 'Wiki' })}${emptyState({
      title: 'No pages yet',
      body: 'A wiki holds what readers should know beside the code. Nobody has written anything in this one yet.',
    })}`;
  }
  const folder = `${props.slug}-wiki`;
  return html`${pageHead({ title: 'Wiki', lead: 'A place for what readers should know beside the code.' })}<div class="first-push"><h2>Write the first page</h2>
<p>The wiki is a Git repository of its own, and its pages are Markdown files. <code>Home.md</code> is the one that readers see first.</p>${copyLine(
    {
      label: 'Make the first page',
      showLabel: false,
      text: `git clone ${props.address} ${folder}\ncd ${folder}\necho "# Welcome" > Home.md\ngit add Home.md\ngit commit -m "Begin the wiki"\ngit push origin HEAD`,
    },
  )}<p class="quiet">A script does the same with a credential that has the scope <code>wiki</code>.</p></div>`;
}
