import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { icon } from './icon.ts';
import type { IconName } from './icon.ts';
import { scopeMeanings, scopeNames } from './scope-chip.ts';
import type { ScopeChipProps } from './scope-chip.ts';
import { dateWords, relativeWords, time } from './time.ts';
import { useBar } from './use-bar.ts';

export type CredentialMark =
  | 'app-password'
  | 'api-token'
  | 'access-token'
  | 'trust-policy'
  | 'job-token'
  | 'oauth'
  | 'ssh-key'
  | 'access-key';

export interface CredentialLineProps {
  readonly mark: CredentialMark;
  readonly label: string;
  /** Where its own page is, if it has one. */
  readonly href?: string | undefined;
  /** `cred_…`, never the secret or a part of it. */
  readonly publicId: string;
  /** By what one recognizes it on the machine that holds it: type and fingerprint of a key. */
  readonly recognized?: Renderable;
  readonly created?: { readonly at: Date; readonly by?: string | undefined } | undefined;
  readonly scopes: readonly ScopeChipProps[];
  /** What it is confined to, as a sentence: "Only team/app, only from 10.0.0.0/8." */
  readonly bounds?: string | undefined;
  /** Null: never used; `untold`: not for this reader. `from` is the client or address it came from. */
  readonly lastUsed: { readonly at: Date; readonly from?: string | undefined } | null | 'untold';
  /** Uses per day, oldest first, thirty of them. */
  readonly days?: readonly number[] | undefined;
  /** Null: does not expire. */
  readonly expires: Date | null;
  readonly state: 'active' | 'pending' | 'paused' | 'retiring' | 'revoked' | 'expired';
  /** When it was revoked, if it was. */
  readonly revoked?: Date | undefined;
  /** Where its beginning lies ahead. */
  readonly starts?: Date | undefined;
  /** A button or link: revoke, rotate. Usually {@link confirmOpener}. */
  readonly action?: Renderable;
  readonly now: Date;
}

const marks: Readonly<Record<CredentialMark, { readonly word: string; readonly icon: IconName }>> = {
  'app-password': { word: 'App password', icon: 'key' },
  'api-token': { word: 'API token', icon: 'globe' },
  'access-token': { word: 'Access token', icon: 'robot' },
  'trust-policy': { word: 'Trust policy', icon: 'robot' },
  'job-token': { word: 'Job token', icon: 'robot' },
  oauth: { word: 'OAuth', icon: 'link' },
  'ssh-key': { word: 'SSH key', icon: 'terminal' },
  'access-key': { word: 'Access key', icon: 'terminal' },
};

const states = {
  active: 'Active',
  pending: 'Not begun',
  paused: 'Paused',
  retiring: 'Retiring',
  revoked: 'Revoked',
  expired: 'Expired',
} as const;

/** What a credential is, in words: one that is paused because it has not begun yet says when it does. */
export const stateWords = ({
  state,
  starts,
  now,
}: Pick<CredentialLineProps, 'state' | 'starts' | 'now'>): string =>
  state === 'pending' && starts !== undefined ? `Starts ${relativeWords(starts, now)}` : states[state];

/** Of those of one line; its own page has all. */
const MOST_SCOPES = 12;

/** One credential with everything one needs to judge whether it should live. */
function credentialLine(props: CredentialLineProps): Html {
  const kind = marks[props.mark];
  const over = props.state === 'revoked' || props.state === 'expired';
  return html`<li class="credential ${over && 'credential-over'}">
<span class="credential-mark">${icon(kind.icon)}</span>
<div class="credential-name"><h2>${props.href === undefined ? props.label : html`<a href="${props.href}">${props.label}</a>`}${
    props.state !== 'active' && html` <span class="state state-${props.state}">${stateWords(props)}</span>`
  }</h2><p class="quiet">${kind.word} · <code>${props.publicId}</code></p>${props.recognized && html`<p class="quiet">${props.recognized}</p>`}${
    props.created &&
    html`<p class="quiet">Created ${time({ at: props.created.at, now: props.now })}${props.created.by !== undefined && ` by ${props.created.by}`}</p>`
  }</div>
<div class="credential-reach">${props.scopes.length > 0 && scopeNames(props.scopes.slice(0, MOST_SCOPES))}${
    props.scopes.length > MOST_SCOPES &&
    html`<p class="quiet">and ${props.scopes.length - MOST_SCOPES} more scopes</p>`
  }${props.bounds !== undefined && html`<p class="quiet">${props.bounds}</p>`}</div>
<div class="credential-use"><p>${use(
    props,
  )}</p>${props.days && useBar(props.days)}${typeof props.lastUsed === 'object' && props.lastUsed?.from !== undefined && html`<p class="quiet">${props.lastUsed.from}</p>`}</div>
<div class="credential-expiry"><p class="${!over && soon(props) && 'expiring'}">${expiry(props)}</p></div>
<div class="credential-action">${props.action}</div></li>`;
}

/** Credentials line by line; the label names the list for screen readers: "App passwords". */
export const credentialList = (label: string, credentials: readonly CredentialLineProps[]): Html =>
  html`<div class="credentials-box"><ul class="credentials" aria-label="${label}">${credentials.map(credentialLine)}</ul></div>${scopeMeanings(credentials.flatMap(({ scopes }) => scopes.slice(0, MOST_SCOPES)))}`;

function use({ lastUsed, now }: CredentialLineProps): Renderable {
  if (lastUsed === 'untold') return 'When it was used is not told here';
  return lastUsed === null ? 'Never used' : html`Used ${time({ at: lastUsed.at, now })}`;
}

function soon({ expires, now }: CredentialLineProps): boolean {
  return expires !== null && expires.getTime() - now.getTime() < 14 * 86_400_000;
}

function expiry({ revoked, expires, now }: CredentialLineProps): string {
  if (revoked !== undefined) return `Revoked ${relativeWords(revoked, now)}`;
  if (expires === null) return 'Does not expire';
  return expires <= now ? `Expired ${relativeWords(expires, now)}` : `Expires ${beyond(expires, now)}`;
}

function beyond(expires: Date, now: Date): string {
  const far = expires.getTime() - now.getTime() > 30 * 86_400_000;
  return far ? `on ${dateWords(expires)}` : relativeWords(expires, now);
}
