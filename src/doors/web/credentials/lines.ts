import { endOf, hasEnded, standingOf } from '../../../acts/credentials/standing.ts';
import type { WhichPage } from '../../../acts/credentials/which-page.ts';
import type { Credential, CredentialPage, KeptKey } from '../../../credentials/index.ts';
import { CREDENTIAL_KINDS, type CredentialKind } from '../../../gate/index.ts';
import type { Html, Renderable } from '../html.ts';
import { keyMark } from '../keys/key-line.ts';
import { credentialList, type CredentialLineProps, type CredentialMark } from '../pieces/index.ts';
import { partedList } from './parted-list.ts';
import { scopeChipsOf } from './scopes.ts';

const MARKS: Readonly<Record<CredentialKind, CredentialMark>> = {
  app_password: 'app-password',
  api_token: 'api-token',
  repository_access_token: 'access-token',
  project_access_token: 'access-token',
  workspace_access_token: 'access-token',
  trust_policy: 'trust-policy',
  federated_job_token: 'job-token',
  ssh_key: 'ssh-key',
  access_key: 'access-key',
  oauth_access_token: 'oauth',
  oauth_refresh_token: 'oauth',
  oauth_consumer_secret: 'oauth',
};

const date = (at: number): Date => new Date(at);
const dateOrNull = (at: number | null): Date | null => (at === null ? null : date(at));

export interface ListedCredentials {
  /** Of the list, for screen readers. */
  readonly label: string;
  /** The address of the page itself. */
  readonly href: string;
  readonly which: WhichPage;
  readonly shown: CredentialPage & {
    /** Public halves of keys, by credential id: one recognizes a key by its fingerprint. */
    readonly keys?: ReadonlyMap<string, KeptKey>;
    /** Those whose use is not told to whoever looks. */
    readonly untold?: ReadonlySet<string>;
  };
  readonly now: Date;
  /** Bounds in words, by credential id. */
  readonly boundWords: ReadonlyMap<string, readonly string[]>;
  /** Where the page of one is, if it has one. */
  readonly detailHref?: (credential: Credential) => string | undefined;
  /** The button at the end of a living one. */
  readonly action: (credential: Credential) => Renderable;
  readonly createdBy?: (credential: Credential) => string | undefined;
  /** Said below the bounds. */
  readonly besides?: (credential: Credential) => string | undefined;
  /** Shown where nothing lives. */
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

/** When it begins by itself, while that lies ahead. */
export const startOf = (
  { notBefore, pausedAt }: Pick<Credential, 'notBefore' | 'pausedAt'>,
  now: Date,
): Date | undefined =>
  pausedAt === null && notBefore !== null && notBefore > now.getTime() ? date(notBefore) : undefined;

/** What is said of one without bounds. */
function unconfined({ kind, owner }: Credential): string | undefined {
  if (CREDENTIAL_KINDS[kind].scopes !== 'none') return 'Not confined beyond its scopes.';
  return owner.type === 'account' ? 'Git over SSH, wherever its owner may go.' : undefined;
}

/** What is said of a derived token, whose own bounds are not all. */
const above = ({ derivedFrom }: Credential): string | undefined =>
  derivedFrom === null ? undefined : `Derived from ${derivedFrom}, and confined as that one is.`;

function lineOf(credential: Credential, list: ListedCredentials, action?: Renderable): CredentialLineProps {
  const bounds = shortBounds(list.boundWords.get(credential.id) ?? []) ?? unconfined(credential);
  const besides = list.besides?.(credential);
  const key = list.shown.keys?.get(credential.id);
  return {
    mark: MARKS[credential.kind],
    label: credential.label,
    href: list.detailHref?.(credential),
    publicId: credential.id,
    recognized: key === undefined ? undefined : keyMark(key),
    created: { at: date(credential.createdAt), by: list.createdBy?.(credential) },
    scopes: scopeChipsOf(credential.scopes),
    bounds: [bounds, above(credential), besides].filter((each) => each !== undefined).join(' '),
    lastUsed: list.shown.untold?.has(credential.id)
      ? 'untold'
      : credential.lastUsedAt === null
        ? null
        : { at: date(credential.lastUsedAt) },
    expires: dateOrNull(endOf(credential)),
    state: standingOf(credential),
    revoked: credential.revokedAt === null ? undefined : date(credential.revokedAt),
    starts: startOf(credential, list.now),
    action,
    now: list.now,
  };
}

/** A page of credentials, those that live with their actions. */
export function credentialPages(list: ListedCredentials): Html {
  const { href, which, shown, empty, label } = list;
  const { credentials, size, others } = shown;
  const lines = credentials.map((each) => lineOf(each, list, hasEnded(each) ? undefined : list.action(each)));
  return partedList({
    href,
    which,
    size,
    others,
    lines:
      lines.length === 0
        ? undefined
        : credentialList(which.ended ? `${label}, revoked and expired` : label, lines),
    empty,
  });
}
