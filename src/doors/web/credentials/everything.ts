import type { FastifyRequest } from 'fastify';
import {
  EVERYTHING_PAGE_SIZE,
  type EverythingPage,
  type WhichPage,
} from '../../../acts/credentials/everything.ts';
import type { Credential } from '../../../credentials/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { keyMark } from '../keys/key-line.ts';
import { noSuchPage } from '../pages-of.ts';
import { pagination } from '../pieces/index.ts';
import { queryPage, queryText } from '../route.ts';
import { credentialLines } from './lines.ts';

/** What `?show=ended&page=2` asks for. */
export const whichIn = (request: FastifyRequest): WhichPage => ({
  ended: queryText(request, 'show') === 'ended',
  page: queryPage(request),
});

export interface EverythingProps {
  /** The address of the page itself. */
  readonly href: string;
  readonly which: WhichPage;
  readonly shown: EverythingPage;
  readonly now: Date;
  readonly boundWords: ReadonlyMap<string, readonly string[]>;
  readonly detailHref: (credential: Credential) => string | undefined;
  readonly action: (credential: Credential) => Renderable;
  readonly besides?: (credential: Credential) => string | undefined;
  /** Shown where nothing lives. */
  readonly empty: Html;
}

const address = (href: string, { ended, page }: WhichPage): string => {
  const query = [...(ended ? ['show=ended'] : []), ...(page > 1 ? [`page=${page}`] : [])].join('&');
  return query === '' ? href : `${href}?${query}`;
};

/** Credentials of every kind in one list: those that live, and on a page of their own those that have ended. */
export function everythingList(props: EverythingProps): Html {
  const { which, shown, href } = props;
  const { ended, page } = which;
  const to = (other: Partial<WhichPage>) => address(href, { ...which, ...other });
  const last = Math.max(1, Math.ceil(shown.size / EVERYTHING_PAGE_SIZE));
  const switcher = html`<nav class="row switcher" aria-label="Which are shown"><a class="button button-small" href="${to({ ended: false, page: 1 })}" ${!ended && html`aria-current="page"`}>Active</a> <a class="button button-small" href="${to({ ended: true, page: 1 })}" ${ended && html`aria-current="page"`}>Revoked and expired</a></nav>`;
  const lines = credentialLines({
    label: ended ? 'Revoked and expired' : 'Active',
    credentials: shown.credentials,
    now: props.now,
    boundWords: props.boundWords,
    href: props.detailHref,
    mark: ({ id }) => {
      const key = shown.keys.get(id);
      return key === undefined ? undefined : keyMark(key);
    },
    untold: shown.untold,
    action: props.action,
    ...(props.besides !== undefined && { besides: props.besides }),
    empty:
      noSuchPage(page, EVERYTHING_PAGE_SIZE, shown.size, (number) => to({ page: number })) ??
      (ended ? html`<p class="quiet">Nothing was revoked or has expired.</p>` : props.empty),
  });
  return html`${switcher}${lines}${
    last > 1 &&
    page <= last &&
    pagination({
      summary: `Page ${page} of ${last}`,
      previous: page > 1 ? to({ page: page - 1 }) : undefined,
      next: page < last ? to({ page: page + 1 }) : undefined,
    })
  }`;
}
