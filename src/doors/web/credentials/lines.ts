import type { Credential } from '../../../credentials/index.ts';
import { CREDENTIAL_KINDS, type CredentialKind } from '../../../gate/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { credentialLine, credentialList, relativeWords, type CredentialMark } from '../pieces/index.ts';
import { scopeChipsOf } from './scopes.ts';

const MARKS: Readonly<Record<CredentialKind, CredentialMark>> = {
  app_password: 'app-password',
  repository_access_token: 'access-token',
  ssh_key: 'ssh-key',
  access_key: 'access-key',
  oauth_access_token: 'oauth',
  oauth_refresh_token: 'oauth',
  oauth_consumer_secret: 'oauth',
};

const date = (at: number): Date => new Date(at);

export interface ListedCredentials {
  /** Of the list, for screen readers. */
  readonly label: string;
  readonly credentials: readonly Credential[];
  readonly now: Date;
  /** Bounds in words, by credential id. */
  readonly boundWords: ReadonlyMap<string, readonly string[]>;
  readonly href?: (credential: Credential) => string | undefined;
  /** By what one recognizes it, besides its public id: the fingerprint of a key. */
  readonly mark?: (credential: Credential) => Html | undefined;
  /** Those whose use is not told to whoever looks. */
  readonly untold?: ReadonlySet<string>;
  /** The button at the end of a living one. */
  readonly action: (credential: Credential) => Renderable;
  readonly createdBy?: (credential: Credential) => string | undefined;
  /** Said below the bounds. */
  readonly besides?: (credential: Credential) => string | undefined;
  readonly empty: Html;
}

/** "Only acme/app; pushes to …": each bound as a clause of one sentence. */
export const boundSentence = (words: readonly string[]): string | undefined => {
  const joined = words.join('; ');
  return joined === '' ? undefined : `${joined.slice(0, 1).toUpperCase()}${joined.slice(1)}.`;
};

const LONGEST_BOUNDS = 300;

function shortBounds(words: readonly string[]): string | undefined {
  const sentence = boundSentence(words);
  return sentence === undefined || sentence.length <= LONGEST_BOUNDS
    ? sentence
    : `${sentence.slice(0, LONGEST_BOUNDS)}…`;
}

/** When it begins, while that lies ahead. */
export const startOf = ({ notBefore }: Credential, now: Date): Date | undefined =>
  notBefore !== null && notBefore > now.getTime() ? date(notBefore) : undefined;

/** What is said of one without bounds. */
function unconfined({ kind, owner }: Credential): string | undefined {
  if (CREDENTIAL_KINDS[kind].scopes === 'held') return 'Not confined beyond its scopes.';
  return owner.type === 'account' ? 'Git over SSH, wherever its owner may go.' : undefined;
}

function lineOf(credential: Credential, list: ListedCredentials, action?: Renderable): Html {
  const bounds = shortBounds(list.boundWords.get(credential.id) ?? []) ?? unconfined(credential);
  const besides = list.besides?.(credential);
  return credentialLine({
    mark: MARKS[credential.kind],
    label: credential.label,
    href: list.href?.(credential),
    publicId: credential.id,
    recognized: list.mark?.(credential),
    created: { at: date(credential.createdAt), by: list.createdBy?.(credential) },
    scopes: scopeChipsOf(credential.scopes),
    bounds: [bounds, besides].filter((each) => each !== undefined).join(' '),
    lastUsed: list.untold?.has(credential.id)
      ? 'untold'
      : credential.lastUsedAt === null
        ? null
        : { at: date(credential.lastUsedAt) },
    expires: credential.expiresAt === null ? null : date(credential.expiresAt),
    state: credential.state,
    revoked: credential.revokedAt === null ? undefined : date(credential.revokedAt),
    starts: startOf(credential, list.now),
    action,
    now: list.now,
  });
}

export const hasEnded = ({ state }: Pick<Credential, 'state'>): boolean =>
  state === 'revoked' || state === 'expired';

/** All of them in one list, those that live with their actions. */
export const credentialLines = (list: ListedCredentials): Html =>
  list.credentials.length === 0
    ? list.empty
    : credentialList(
        list.label,
        list.credentials.map((each) => lineOf(each, list, hasEnded(each) ? undefined : list.action(each))),
      );

/** The living ones with their actions, and those that have ended folded below: nothing is ever deleted. */
export function credentialLists(list: ListedCredentials): Html {
  const { label, credentials } = list;
  const living = credentials.filter((each) => !hasEnded(each));
  const ended = credentials.filter(hasEnded);
  return html`${
    living.length === 0
      ? list.empty
      : credentialList(
          label,
          living.map((each) => lineOf(each, list, list.action(each))),
        )
  }${
    ended.length > 0 &&
    html`<details class="part"><summary><span class="part-title">Revoked and expired</span> <span class="quiet">${ended.length}</span></summary><div class="part-body">${credentialList(
      `${label}, revoked and expired`,
      ended.map((each) => lineOf(each, list)),
    )}</div></details>`
  }`;
}

/** What stops when a credential is revoked, for the question before it. */
export function revokeConsequences(credential: Credential, now: Date): readonly string[] {
  const used =
    credential.lastUsedAt === null
      ? 'It has never been used, so probably nothing will stop.'
      : `It was last used ${relativeWords(date(credential.lastUsedAt), now)}. Whatever uses it is refused from the next request on.`;
  return [used, 'This cannot be undone: to let something in again, make a new one.'];
}
