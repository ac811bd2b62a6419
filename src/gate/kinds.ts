/**
 * The kinds of credential: what their secrets begin with, how they are presented, what clients are told they are.
 * A prefix is never changed once a secret with it has been handed out.
 */

interface KindDeclaration {
  readonly title: string;
  /** First characters of the secret; the kind of a secret is known from these before anything is looked up. */
  readonly prefix: string;
  /** The value of the `X-Credential-Type` answer header (reference: Bitbucket Cloud, observed). */
  readonly header: string;
  /** Who the credential belongs to and acts for. */
  readonly owner: 'account' | 'repository' | 'consumer';
  /** Schemes of the Authorization header by which REST accepts it. */
  readonly rest: readonly ('basic' | 'bearer')[];
  /** Schemes by which Git accepts it. */
  readonly git: readonly ('basic' | 'bearer')[];
  /** The user name that belongs to it in Basic: the owner's own, a fixed word, either, or the key of its OAuth consumer. */
  readonly userName: 'owner' | 'x-token-auth' | 'owner or x-token-auth' | 'client id';
  /** Where it is used when that is neither REST nor Git; said to whoever sends it there all the same. */
  readonly elsewhere?: string;
}

export const CREDENTIAL_KINDS = {
  app_password: {
    title: 'app password',
    prefix: 'lkap_',
    header: 'apppassword',
    owner: 'account',
    rest: ['basic'],
    git: ['basic'],
    userName: 'owner',
  },
  repository_access_token: {
    title: 'repository access token',
    prefix: 'lkrt_',
    header: 'repo_access_token',
    owner: 'repository',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    userName: 'x-token-auth',
  },
  /** An account's by its consent, or the app user's of a consumer by client credentials. */
  oauth_access_token: {
    title: 'OAuth access token',
    prefix: 'lkoa_',
    header: 'oauth2',
    owner: 'account',
    rest: ['bearer'],
    git: ['basic', 'bearer'],
    userName: 'owner or x-token-auth',
  },
  oauth_refresh_token: {
    title: 'OAuth refresh token',
    prefix: 'lkor_',
    header: 'oauth2',
    owner: 'account',
    rest: [],
    git: [],
    userName: 'client id',
    elsewhere: 'it is exchanged for an access token at /site/oauth2/access_token',
  },
  oauth_consumer_secret: {
    title: 'OAuth consumer secret',
    prefix: 'lkoc_',
    header: 'oauth2',
    owner: 'consumer',
    rest: [],
    git: [],
    userName: 'client id',
    elsewhere: 'it authenticates its OAuth consumer under /site/oauth2/',
  },
} as const satisfies Record<string, KindDeclaration>;

export type CredentialKind = keyof typeof CREDENTIAL_KINDS;

export const CREDENTIAL_KIND_NAMES = Object.keys(CREDENTIAL_KINDS) as readonly CredentialKind[];

/** The kind whose prefix `secret` carries, or undefined: then it is no secret of ours and is never looked up. */
export function kindOfSecret(secret: string): CredentialKind | undefined {
  return CREDENTIAL_KIND_NAMES.find((kind) => secret.startsWith(CREDENTIAL_KINDS[kind].prefix));
}

/** "an app password", "a repository access token". */
export function kindWithArticle(kind: CredentialKind): string {
  const { title } = CREDENTIAL_KINDS[kind];
  return `${/^[aeiou]/.test(title) ? 'an' : 'a'} ${title}`;
}
