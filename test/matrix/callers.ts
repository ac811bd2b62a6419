import type { BoundName, PersonName, ProjectName, RepositoryName, WorkspaceName } from './lay.ts';

/** The scopes that there are, as Bitbucket names them, and those that may stand on a repository's token. */
export const SCOPES = [
  'email',
  'account',
  'account:write',
  'team',
  'team:write',
  'project',
  'project:admin',
  'repository',
  'repository:write',
  'repository:admin',
  'repository:delete',
  'pullrequest',
  'pullrequest:write',
  'issue',
  'issue:write',
  'wiki',
  'snippet',
  'snippet:write',
  'webhook',
  'pipeline',
  'pipeline:write',
  'pipeline:variable',
  'runner',
  'runner:write',
  'test',
  'test:write',
] as const;
export const TOKEN_SCOPES = [
  'repository',
  'repository:write',
  'repository:admin',
  'repository:delete',
  'pullrequest',
  'pullrequest:write',
  'wiki',
  'webhook',
  'pipeline',
  'pipeline:write',
  'pipeline:variable',
  'runner',
  'runner:write',
] as const;
/** Those that may stand on a token of a project, and on one of a workspace. */
const PROJECT_TOKEN_SCOPES = ['project', ...TOKEN_SCOPES] as const;
const WORKSPACE_TOKEN_SCOPES = ['account', 'project:admin', ...PROJECT_TOKEN_SCOPES] as const;

/** What some route needs; of each of these there is a credential with everything else. */
export const NEEDED = [
  'email',
  'account',
  'account:write',
  'project',
  'project:admin',
  'repository',
  'repository:write',
  'repository:admin',
  'repository:delete',
  'wiki',
] as const;

/** The granular scopes that there are, and of them what some route needs: each alone, and all but one of some. */
export const GRANULAR_SCOPES = Object.entries({
  repository: ['read', 'write', 'admin', 'delete'],
  pullrequest: ['read', 'write'],
  project: ['read', 'admin'],
  workspace: ['read', 'admin'],
  user: ['read', 'write'],
  pipeline: ['read', 'write', 'admin'],
  runner: ['read', 'write'],
  issue: ['read', 'write', 'delete'],
  webhook: ['read', 'write', 'delete'],
  snippet: ['read', 'write', 'delete'],
  'ssh-key': ['read', 'write', 'delete'],
  'gpg-key': ['read', 'write', 'delete'],
  permission: ['read', 'write', 'delete'],
}).flatMap(([thing, verbs]) => verbs.map((verb) => `${verb}:${thing}:bitbucket`));
export const NEEDED_GRANULAR = [
  'read:user',
  'read:workspace',
  'read:project',
  'admin:project',
  'read:repository',
  'write:repository',
  'admin:repository',
  'delete:repository',
  'read:ssh-key',
  'delete:ssh-key',
].map((name) => `${name}:bitbucket`);

export type Holder =
  | { readonly type: 'nobody' }
  | { readonly type: 'person'; readonly name: PersonName }
  | { readonly type: 'repository'; readonly name: RepositoryName }
  | { readonly type: 'project'; readonly name: ProjectName }
  | { readonly type: 'workspace'; readonly name: WorkspaceName }
  /** An OAuth consumer, by the workspace that it belongs to. */
  | { readonly type: 'consumer'; readonly name: WorkspaceName };

/** How a secret is sent. */
export type Way =
  | 'nothing'
  | 'session cookie'
  | 'basic, own name'
  | 'basic, other name'
  | 'basic, x-token-auth'
  | 'basic, x-bitbucket-api-token-auth'
  | 'basic, e-mail'
  | 'basic, other e-mail'
  | 'basic, client id'
  | 'basic, as user name'
  | 'bearer'
  | 'secret as cookie'
  | 'secret in query';

export type Secret =
  | 'none'
  | 'session'
  | 'app password'
  | 'API token'
  | 'token'
  | 'project token'
  | 'workspace token'
  /** Of a repository, too, by one of its trust policies. */
  | 'job token'
  /** A person's, by their consent. */
  | 'OAuth token'
  /** A consumer's, by its client credentials. */
  | 'app user token'
  | 'refresh token'
  | 'consumer secret'
  | 'account password';
export type State =
  | 'live'
  | 'revoked'
  | 'expired'
  | 'paused'
  | 'unknown'
  | 'ended'
  /** Its row stands, and what it came of does not: the consent, the consumer, the secret that it is derived from. */
  | 'consent withdrawn'
  | 'consumer deleted'
  | 'secret revoked'
  | 'policy revoked'
  | 'policy paused';

export interface Caller {
  readonly holder: Holder;
  readonly secret: Secret;
  readonly way: Way;
  readonly state: State;
  readonly scopes: readonly string[];
  /** Scopes as reports name them. */
  readonly scopeSet: string;
  readonly bound: BoundName;
}

const SCOPES_OF: { readonly [Of in Secret]?: readonly string[] } = {
  'API token': GRANULAR_SCOPES,
  token: TOKEN_SCOPES,
  'project token': PROJECT_TOKEN_SCOPES,
  'workspace token': WORKSPACE_TOKEN_SCOPES,
  'job token': TOKEN_SCOPES,
};
const everyScope = (secret: Secret): readonly string[] => SCOPES_OF[secret] ?? SCOPES;

/** What shows scope by scope what it opens. */
export const HAVE_SCOPES: readonly Secret[] = [
  'app password',
  'API token',
  'token',
  'project token',
  'workspace token',
  'job token',
  'OAuth token',
  'app user token',
  'refresh token',
];

const caller = (
  holder: Holder,
  secret: Secret,
  way: Way,
  more: Partial<Omit<Caller, 'holder' | 'secret' | 'way'>> = {},
): Caller => ({
  holder,
  secret,
  way,
  state: 'live',
  scopes: HAVE_SCOPES.includes(secret) ? everyScope(secret) : [],
  scopeSet: HAVE_SCOPES.includes(secret) ? 'every scope' : '–',
  bound: 'none',
  ...more,
});

const scopeSets = (secret: Secret): readonly Pick<Caller, 'scopes' | 'scopeSet'>[] => {
  const all = everyScope(secret);
  return [
    { scopes: [], scopeSet: 'no scope' },
    ...all.map((scope) => ({ scopes: [scope], scopeSet: scope })),
    ...NEEDED.filter((scope) => all.includes(scope)).map((scope) => ({
      scopes: all.filter((each) => each !== scope),
      scopeSet: `all but ${scope}`,
    })),
    { scopes: all, scopeSet: 'every scope' },
  ];
};

const person = (name: PersonName): Holder => ({ type: 'person', name });
const repository = (name: RepositoryName): Holder => ({ type: 'repository', name });

const BOUND_NAMES = [
  'only acme/app',
  'only acme/plain',
  'only workspace acme',
  'only workspace annex',
  'from here',
  'from elsewhere',
  'from elsewhere, observed',
  'in working hours',
  'at weekends',
  'uses left',
  'uses spent',
  'pushes left',
  'pushes spent',
  'refs',
  'paths',
  'size',
  'author',
] as const satisfies readonly BoundName[];
/** A repository's token is confined to its repository already. */
const TOKEN_BOUND_NAMES = BOUND_NAMES.filter((name) => !name.startsWith('only '));

const app = (name: PersonName, more: Partial<Caller> = {}) =>
  caller(person(name), 'app password', 'basic, own name', more);
const token = (name: RepositoryName, more: Partial<Caller> = {}) =>
  caller(repository(name), 'token', 'bearer', more);

/** What tokens of repositories have shown is not shown again: these are here for what differs. */
const LARGER_SCOPES = [
  'account',
  'project',
  'repository',
  'repository:write',
  'repository:admin',
  'repository:delete',
  'wiki',
];
const LARGER_BOUNDS = [
  'only acme/app',
  'only workspace acme',
  'only workspace annex',
  'from elsewhere',
  'uses spent',
  'refs',
] as const;
const largerSets = (secret: Secret) =>
  scopeSets(secret).filter(
    ({ scopes }) => scopes.length === 0 || (scopes.length === 1 && LARGER_SCOPES.includes(scopes[0] ?? '')),
  );
const projectToken = (name: ProjectName, more: Partial<Caller> = {}) =>
  caller({ type: 'project', name }, 'project token', 'bearer', more);
const workspaceToken = (name: WorkspaceName, more: Partial<Caller> = {}) =>
  caller({ type: 'workspace', name }, 'workspace token', 'bearer', more);

const LARGER_TOKENS: readonly Caller[] = [
  ...(['acme/MAIN', 'acme/SIDE', 'elsewhere/MAIN'] as const).map((name) => projectToken(name)),
  ...(['acme', 'elsewhere', 'strict'] as const).map((name) => workspaceToken(name)),
  ...largerSets('project token').map((set) => projectToken('acme/MAIN', set)),
  ...largerSets('workspace token').map((set) => workspaceToken('acme', set)),
  ...LARGER_BOUNDS.flatMap((bound) => [
    projectToken('acme/MAIN', { bound }),
    workspaceToken('acme', { bound }),
  ]),
  ...(['basic, x-token-auth', 'basic, other name', 'secret as cookie', 'secret in query'] as const).flatMap(
    (way) => [projectToken('acme/MAIN', { way }), workspaceToken('acme', { way })],
  ),
  ...(['revoked', 'paused'] as const).flatMap((state) => [
    projectToken('acme/MAIN', { state }),
    workspaceToken('acme', { state }),
  ]),
];

/** What tokens of repositories have shown is not shown again: these are here for what comes of a policy. */
const jobToken = (name: RepositoryName, more: Partial<Caller> = {}) =>
  caller(repository(name), 'job token', 'bearer', more);
const JOB_SCOPES = ['repository', 'repository:write', 'wiki'];
const JOB_TOKENS: readonly Caller[] = [
  ...(['acme/app', 'acme/open', 'elsewhere/hidden'] as const).map((name) => jobToken(name)),
  ...scopeSets('job token')
    .filter(({ scopes, scopeSet }) => scopes.length === 0 || JOB_SCOPES.includes(scopeSet))
    .map((set) => jobToken('acme/app', set)),
  ...(['from elsewhere', 'uses spent', 'refs'] as const).map((bound) => jobToken('acme/app', { bound })),
  ...(['basic, x-token-auth', 'basic, other name', 'secret as cookie', 'secret in query'] as const).map(
    (way) => jobToken('acme/app', { way }),
  ),
  ...(['revoked', 'expired', 'paused', 'policy revoked', 'policy paused'] as const).map((state) =>
    jobToken('acme/app', { state }),
  ),
];

/** What app passwords have shown of scopes and bounds is not shown again: these are here for what differs. */
const OAUTH_SCOPES = ['account', 'repository', 'repository:write'] as const;
const oauthSets = scopeSets('OAuth token').filter(({ scopes, scopeSet }) =>
  scopes.length === 1 ? OAUTH_SCOPES.some((scope) => scope === scopeSet) : scopes.length === 0,
);
const OAUTH_BOUNDS = ['only acme/app', 'only workspace annex', 'uses spent', 'refs'] as const;
const consented = (name: PersonName, more: Partial<Caller> = {}) =>
  caller(person(name), 'OAuth token', 'bearer', more);
const bot = (name: WorkspaceName, more: Partial<Caller> = {}) =>
  caller({ type: 'consumer', name }, 'app user token', 'bearer', more);
const consumer = (more: Partial<Caller> = {}) =>
  caller({ type: 'consumer', name: 'acme' }, 'consumer secret', 'basic, client id', more);

const OAUTH: readonly Caller[] = [
  ...(['ada', 'wes', 'dot'] as const).map((name) => consented(name)),
  ...(['acme', 'elsewhere'] as const).map((name) => bot(name)),
  ...oauthSets.flatMap((set) => [consented('ada', set), bot('acme', set)]),
  ...OAUTH_BOUNDS.flatMap((bound) => [consented('ada', { bound }), bot('acme', { bound })]),
  consented('ada', { way: 'basic, own name' }),
  ...(['basic, x-token-auth', 'basic, other name'] as const).flatMap((way) => [
    consented('ada', { way }),
    bot('acme', { way }),
  ]),
  ...(['revoked', 'expired', 'consent withdrawn', 'consumer deleted'] as const).map((state) =>
    consented('ada', { state }),
  ),
  ...(['secret revoked', 'consumer deleted'] as const).map((state) => bot('acme', { state })),
  ...(['bearer', 'basic, client id'] as const).flatMap((way) => [
    caller(person('ada'), 'refresh token', way),
    consumer({ way }),
  ]),
  ...(['revoked', 'paused', 'consumer deleted'] as const).map((state) => consumer({ state })),
  ...(['from here', 'from elsewhere'] as const).map((bound) => consumer({ bound })),
];

const api = (name: PersonName, more: Partial<Caller> = {}) =>
  caller(person(name), 'API token', 'basic, own name', more);
/** What app passwords have shown of bounds and states is shown once more, and no more: these are here for what differs. */
const API_TOKENS: readonly Caller[] = [
  api('ada', { scopes: [], scopeSet: 'no scope' }),
  ...NEEDED_GRANULAR.map((scope) => api('ada', { scopes: [scope], scopeSet: scope })),
  ...['read:repository', 'admin:repository', 'read:workspace', 'delete:ssh-key'].map((name) => {
    const scope = `${name}:bitbucket`;
    const scopes = GRANULAR_SCOPES.filter((each) => each !== scope);
    return api('ada', { scopes, scopeSet: `all but ${scope}` });
  }),
  ...(['ada', 'wes', 'dot', 'tina'] as const).map((name) => api(name)),
  ...(
    [
      'basic, e-mail',
      'basic, other e-mail',
      'basic, x-bitbucket-api-token-auth',
      'basic, other name',
      'basic, x-token-auth',
      'bearer',
    ] as const
  ).map((way) => api('ada', { way })),
  ...(['revoked', 'paused'] as const).map((state) => api('ada', { state })),
  ...(['only acme/app', 'refs'] as const).map((bound) => api('ada', { bound })),
];

/** Everybody who asks. */
export const CALLERS: readonly Caller[] = [
  caller({ type: 'nobody' }, 'none', 'nothing'),
  ...(['ada', 'wes', 'rita', 'sam', 'root', 'dot', 'nell', 'olga', 'tina', 'tess'] as const).map((name) =>
    caller(person(name), 'session', 'session cookie'),
  ),
  caller(person('ada'), 'session', 'session cookie', { state: 'ended' }),
  caller(person('ada'), 'account password', 'basic, own name'),

  ...scopeSets('app password').map((set) => app('ada', set)),
  ...(['wes', 'rita', 'sam', 'root', 'dot', 'nell', 'tina', 'tess'] as const).flatMap((name) => [
    app(name),
    ...(['repository', 'repository:write', 'repository:admin'] as const).map((scope) =>
      app(name, { scopes: [scope], scopeSet: scope }),
    ),
  ]),
  ...BOUND_NAMES.flatMap((bound) => [app('ada', { bound }), app('wes', { bound })]),
  ...(
    [
      'basic, other name',
      'basic, x-token-auth',
      'basic, as user name',
      'bearer',
      'secret as cookie',
      'secret in query',
    ] as const
  ).map((way) => app('ada', { way })),
  ...(['revoked', 'expired', 'paused', 'unknown'] as const).map((state) => app('ada', { state })),

  ...scopeSets('token').flatMap((set) => [
    token('acme/app', set),
    token('acme/app', { ...set, way: 'basic, x-token-auth' }),
  ]),
  ...(['acme/open', 'acme/plain', 'elsewhere/hidden'] as const).map((name) => token(name)),
  ...TOKEN_BOUND_NAMES.map((bound) => token('acme/app', { bound })),
  ...(['basic, other name', 'basic, as user name', 'secret as cookie', 'secret in query'] as const).map(
    (way) => token('acme/app', { way }),
  ),
  ...(['revoked', 'expired', 'paused', 'unknown'] as const).map((state) => token('acme/app', { state })),
  ...API_TOKENS,
  ...LARGER_TOKENS,
  ...JOB_TOKENS,
  ...OAUTH,
];

function holderName(holder: Holder): string {
  if (holder.type === 'nobody') return 'a stranger';
  if (holder.type === 'project') return `project ${holder.name}`;
  if (holder.type === 'workspace') return `workspace ${holder.name}`;
  return holder.type === 'consumer' ? `a consumer of ${holder.name}` : holder.name;
}

/** A caller in one line of a report. */
export const callerName = ({ holder, secret, way, state, scopeSet, bound }: Caller): string =>
  [
    secret === 'none' ? 'a stranger' : `${secret} of ${holderName(holder)}`,
    ...(secret === 'none' || secret === 'session' ? [] : [way, scopeSet]),
    ...(state === 'live' ? [] : [state]),
    ...(bound === 'none' ? [] : [bound]),
  ].join(', ');

/** What the credential itself is, whatever way it is sent: one is made for each. */
export const credentialKey = (each: Caller): string =>
  JSON.stringify([each.holder, each.secret, each.state, each.scopeSet, each.bound]);
