import fc from 'fast-check';
import {
  CREDENTIAL_KINDS,
  CREDENTIAL_KIND_NAMES,
  compilePattern,
  declarationOf,
  evaluate,
  OPERATION_NAMES,
  REF_CHANGES,
  GRANULAR_SCOPE_NAMES,
  SCOPE_NAMES,
  type AccountSubject,
  type Bound,
  type Circumstances,
  type CredentialKind,
  type CredentialPrincipal,
  type HeldBound,
  type OperationName,
  type PrincipalData,
  type Question,
  type TargetFacts,
  type TargetType,
  type Verdict,
  readNetwork,
  readWindow,
} from '../../src/gate/index.ts';

/** Everything that can be asked of the gate, as arbitraries and as plain values. */

export const HERE = '00000000-0000-4000-8000-000000000001';
export const ELSEWHERE = '00000000-0000-4000-8000-000000000002';
export const WORKSPACE = '00000000-0000-4000-8000-00000000000a';
export const OTHER_WORKSPACE = '00000000-0000-4000-8000-00000000000b';
export const PROJECT = '00000000-0000-4000-8000-0000000000c1';
export const OTHER_PROJECT = '00000000-0000-4000-8000-0000000000c2';
export const ADA = '00000000-0000-4000-8000-0000000000ad';

export const account = (change: Partial<AccountSubject> = {}): AccountSubject => ({
  id: ADA,
  username: 'ada',
  displayName: 'Ada',
  email: 'ada@example.org',
  state: 'active',
  isAdministrator: false,
  mustChangePassword: false,
  hasTwoStep: false,
  mustEnrolTwoStep: false,
  ...change,
});

/** A Monday at noon, UTC. */
export const NOON = Date.UTC(2026, 10, 2, 12);
export const ADDRESS = '192.0.2.7';
export const NOW_AND_HERE: Circumstances = { now: NOON, address: ADDRESS };

/** `evaluate`, at noon and from 192.0.2.7 unless told. */
export const ask = (
  question: Omit<Question, 'circumstances'> & { readonly circumstances?: Circumstances },
): Verdict => evaluate({ circumstances: NOW_AND_HERE, ...question });

/** Confined to these repositories and nothing else. */
export const confinedTo = (...repositories: readonly string[]): HeldBound => ({
  kind: 'repositories',
  workspaces: [],
  projects: [],
  repositories,
});

/** A credential of any kind; of the kinds that a resource owns, one of the repository HERE, its PROJECT or its WORKSPACE unless told; an access key that may write there. */
export function credential(
  kind: CredentialKind,
  scopes: readonly string[],
  change: {
    bounds?: readonly HeldBound[];
    account?: AccountSubject;
    repositoryId?: string;
    projectId?: string;
    workspaceId?: string;
    role?: 'read' | 'write';
  } = {},
): CredentialPrincipal {
  const common = {
    type: 'credential',
    credentialId: 'cred_x',
    originId: 'cred_x',
    kind,
    label: 'x',
    scopes,
    bounds: change.bounds ?? [],
  } as const;
  const appUser = { id: 'bot', displayName: 'x', email: 'x@bots.localhost' };
  if (CREDENTIAL_KINDS[kind].owner === 'places') {
    const place = {
      on: 'repository',
      id: change.repositoryId ?? HERE,
      role: change.role ?? 'write',
    } as const;
    return { ...common, owner: { type: 'places', places: [place], appUser } };
  }
  const workspaceId = change.workspaceId ?? WORKSPACE;
  switch (CREDENTIAL_KINDS[kind].owner) {
    case 'account':
      return { ...common, owner: { type: 'account', account: change.account ?? account() } };
    case 'project':
      return {
        ...common,
        owner: { type: 'project', projectId: change.projectId ?? PROJECT, workspaceId, appUser },
      };
    case 'workspace':
      return { ...common, owner: { type: 'workspace', workspaceId, appUser } };
    case 'repository':
    case 'consumer':
      return {
        ...common,
        owner: { type: 'repository', repositoryId: change.repositoryId ?? HERE, workspaceId, appUser },
      };
  }
}

const flag = [true, false] as const;

/** Every combination of the facts that matter, for one type of target; the missing one last. */
export const everyTarget: Readonly<Record<TargetType, readonly TargetFacts[]>> = {
  repository: [
    ...flag.flatMap((isPrivate) =>
      flag.flatMap((hasWiki) =>
        (hasWiki && isPrivate ? flag : [false]).flatMap((requiresTwoStep) =>
          ([null, 'read', 'write', 'admin', 'owner'] as const).map((standing) => ({
            type: 'repository' as const,
            id: HERE,
            slug: 'app',
            workspace: { id: WORKSPACE, slug: 'acme', name: 'Acme', requiresTwoStep },
            projectId: PROJECT,
            isPrivate,
            hasWiki,
            role: standing === 'owner' ? ('admin' as const) : standing,
            isOwned: standing === 'owner',
          })),
        ),
      ),
    ),
    { type: 'missing', wanted: 'repository' },
  ],
  workspace: [
    ...([null, 'member', 'owner'] as const).flatMap((membership) =>
      flag.flatMap((membersMayCreateRepositories) =>
        flag.flatMap((showsRepository) =>
          (membersMayCreateRepositories && !showsRepository ? flag : [false]).map((requiresTwoStep) => ({
            type: 'workspace' as const,
            id: WORKSPACE,
            slug: 'acme',
            name: 'Acme',
            membership,
            membersMayCreateRepositories,
            tokensMayLiveForever: true,
            requiresTwoStep,
            showsRepository,
          })),
        ),
      ),
    ),
    { type: 'missing', wanted: 'workspace' },
  ],
  account: [
    { type: 'account', id: ADA, username: 'ada' },
    { type: 'account', id: 'somebody-else', username: 'bob' },
    { type: 'missing', wanted: 'account' },
  ],
  host: flag.map((peopleMayCreateWorkspaces) => ({ type: 'host', peopleMayCreateWorkspaces })),
};

/** Every list of targets that an operation can be asked of. */
export function everyTargetsOf(operation: OperationName): TargetFacts[][] {
  return declarationOf(operation).targets.reduce<TargetFacts[][]>(
    (lists, { on }) => lists.flatMap((list) => everyTarget[on].map((target) => [...list, target])),
    [[]],
  );
}

export const anyOperation = fc.constantFrom(...OPERATION_NAMES);
/** Of both catalogues, so that a credential often holds what its kind cannot use. */
export const anyScopes = fc.array(fc.constantFrom<string>(...SCOPE_NAMES, ...GRANULAR_SCOPE_NAMES), {
  maxLength: 6,
});
export const anyKind = fc.constantFrom(...CREDENTIAL_KIND_NAMES);
export const anyAccount: fc.Arbitrary<AccountSubject> = fc
  .record({
    state: fc.constantFrom('active' as const, 'disabled' as const),
    isAdministrator: fc.boolean(),
    mustChangePassword: fc.boolean(),
    hasTwoStep: fc.boolean(),
    mustEnrolTwoStep: fc.boolean(),
  })
  .map(account);
const network = (text: string) => readNetwork(text) ?? never(text);
const window = (text: string) => readWindow(text) ?? never(text);
const never = (text: string): never => {
  throw new TypeError(`"${text}" was meant to be read.`);
};

/** Patterns over a small alphabet, so that they often match one another's names. */
const segment = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', 'a*b', '**');
const tail = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
export const anyRefPattern = fc
  .tuple(fc.constantFrom('refs/heads/', 'refs/tags/', 'refs/notes/'), tail)
  .map(([prefix, rest]) => compilePattern(prefix + rest));
export const anyPathPattern = tail.map(compilePattern);
const nameSegment = fc.constantFrom('a', 'b', 'ab', 'aab', 'c');
export const anyPath = fc.array(nameSegment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
export const anyRef = fc
  .tuple(fc.constantFrom('refs/heads/', 'refs/tags/', 'refs/notes/'), anyPath)
  .map(([prefix, rest]) => prefix + rest);
const count = fc.record({ limit: fc.nat(3), used: fc.nat(4) });

/** One bound of any kind that this version can judge. */
export const anyBound: fc.Arbitrary<Bound> = fc.oneof(
  fc.record({
    kind: fc.constant('repositories' as const),
    workspaces: fc.subarray([WORKSPACE, OTHER_WORKSPACE]),
    projects: fc.subarray([PROJECT, OTHER_PROJECT]),
    repositories: fc.subarray([HERE, ELSEWHERE]),
  }),
  fc.record({
    kind: fc.constant('refs' as const),
    allow: fc.array(fc.record({ pattern: anyRefPattern, changes: fc.subarray([...REF_CHANGES]) }), {
      maxLength: 3,
    }),
    deny: fc.array(anyRefPattern, { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('paths' as const),
    allow: fc.array(anyPathPattern, { maxLength: 3 }),
    deny: fc.array(anyPathPattern, { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('networks' as const),
    networks: fc.subarray([network('192.0.2.0/24'), network('198.51.100.7'), network('2001:db8::/32')]),
    observe: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('time' as const),
    windows: fc.subarray([window('Mon-Fri 08:00-18:00 UTC'), window('Sat,Sun 22:00-04:00 UTC')]),
  }),
  count.map(({ limit, used }) => ({ kind: 'uses' as const, limit, used })),
  count.map(({ limit, used }) => ({ kind: 'pushes' as const, limit, used })),
  fc.nat(2000).map((maximumBytes) => ({ kind: 'size' as const, maximumBytes })),
  fc.constant({ kind: 'author' as const }),
);
export const anyBounds: fc.Arbitrary<HeldBound[]> = fc.array(
  fc.oneof(
    { arbitrary: anyBound, weight: 9 },
    { arbitrary: fc.constant<HeldBound>({ kind: 'unknown', name: 'moon phase' }), weight: 1 },
  ),
  { maxLength: 3 },
);
export const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  now: fc.constantFrom(NOON, NOON + 10 * 3600_000, NOON + 5 * 86400_000 + 11 * 3600_000),
  address: fc.constantFrom(ADDRESS, '198.51.100.7', '2001:db8::1', '::ffff:192.0.2.9', '203.0.113.1', null),
});
export const anyCredential: fc.Arbitrary<CredentialPrincipal> = fc
  .record({
    kind: anyKind,
    scopes: anyScopes,
    bounds: anyBounds,
    account: anyAccount,
    repositoryId: fc.constantFrom(HERE, ELSEWHERE),
    workspaceId: fc.constantFrom(WORKSPACE, OTHER_WORKSPACE),
  })
  .map(({ kind, scopes, ...rest }) => credential(kind, scopes, rest));
export const anyPrincipal: fc.Arbitrary<PrincipalData> = fc.oneof(
  anyCredential,
  fc.tuple(anyAccount, fc.constantFrom(NOON, 0)).map(
    ([subject, confirmedAt]): PrincipalData => ({
      type: 'session',
      sessionId: 's',
      confirmedAt,
      account: subject,
    }),
  ),
  fc.constantFrom<PrincipalData>({ type: 'anonymous' }, { type: 'operator' }, { type: 'job', name: 'purge' }),
);
/** An operation and targets of the declared types, missing ones among them. */
export const anyRequest = anyOperation.chain((operation) =>
  fc
    .tuple(...declarationOf(operation).targets.map(({ on }) => fc.constantFrom(...everyTarget[on])))
    .map((targets) => ({ operation, targets })),
);
