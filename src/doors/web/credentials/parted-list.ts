import type { FastifyRequest } from 'fastify';
import { CREDENTIALS_PER_PAGE, type WhichPage } from '../../../acts/credentials/which-page.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, pagesOf } from '../pages-of.ts';
import { NEWEST_FIRST, pagination } from '../pieces/index.ts';
import { queryPage, queryText } from '../route.ts';

/** What `?show=ended&page=2` asks for. */
export const whichIn = (request: FastifyRequest): WhichPage => ({
  ended: queryText(request, 'show') === 'ended',
  page: queryPage(request),
});

export interface PartedList {
  /** The address of the page itself. */
  readonly href: string;
  readonly which: WhichPage;
  /** How many there are of what is shown, and how many of the others. */
  readonly size: number;
  readonly others: number;
  /** What has ended, in words. */
  readonly endedWords?: string;
  /** The lines of this page; undefined where there are none. */
  readonly lines: Html | undefined;
  /** Shown where nothing lives. */
  readonly empty: Html;
}

const address = (href: string, { ended, page }: WhichPage): string => {
  const query = [...(ended ? ['show=ended'] : []), ...(page > 1 ? [`page=${page}`] : [])].join('&');
  return query === '' ? href : `${href}?${query}`;
};

/** What lives, page by page, and on pages of their own what has ended: nothing is ever deleted. */
export function partedList(list: PartedList): Html {
  const { which, size, lines, href, endedWords = 'Revoked and expired' } = list;
  const { ended, page } = which;
  const pageHref = (number: number) => address(href, { ended, page: number });
  const missing = noSuchPage(page, CREDENTIALS_PER_PAGE, size, pageHref);
  return html`${switcher(list, endedWords)}${
    lines ?? missing ?? (ended ? html`<p class="quiet">Nothing that was here has ended.</p>` : list.empty)
  }${
    missing === undefined &&
    pagination({ ...pagesOf(page, CREDENTIALS_PER_PAGE, size, pageHref), words: NEWEST_FIRST })
  }`;
}

/** Says how many there are, and leads from the ones to the others where there are others. */
function switcher({ href, which: { ended }, size, others }: PartedList, endedWords: string): Html {
  const [living, over] = ended ? [others, size] : [size, others];
  if (living + over === 0) return html``;
  const choice = (words: string, to: WhichPage) =>
    html`<a class="button button-small" href="${address(href, to)}" ${to.ended === ended && html`aria-current="page"`}>${words}</a> `;
  const choices = html`${choice('Active', { ended: false, page: 1 })}${choice(endedWords, { ended: true, page: 1 })}`;
  return html`<nav class="row switcher" aria-label="Which are shown">${(over > 0 || ended) && choices}<span class="quiet">${count(living)} active${over > 0 && `, ${count(over)} ended`}.</span></nav>`;
}

const count = (number: number): string => (number === 0 ? 'None' : number.toLocaleString('en'));
