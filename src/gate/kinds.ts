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
  readonly owner: 'account' | 'repository';
  /** Schemes of the Authorization header by which REST accepts it. */
  readonly rest: readonly ('basic' | 'bearer')[];
  /** Schemes by which Git accepts it. */
  readonly git: readonly ('basic' | 'bearer')[];
  /** The user name that belongs to it in Basic: the owner's own, or a fixed word. */
  readonly userName: 'owner' | 'x-token-auth';
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
