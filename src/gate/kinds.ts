/**
 * The kinds of credential: what their secrets begin with, how they are presented, what clients are told they are.
 * A prefix is never changed once a secret with it has been handed out.
 */

/** A user name: the owner's own, the owner's e-mail address, the key of its OAuth consumer, or a fixed word. */
export type UserName =
  | { readonly of: 'owner' | 'owner e-mail' | 'client' }
  | { readonly word: 'x-token-auth' | 'x-bitbucket-api-token-auth' | 'git' };

const owner = { of: 'owner' } as const;
const ownerEmail = { of: 'owner e-mail' } as const;
const client = { of: 'client' } as const;
const word = <Word extends 'x-token-auth' | 'x-bitbucket-api-token-auth' | 'git'>(name: Word) =>
  ({ word: name }) as const;

export interface Lifetime {
  readonly leastDays: number;
  readonly usualDays: number;
  readonly mostDays: number;
}

interface KindDeclaration {
  readonly title: string;
  /** First characters of the secret, by which its kind is known before anything is looked up; null for what is no secret. */
  readonly prefix: string | null;
  /** The value of the `X-Credential-Type` answer header (reference: Bitbucket Cloud, observed). */
  readonly header: string;
  /** Who the credential belongs to and acts for. */
  readonly owner: 'account' | 'repository' | 'project' | 'workspace' | 'places' | 'consumer';
  /**
   * From which catalogue the scopes are that confine it (`CATALOGUES`). Where from none, the operations that name its kind
   * are all that it may ask for, and the role behind it is what confines it: a key of a person acts with the person's role,
   * an access key with that of its places.
   */
  readonly scopes: 'classic' | 'granular' | 'none';
  /** Schemes of the Authorization header by which REST accepts it. */
  readonly rest: readonly ('basic' | 'bearer')[];
  /** Schemes by which Git accepts it. */
  readonly git: readonly ('basic' | 'bearer')[];
  /** Whether SSH accepts it: a key, whose holder proves it by a signature. */
  readonly ssh: boolean;
  /** The user names that belong to it, by where it is used, in Basic or in SSH: any of them will do, and the first one is named first. */
  readonly userNames: Partial<Readonly<Record<'rest' | 'git' | 'oauth' | 'ssh', readonly UserName[]>>>;
  /** Where it always ends: after how many days, at least, where nothing is said, and at most. */
  readonly lifetime?: Lifetime;
  /** Where it is used when that is neither REST nor Git; said to whoever sends it there all the same. */
  readonly elsewhere?: string;
}

export const CREDENTIAL_KINDS = {
  app_password: {
    title: 'app password',
    prefix: 'lkap_',
    header: 'apppassword',
    owner: 'account',
    scopes: 'classic',
    rest: ['basic'],
    git: ['basic'],
    ssh: false,
    userNames: { rest: [owner], git: [owner] },
  },
  /** Made for clients that know nothing else any more; it ends by itself and no workspace can let it live longer. */
  api_token: {
    title: 'API token',
    prefix: 'lkat_',
    header: 'api_token',
    owner: 'account',
    scopes: 'granular',
    rest: ['basic'],
    git: ['basic'],
    ssh: false,
    userNames: { rest: [owner, ownerEmail], git: [owner, word('x-bitbucket-api-token-auth')] },
    lifetime: { leastDays: 1, usualDays: 365, mostDays: 366 },
  },
  repository_access_token: {
    title: 'repository access token',
    prefix: 'lkrt_',
    header: 'repo_access_token',
    owner: 'repository',
    scopes: 'classic',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    ssh: false,
    userNames: { git: [word('x-token-auth')] },
  },
  project_access_token: {
    title: 'project access token',
    prefix: 'lkpt_',
    header: 'project_access_token',
    owner: 'project',
    scopes: 'classic',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    ssh: false,
    userNames: { git: [word('x-token-auth')] },
  },
  workspace_access_token: {
    title: 'workspace access token',
    prefix: 'lkwt_',
    header: 'workspace_access_token',
    owner: 'workspace',
    scopes: 'classic',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    ssh: false,
    userNames: { git: [word('x-token-auth')] },
  },
  ssh_key: {
    title: 'SSH key',
    prefix: null,
    header: 'ssh_key',
    owner: 'account',
    scopes: 'none',
    rest: [],
    git: [],
    ssh: true,
    userNames: { ssh: [word('git')] },
  },
  access_key: {
    title: 'access key',
    prefix: null,
    header: 'access_key',
    owner: 'places',
    scopes: 'none',
    rest: [],
    git: [],
    ssh: true,
    userNames: { ssh: [word('git')] },
  },
  /** An account's by its consent, or the app user's of a consumer by client credentials. */
  oauth_access_token: {
    title: 'OAuth access token',
    prefix: 'lkoa_',
    header: 'oauth2',
    owner: 'account',
    scopes: 'classic',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    ssh: false,
    userNames: { git: [owner, word('x-token-auth')] },
  },
  oauth_refresh_token: {
    title: 'OAuth refresh token',
    prefix: 'lkor_',
    header: 'oauth2',
    owner: 'account',
    scopes: 'classic',
    rest: [],
    git: [],
    ssh: false,
    userNames: { oauth: [client] },
    elsewhere: 'it is exchanged for an access token at /site/oauth2/access_token',
  },
  /**
   * No secret at all: by whose word the jobs of a CI system are let into a repository. It opens nothing itself; what it
   * issues is derived from it.
   */
  trust_policy: {
    title: 'trust policy',
    prefix: null,
    header: 'trust_policy',
    owner: 'repository',
    scopes: 'classic',
    rest: [],
    git: [],
    ssh: false,
    userNames: {},
  },
  /** What a trust policy issues to a job that showed who it is: the child of that policy, and the same bot. */
  federated_job_token: {
    title: 'job token',
    prefix: 'lkjt_',
    header: 'job_token',
    owner: 'repository',
    scopes: 'classic',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    ssh: false,
    userNames: { git: [word('x-token-auth')] },
  },
  oauth_consumer_secret: {
    title: 'OAuth consumer secret',
    prefix: 'lkoc_',
    header: 'oauth2',
    owner: 'consumer',
    scopes: 'classic',
    rest: [],
    git: [],
    ssh: false,
    userNames: { oauth: [client] },
    elsewhere: 'it authenticates its OAuth consumer under /site/oauth2/',
  },
} as const satisfies Record<string, KindDeclaration>;

export type CredentialKind = keyof typeof CREDENTIAL_KINDS;

export const CREDENTIAL_KIND_NAMES = Object.keys(CREDENTIAL_KINDS) as readonly CredentialKind[];

/** Kinds that belong to a resource and act as a bot of their own. */
export const ACCESS_TOKEN_KINDS = [
  'repository_access_token',
  'project_access_token',
  'workspace_access_token',
] as const satisfies readonly CredentialKind[];

export type AccessTokenKind = (typeof ACCESS_TOKEN_KINDS)[number];

export const isAccessTokenKind = (kind: string): kind is AccessTokenKind =>
  (ACCESS_TOKEN_KINDS as readonly string[]).includes(kind);

/** Kinds of which each has a bot of its own, which commits and writes under its name. */
export const BOT_KINDS = [...ACCESS_TOKEN_KINDS, 'trust_policy'] as const satisfies readonly CredentialKind[];

export type BotKind = (typeof BOT_KINDS)[number];

export const isBotKind = (kind: string): kind is BotKind => (BOT_KINDS as readonly string[]).includes(kind);

/** Kinds that are secrets, as told from keys. */
export type SecretKind = {
  [Kind in CredentialKind]: (typeof CREDENTIAL_KINDS)[Kind]['prefix'] extends string ? Kind : never;
}[CredentialKind];

const isSecretKind = (kind: CredentialKind): kind is SecretKind => CREDENTIAL_KINDS[kind].prefix !== null;

export const SECRET_KIND_NAMES: readonly SecretKind[] = CREDENTIAL_KIND_NAMES.filter(isSecretKind);

/**
 * Kinds of which tokens are derived: what has a door of its own and can ask for one there. What is derived is of its parent's
 * kind, and is presented and judged as that.
 */
export const DERIVABLE_KINDS = [
  'app_password',
  'api_token',
  ...ACCESS_TOKEN_KINDS,
  'oauth_access_token',
  'federated_job_token',
] as const satisfies readonly SecretKind[];

export type DerivableKind = (typeof DERIVABLE_KINDS)[number];

export const isDerivable = (kind: string): kind is DerivableKind =>
  DERIVABLE_KINDS.some((each) => each === kind);

/** What a secret says of itself before anything is looked up: its kind, or that it was derived, from one of whichever kind. */
export type SecretForm = SecretKind | 'derived';

/** First characters of a derived token, whatever its kind. */
const DERIVED_PREFIX = 'lkdt_';

export const prefixOf = (form: SecretForm): string =>
  form === 'derived' ? DERIVED_PREFIX : CREDENTIAL_KINDS[form].prefix;

export const SECRET_FORMS: readonly SecretForm[] = [...SECRET_KIND_NAMES, 'derived'];

/** The form whose prefix `secret` carries, or undefined: then it is no secret of ours and is never looked up. */
export function formOfSecret(secret: string): SecretForm | undefined {
  return SECRET_FORMS.find((form) => secret.startsWith(prefixOf(form)));
}

/** Of a kind that always ends. */
export const lifetimeOf = (kind: CredentialKind): Lifetime | undefined => {
  const declared: KindDeclaration = CREDENTIAL_KINDS[kind];
  return declared.lifetime;
};

/** "an app password", "a repository access token", "an OAuth access token". */
export function kindWithArticle(kind: CredentialKind): string {
  const { title } = CREDENTIAL_KINDS[kind];
  return `${/^(?:[aeiou]|API|OAuth|SSH)/.test(title) ? 'an' : 'a'} ${title}`;
}
