import { expect, it } from 'vitest';
import {
  declarationOf,
  evaluate,
  OPERATION_NAMES,
  SCOPE_NAMES,
  type OperationName,
  type PrincipalData,
  type RepositoryFacts,
  type TargetFacts,
  type WorkspaceFacts,
} from '../../src/gate/index.ts';
import {
  account,
  ADA,
  credential,
  ELSEWHERE,
  everyTargetsOf,
  HERE,
  OTHER_WORKSPACE,
  WORKSPACE,
} from './questions.ts';

/**
 * A second opinion on every question there is, thought out without looking at `evaluate`: slow, and in the words of the
 * rules. It shares the table of operations with the gate, and nothing else.
 */

const ALSO_HOLDS: Readonly<Record<string, readonly string[]>> = {
  project: ['repository'],
  'repository:write': ['repository'],
  pullrequest: ['repository'],
  'pullrequest:write': ['pullrequest', 'repository:write', 'repository'],
  'issue:write': ['issue'],
  'snippet:write': ['snippet'],
};
const RANK = { read: 1, write: 2, admin: 3 } as const;

function mayAsk(operation: OperationName, who: PrincipalData): boolean {
  const { askers, kinds, scopes, judges, beforePasswordChange } = declarationOf(operation);
  if (who.type !== 'credential') {
    if (!askers.includes(who.type)) return false;
    if (who.type !== 'session') return true;
    return (
      who.account.state === 'active' && (!who.account.mustChangePassword || beforePasswordChange === true)
    );
  }
  if (who.owner.type === 'account' && who.owner.account.state !== 'active') return false;
  if (!kinds.includes(who.kind)) return false;
  const holds = who.scopes.flatMap((scope) => [scope, ...(ALSO_HOLDS[scope] ?? [])]);
  if (scopes !== 'any' && scopes.some((scope) => !holds.includes(scope))) return false;
  return who.bounds.every(({ kind }) => kind !== 'unknown' && judges.includes(kind));
}

/** The strongest role that counts, as a rank; 0 is none. */
function rank(who: PrincipalData, target: RepositoryFacts): number {
  if (who.type === 'operator' || who.type === 'job') return 3;
  if (who.type === 'credential' && who.owner.type === 'repository') {
    return who.owner.repositoryId === target.id ? 3 : 0;
  }
  const isSomebody = who.type !== 'anonymous';
  return Math.max(isSomebody && target.role !== null ? RANK[target.role] : 0, target.isPrivate ? 0 : 1);
}

function withinBounds(who: PrincipalData, id: string): boolean {
  return (
    who.type !== 'credential' ||
    who.bounds.every((bound) => bound.kind === 'repositories' && bound.repositories.includes(id))
  );
}

function seesWorkspace(who: PrincipalData, target: WorkspaceFacts): boolean {
  if (who.type === 'operator' || who.type === 'job') return true;
  const asAccount =
    who.type === 'session' || (who.type === 'credential' && who.owner.type === 'account')
      ? target.membership !== null
      : false;
  const asItsToken =
    who.type === 'credential' && who.owner.type === 'repository' && who.owner.workspaceId === target.id;
  return asAccount || asItsToken || target.showsRepository;
}

function satisfied(
  operation: OperationName,
  position: number,
  who: PrincipalData,
  target: TargetFacts,
): boolean {
  const need = declarationOf(operation).targets[position]!;
  if (target.type !== need.on) return false;
  const trusted = who.type === 'operator' || who.type === 'job';
  const person =
    who.type === 'session'
      ? who.account
      : who.type === 'credential' && who.owner.type === 'account'
        ? who.owner.account
        : undefined;
  if (need.on === 'repository' && target.type === 'repository') {
    return (
      rank(who, target) >= RANK[need.role] &&
      withinBounds(who, target.id) &&
      (need.wiki !== true || target.hasWiki)
    );
  }
  if (trusted) return true;
  if (need.on === 'account' && target.type === 'account')
    return person !== undefined && person.id === target.id;
  if (need.on === 'workspace' && target.type === 'workspace') {
    const membership = person === undefined ? null : target.membership;
    if (need.is === 'viewer') return seesWorkspace(who, target);
    if (need.is === 'member') return membership !== null;
    if (need.is === 'owner') return membership === 'owner';
    return membership === 'owner' || (membership === 'member' && target.membersMayCreateRepositories);
  }
  if (need.on === 'host' && target.type === 'host') {
    if (need.is === 'anyone') return true;
    if (need.is === 'operator' || person === undefined) return false;
    if (need.is === 'person') return true;
    if (need.is === 'administrator') return person.isAdministrator;
    return person.isAdministrator || target.peopleMayCreateWorkspaces;
  }
  return false;
}

const scopeSets = [[], ...SCOPE_NAMES.map((name) => [name]), [...SCOPE_NAMES], ['unheard-of']];
const boundSets = [
  [],
  [{ kind: 'repositories', repositories: [HERE] }],
  [{ kind: 'repositories', repositories: [ELSEWHERE] }],
  [
    { kind: 'repositories', repositories: [HERE] },
    { kind: 'repositories', repositories: [HERE, ELSEWHERE] },
  ],
  [{ kind: 'unknown', name: 'moon phase' }],
] as const;
const accounts = [
  account(),
  account({ state: 'disabled' }),
  account({ mustChangePassword: true }),
  account({ isAdministrator: true }),
];
const principals: readonly PrincipalData[] = [
  { type: 'anonymous' },
  { type: 'operator' },
  { type: 'job', name: 'purge' },
  ...accounts.map((subject) => ({ type: 'session', sessionId: 's', account: subject }) as const),
  ...scopeSets.flatMap((scopes) =>
    boundSets.flatMap((bounds) => [
      ...accounts.map((subject) => credential('app_password', scopes, { bounds, account: subject })),
      ...(
        [
          [HERE, WORKSPACE],
          [ELSEWHERE, WORKSPACE],
          [ELSEWHERE, OTHER_WORKSPACE],
        ] as const
      ).map(([repositoryId, workspaceId]) =>
        credential('repository_access_token', scopes, { bounds, repositoryId, workspaceId }),
      ),
    ]),
  ),
];

/** Whether whoever asks may know that the target is there. */
function seen(who: PrincipalData, target: TargetFacts): boolean {
  if (target.type === 'repository') {
    // A token of another repository is told so on a public one: that one is no secret.
    return rank(who, target) > 0 || !target.isPrivate;
  }
  if (target.type === 'workspace') return seesWorkspace(who, target);
  if (target.type === 'account') return who.type === 'operator' || who.type === 'job' || target.id === ADA;
  return true;
}

it('the gate and a second opinion agree on every question, and what cannot be seen refuses like what is missing', () => {
  let cells = 0;
  let allowed = 0;
  for (const operation of OPERATION_NAMES) {
    for (const targets of everyTargetsOf(operation)) {
      for (const principal of principals) {
        const verdict = evaluate({ operation, principal, targets });
        const expected =
          mayAsk(operation, principal) &&
          targets.every((target, position) => satisfied(operation, position, principal, target));
        cells += 1;
        if (verdict.allowed) allowed += 1;
        if (verdict.allowed !== expected) {
          expect.fail(
            `${operation}: expected ${expected} of ${JSON.stringify({ principal, targets, verdict })}`,
          );
        }
        const [first] = targets;
        if (first !== undefined && first.type !== 'missing' && !seen(principal, first)) {
          const missing = [{ type: 'missing', wanted: first.type } as const, ...targets.slice(1)];
          const told = JSON.stringify(evaluate({ operation, principal, targets: missing }));
          if (JSON.stringify(verdict) !== told) {
            expect.fail(
              `${operation} tells ${JSON.stringify({ principal, targets })} by ${JSON.stringify(verdict)}`,
            );
          }
        }
      }
    }
  }
  console.log(`      ${cells} questions decided twice, ${allowed} of them allowed`);
  expect(cells).toBeGreaterThan(100_000);
  expect(allowed).toBeGreaterThan(1_000);
});
