import fc from 'fast-check';
import {
  CREDENTIAL_KINDS,
  CREDENTIAL_KIND_NAMES,
  declarationOf,
  OPERATION_NAMES,
  SCOPE_NAMES,
  type AccountSubject,
  type CredentialKind,
  type CredentialPrincipal,
  type HeldBound,
  type OperationName,
  type PrincipalData,
  type TargetFacts,
  type TargetType,
} from '../../src/gate/index.ts';

/** Everything that can be asked of the gate, as arbitraries and as plain values. */

export const HERE = '00000000-0000-4000-8000-000000000001';
export const ELSEWHERE = '00000000-0000-4000-8000-000000000002';
export const WORKSPACE = '00000000-0000-4000-8000-00000000000a';
export const OTHER_WORKSPACE = '00000000-0000-4000-8000-00000000000b';
export const ADA = '00000000-0000-4000-8000-0000000000ad';

export const account = (change: Partial<AccountSubject> = {}): AccountSubject => ({
  id: ADA,
  username: 'ada',
  displayName: 'Ada',
  state: 'active',
  isAdministrator: false,
  mustChangePassword: false,
  ...change,
});

/** A credential of any kind; of the kinds that a repository owns, one of the repository HERE unless told. */
export function credential(
  kind: CredentialKind,
  scopes: readonly string[],
  change: {
    bounds?: readonly HeldBound[];
    account?: AccountSubject;
    repositoryId?: string;
    workspaceId?: string;
  } = {},
): CredentialPrincipal {
  const common = {
    type: 'credential',
    credentialId: 'cred_x',
    kind,
    label: 'x',
    scopes,
    bounds: change.bounds ?? [],
  } as const;
  return CREDENTIAL_KINDS[kind].owner === 'account'
    ? { ...common, owner: { type: 'account', account: change.account ?? account() } }
    : {
        ...common,
        owner: {
          type: 'repository',
          repositoryId: change.repositoryId ?? HERE,
          workspaceId: change.workspaceId ?? WORKSPACE,
          appUser: { id: 'bot', displayName: 'x', email: 'x@bots.localhost' },
        },
      };
}

const flag = [true, false] as const;

/** Every combination of the facts that matter, for one type of target; the missing one last. */
export const everyTarget: Readonly<Record<TargetType, readonly TargetFacts[]>> = {
  repository: [
    ...flag.flatMap((isPrivate) =>
      flag.flatMap((hasWiki) =>
        ([null, 'read', 'write', 'admin'] as const).map((role) => ({
          type: 'repository' as const,
          id: HERE,
          slug: 'app',
          workspace: { id: WORKSPACE, slug: 'acme', name: 'Acme' },
          isPrivate,
          hasWiki,
          role,
        })),
      ),
    ),
    { type: 'missing', wanted: 'repository' },
  ],
  workspace: [
    ...([null, 'member', 'owner'] as const).flatMap((membership) =>
      flag.flatMap((membersMayCreateRepositories) =>
        flag.map((showsRepository) => ({
          type: 'workspace' as const,
          id: WORKSPACE,
          slug: 'acme',
          name: 'Acme',
          membership,
          membersMayCreateRepositories,
          tokensMayLiveForever: true,
          showsRepository,
        })),
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
export const anyScopes = fc.array(fc.constantFrom<string>(...SCOPE_NAMES), { maxLength: 6 });
export const anyKind = fc.constantFrom(...CREDENTIAL_KIND_NAMES);
export const anyAccount: fc.Arbitrary<AccountSubject> = fc
  .record({
    state: fc.constantFrom('active' as const, 'disabled' as const),
    isAdministrator: fc.boolean(),
    mustChangePassword: fc.boolean(),
  })
  .map(account);
export const anyBounds: fc.Arbitrary<HeldBound[]> = fc.array(
  fc.oneof(
    fc.subarray([HERE, ELSEWHERE]).map((repositories): HeldBound => ({ kind: 'repositories', repositories })),
    fc.constant<HeldBound>({ kind: 'unknown', name: 'moon phase' }),
  ),
  { maxLength: 2 },
);
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
  anyAccount.map((subject): PrincipalData => ({ type: 'session', sessionId: 's', account: subject })),
  fc.constantFrom<PrincipalData>({ type: 'anonymous' }, { type: 'operator' }, { type: 'job', name: 'purge' }),
);
/** An operation and targets of the declared types, missing ones among them. */
export const anyRequest = anyOperation.chain((operation) =>
  fc
    .tuple(...declarationOf(operation).targets.map(({ on }) => fc.constantFrom(...everyTarget[on])))
    .map((targets) => ({ operation, targets })),
);
