import type { WhichPage } from '../../../acts/credentials/which-page.ts';
import type { AccessKeyPage, ListedAccessKey } from '../../../acts/keys/access-key-list.ts';
import { partedList } from '../credentials/parted-list.ts';
import { html, type Html } from '../html.ts';
import {
  credentialList,
  emptyState,
  hiddenFields,
  pageHead,
  relativeWords,
  type CredentialLineProps,
} from '../pieces/index.ts';
import type { AdministeredPlace } from './administered-places.ts';
import { keyMark } from './key-line.ts';

/** Where the access keys of a page are: the repository or the project, in words and addresses. */
export interface KeysPlace {
  /** "acme/app", "project PAY of acme". */
  readonly name: string;
  /** "this repository and its wiki", "every repository of this project, those to come included". */
  readonly opens: string;
  readonly href: string;
  readonly newHref: string;
  /** The page of one, or a page below it. */
  readonly keyHref: (number: number, below?: string) => string;
}

export function accessKeysBody(props: {
  readonly place: KeysPlace;
  readonly which: WhichPage;
  readonly shown: AccessKeyPage;
  readonly now: Date;
}): Html {
  const { place, which, shown, now } = props;
  const { keys, size, others } = shown;
  const hasAny = size + others > 0;
  const lines = keys.map((each) => keyLine(place, each, now));
  return html`${pageHead({
    title: 'Access keys',
    lead: `Each is the SSH key of one machine and opens ${place.opens}. It belongs to nobody, so it stays when people leave.`,
    actions: hasAny && html`<a class="button button-primary" href="${place.newHref}">Add access key</a>`,
  })}${partedList({
    href: place.href,
    which,
    size,
    others,
    endedWords: 'Expired',
    lines:
      lines.length === 0
        ? undefined
        : credentialList(which.ended ? 'Access keys, expired' : 'Access keys', lines),
    empty: emptyState({
      title: hasAny ? 'No active access keys' : 'No access keys yet',
      body: 'A server that deploys or mirrors by SSH needs a key that reads here and nothing else. The same key may open several repositories.',
      action: { label: 'Add an access key', href: place.newHref },
    }),
  })}`;
}

function keyLine(place: KeysPlace, each: ListedAccessKey, now: Date): CredentialLineProps {
  const others = each.placeCount - (each.state === 'expired' ? 0 : 1);
  return {
    mark: 'access-key',
    label: each.label,
    href: place.keyHref(each.id),
    publicId: each.credentialId,
    recognized: keyMark(each.key),
    created: { at: new Date(each.createdAt) },
    scopes: [],
    bounds: [
      each.role === 'write' ? 'Reads and writes.' : 'Reads.',
      ...each.boundWords.map((words) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`),
      ...(others > 0 ? [`Opens ${others === 1 ? 'another place' : `${others} other places`}, too.`] : []),
    ].join(' '),
    lastUsed: each.tellsUse
      ? each.lastUsedAt === null
        ? null
        : { at: new Date(each.lastUsedAt) }
      : 'untold',
    expires: each.expiresAt === null ? null : new Date(each.expiresAt),
    state: each.state,
    action: html`<a class="button button-small button-danger-quiet" href="${place.keyHref(each.id, '/remove')}" aria-label="Take away ${each.label}">Take away…</a>`,
    now,
  };
}

/** The question before a key is taken away: from here alone, or also from the other places that the asker administers. */
export function takeAwayBody(props: {
  readonly place: KeysPlace;
  readonly listed: ListedAccessKey;
  readonly others: readonly AdministeredPlace[];
  /** How many more places there are. */
  readonly unseen: number;
  readonly now: Date;
}): Html {
  const { place, listed, others, unseen, now } = props;
  const button = (from: 'here' | 'everywhere', label: string) =>
    html`<form action="${place.keyHref(listed.id, '/remove')}" method="post">${hiddenFields({ from })}<button type="submit" class="button button-danger">${label}</button></form>`;
  return html`<div class="confirm"><h1>Take “${listed.label}” away from ${place.name}?</h1><p class="key-mark">${keyMark(listed.key)}</p><p>${useWords(listed, now)}</p>${
    others.length > 0 &&
    html`<p>It also opens ${others.map(({ name }, index) => html`${index > 0 && ', '}<code>${name}</code>`)}, where you may take it away, too.</p>`
  }${
    unseen > 0 &&
    html`<p>It opens ${unseen === 1 ? 'one place' : `${unseen} places`} besides that you do not administer: there it stays.</p>`
  }<div class="submit-row">${button('here', others.length > 0 ? 'Take away here' : 'Take away')}${
    others.length > 0 && button('everywhere', 'Take away here and there')
  }<a class="button button-quiet" href="${place.href}">Cancel</a></div></div>`;
}

function useWords({ lastUsedAt, tellsUse }: ListedAccessKey, now: Date): string {
  const consequence = 'Whatever uses it here is refused from the next connection on.';
  if (!tellsUse) return consequence;
  return lastUsedAt === null
    ? 'It has never been used, so probably nothing will stop.'
    : `It was last used ${relativeWords(new Date(lastUsedAt), now)}. ${consequence}`;
}
