import { expect, it } from 'vitest';
import {
  declarationOf,
  evaluate,
  OPERATION_NAMES,
  GRANULAR_SCOPE_NAMES,
  SCOPE_NAMES,
  readNetwork,
  readWindow,
  type HeldBound,
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
  everyTarget,
  HERE,
  OTHER_PROJECT,
  OTHER_WORKSPACE,
  PROJECT,
  WORKSPACE,
  NOON,
  NOW_AND_HERE,
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
  const { askers, kinds, scopes, granular, judges, opens, beforePasswordChange, beforeTwoStep, fresh } =
    declarationOf(operation);
  if (who.type !== 'credential') {
    if (!askers.includes(who.type)) return false;
    if (who.type !== 'session') return true;
    // Whoever confirmed more than a quarter of an hour ago is asked again.
    if (fresh === true && who.confirmedAt < NOON - 15 * 60_000) return false;
    return (
      who.account.state === 'active' &&
      (!who.account.mustChangePassword || beforePasswordChange === true) &&
      (!who.account.mustEnrolTwoStep || beforeTwoStep === true)
    );
  }
  if (who.owner.type === 'account' && who.owner.account.state !== 'active') return false;
  if (who.owner.type === 'account' && who.owner.account.mustEnrolTwoStep && beforeTwoStep !== true)
    return false;
  if (!kinds.includes(who.kind)) return false;
  const isKey = who.kind === 'ssh_key' || who.kind === 'access_key';
  const holds = who.scopes.flatMap((scope) => [scope, ...(ALSO_HOLDS[scope] ?? [])]);
  if (who.kind === 'api_token') {
    // Each by its own name, and nothing by another.
    if (granular!.some((scope) => !who.scopes.includes(scope))) return false;
  } else if (!isKey && scopes !== 'any' && scopes.some((scope) => !holds.includes(scope))) return false;
  const writes = opens?.access === 'write';
  return who.bounds.every((bound) => {
    if (bound.kind === 'unknown' || !judges.includes(bound.kind)) return false;
    if (bound.kind === 'uses') return bound.used < bound.limit;
    if (bound.kind === 'pushes') return !writes || bound.used < bound.limit;
    // Everything is asked on a Monday at noon from 192.0.2.7.
    if (bound.kind === 'networks') {
      return bound.observe || bound.networks.some(({ text }) => text.startsWith('192.0.2.'));
    }
    if (bound.kind === 'time') return bound.windows.some(({ text }) => text.startsWith('Mon'));
    return true;
  });
}

/** A person without a second step, where the workspace asks for one: a stranger to all that is not public. */
function isKeptOut(who: PrincipalData, asks: boolean): boolean {
  if (!asks) return false;
  if (who.type === 'session') return !who.account.hasTwoStep;
  return who.type === 'credential' && who.owner.type === 'account' && !who.owner.account.hasTwoStep;
}

/** The strongest role that counts, as a rank; 0 is none. */
function rank(who: PrincipalData, target: RepositoryFacts): number {
  if (who.type === 'operator' || who.type === 'job') return 3;
  if (who.type === 'credential' && who.owner.type === 'repository') {
    return who.owner.repositoryId === target.id ? 3 : 0;
  }
  if (who.type === 'credential' && who.owner.type === 'project') {
    return who.owner.projectId === target.projectId ? 3 : 0;
  }
  if (who.type === 'credential' && who.owner.type === 'workspace') {
    return who.owner.workspaceId === target.workspace.id ? 3 : 0;
  }
  if (who.type === 'credential' && who.owner.type === 'places') {
    const here = who.owner.places.filter(
      ({ on, id }) => id === { repository: target.id, project: target.projectId }[on],
    );
    return Math.max(0, ...here.map(({ role }) => RANK[role]));
  }
  const isSomebody = who.type !== 'anonymous' && !isKeptOut(who, target.workspace.requiresTwoStep);
  return Math.max(isSomebody && target.role !== null ? RANK[target.role] : 0, target.isPrivate ? 0 : 1);
}

function withinBounds(who: PrincipalData, target: RepositoryFacts): boolean {
  if (who.type !== 'credential') return true;
  for (const bound of who.bounds) {
    if (bound.kind !== 'repositories') continue;
    const names = [...bound.repositories, ...bound.projects, ...bound.workspaces];
    if (![target.id, target.projectId, target.workspace.id].some((id) => names.includes(id))) return false;
  }
  return true;
}

/** What is done to a workspace touches all of it; only a list can leave out what lies outside. */
function workspaceWithinBounds(operation: OperationName, who: PrincipalData, id: string): boolean {
  if (who.type !== 'credential' || declarationOf(operation).lists !== undefined) return true;
  return who.bounds.every((bound) => bound.kind !== 'repositories' || bound.workspaces.includes(id));
}

function seesWorkspace(who: PrincipalData, target: WorkspaceFacts): boolean {
  if (who.type === 'operator' || who.type === 'job') return true;
  const asAccount =
    who.type === 'session' || (who.type === 'credential' && who.owner.type === 'account')
      ? target.membership !== null && !isKeptOut(who, target.requiresTwoStep)
      : false;
  const asItsToken =
    who.type === 'credential' &&
    ['repository', 'project', 'workspace'].includes(who.owner.type) &&
    'workspaceId' in who.owner &&
    who.owner.workspaceId === target.id;
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
      withinBounds(who, target) &&
      (need.wiki !== true || target.hasWiki) &&
      (need.owner !== true || trusted || target.isOwned) &&
      // As if it were private: then only what was given is left.
      (need.given !== true || rank(who, { ...target, isPrivate: true }) >= RANK[need.role])
    );
  }
  if (trusted) return true;
  if (need.on === 'account' && target.type === 'account')
    return need.is === 'anyone' || person?.id === target.id;
  if (need.on === 'workspace' && target.type === 'workspace') {
    const membership =
      person === undefined || isKeptOut(who, target.requiresTwoStep) ? null : target.membership;
    if (!workspaceWithinBounds(operation, who, target.id)) return false;
    if (who.type === 'credential' && who.owner.type === 'workspace') {
      // What a workspace owns counts as a member of it that may create, and is nobody in any other.
      return who.owner.workspaceId === target.id && need.is !== 'owner';
    }
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
/** Every pair that some operation takes among them, each of the pair alone, and what does not belong on an API token. */
const granularSets: readonly (readonly string[])[] = [
  [],
  ...GRANULAR_SCOPE_NAMES.map((name) => [name]),
  ['read:user:bitbucket', 'read:workspace:bitbucket'],
  ['admin:repository:bitbucket', 'delete:ssh-key:bitbucket'],
  ['admin:project:bitbucket', 'delete:ssh-key:bitbucket'],
  GRANULAR_SCOPE_NAMES,
  SCOPE_NAMES,
];
const places = (
  workspaces: readonly string[],
  projects: readonly string[],
  repositories: readonly string[],
): HeldBound => ({ kind: 'repositories', workspaces, projects, repositories });
const from = (texts: readonly string[], observe = false): HeldBound => ({
  kind: 'networks',
  networks: texts.map((text) => readNetwork(text)!),
  observe,
});
const during = (...texts: readonly string[]): HeldBound => ({
  kind: 'time',
  windows: texts.map((text) => readWindow(text)!),
});
const boundSets: readonly (readonly HeldBound[])[] = [
  [],
  [places([], [], [HERE])],
  [places([], [], [ELSEWHERE])],
  [places([], [PROJECT], [])],
  [places([OTHER_WORKSPACE], [OTHER_PROJECT], [])],
  [places([WORKSPACE], [], [])],
  [places([WORKSPACE], [], []), places([], [], [])],
  [places([], [], [HERE]), places([], [], [HERE, ELSEWHERE])],
  [from(['192.0.2.0/24', '2001:db8::/32'])],
  [from(['198.51.100.0/24'])],
  [from(['198.51.100.0/24'], true)],
  [from([])],
  [during('Mon-Fri 08:00-18:00 UTC')],
  [during('Sat,Sun 08:00-18:00 UTC')],
  [{ kind: 'uses', limit: 3, used: 2 }],
  [{ kind: 'uses', limit: 3, used: 3 }],
  [{ kind: 'pushes', limit: 1, used: 0 }],
  [{ kind: 'pushes', limit: 1, used: 1 }],
  [{ kind: 'refs', allow: [], deny: [] }],
  [{ kind: 'paths', allow: [], deny: [] }],
  [{ kind: 'size', maximumBytes: 1 }, { kind: 'author' }],
  [{ kind: 'unknown', name: 'moon phase' }],
];
const accounts = [
  account(),
  account({ state: 'disabled' }),
  account({ mustChangePassword: true }),
  account({ isAdministrator: true }),
];
/** With a second step, and without where the host asks for one; of these the bounds make no difference. */
const protectedAccounts = [account({ hasTwoStep: true }), account({ mustEnrolTwoStep: true })];
const principals: readonly PrincipalData[] = [
  { type: 'anonymous' },
  { type: 'operator' },
  { type: 'job', name: 'purge' },
  ...accounts.map(
    (subject) => ({ type: 'session', sessionId: 's', confirmedAt: NOON, account: subject }) as const,
  ),
  { type: 'session', sessionId: 's', confirmedAt: NOON - 15 * 60_000 - 1, account: account() },
  ...scopeSets.flatMap((scopes) =>
    protectedAccounts.map((subject) => credential('app_password', scopes, { account: subject })),
  ),
  ...scopeSets.flatMap((scopes) =>
    boundSets.flatMap((bounds) => [
      ...[...accounts, ...protectedAccounts].map((subject) =>
        credential('app_password', scopes, { bounds, account: subject }),
      ),
      ...(
        [
          [HERE, WORKSPACE],
          [ELSEWHERE, WORKSPACE],
          [ELSEWHERE, OTHER_WORKSPACE],
        ] as const
      ).map(([repositoryId, workspaceId]) =>
        credential('repository_access_token', scopes, { bounds, repositoryId, workspaceId }),
      ),
      ...(
        [
          [PROJECT, WORKSPACE],
          [OTHER_PROJECT, WORKSPACE],
          [OTHER_PROJECT, OTHER_WORKSPACE],
        ] as const
      ).map(([projectId, workspaceId]) =>
        credential('project_access_token', scopes, { bounds, projectId, workspaceId }),
      ),
      ...([WORKSPACE, OTHER_WORKSPACE] as const).map((workspaceId) =>
        credential('workspace_access_token', scopes, { bounds, workspaceId }),
      ),
    ]),
  ),
  credential('app_password', GRANULAR_SCOPE_NAMES),
  ...granularSets.flatMap((scopes) => [
    ...[...accounts, ...protectedAccounts].map((subject) =>
      credential('api_token', scopes, { account: subject }),
    ),
    ...(scopes === GRANULAR_SCOPE_NAMES ? boundSets : []).map((bounds) =>
      credential('api_token', scopes, { bounds }),
    ),
  ]),
  ...boundSets.flatMap((bounds) => [
    ...accounts.map((subject) => credential('ssh_key', [], { bounds, account: subject })),
    ...([HERE, ELSEWHERE] as const).flatMap((repositoryId) =>
      (['read', 'write'] as const).map((role) =>
        credential('access_key', [], { bounds, repositoryId, role }),
      ),
    ),
  ]),
];

/** Whether whoever asks may know that the target is there. */
function seen(who: PrincipalData, target: TargetFacts, operation: OperationName): boolean {
  if (target.type === 'repository') {
    // A token of another place is told so on a public one: that one is no secret.
    // Who holds a role that is kept for want of a second step knows what it is a role on.
    const kept = target.role !== null && isKeptOut(who, target.workspace.requiresTwoStep);
    return rank(who, target) > 0 || !target.isPrivate || kept;
  }
  if (target.type === 'workspace') {
    return (
      seesWorkspace(who, target) || (target.membership !== null && isKeptOut(who, target.requiresTwoStep))
    );
  }
  // Whom a link leads to may be seen by all who have it.
  if (operation === 'user.view') return true;
  if (target.type === 'account') return who.type === 'operator' || who.type === 'job' || target.id === ADA;
  return true;
}

/** Every list of targets that an operation can be asked of, those that differ in their first target alone together, and the same with a first target that is not there. */
function everyQuestionOf(operation: OperationName) {
  const [need, ...others] = declarationOf(operation).targets;
  if (need === undefined) throw new TypeError(`${operation} is about nothing.`);
  const rests = others.reduce<TargetFacts[][]>(
    (lists, { on }) => lists.flatMap((list) => everyTarget[on].map((target) => [...list, target])),
    [[]],
  );
  return rests.map((rest) => ({
    lists: everyTarget[need.on].map((first) => [first, ...rest] as const),
    missing: [{ type: 'missing', wanted: need.on }, ...rest] as const,
  }));
}

/** Whether both would be written as the same JSON: there are too many to write them. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    keys.length === others.length &&
    keys.every((key, index) => key === others[index] && isSame(one[key], other[key]))
  );
}
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

it('the gate and a second opinion agree on every question, and what cannot be seen refuses like what is missing', () => {
  let cells = 0;
  let allowed = 0;
  for (const operation of OPERATION_NAMES) {
    const questions = everyQuestionOf(operation);
    for (const principal of principals) {
      const may = mayAsk(operation, principal);
      for (const { lists, missing } of questions) {
        const told = evaluate({ operation, principal, targets: missing, circumstances: NOW_AND_HERE });
        for (const targets of lists) {
          const verdict = evaluate({ operation, principal, targets, circumstances: NOW_AND_HERE });
          const expected =
            may && targets.every((target, position) => satisfied(operation, position, principal, target));
          cells += 1;
          if (verdict.allowed) allowed += 1;
          if (verdict.allowed !== expected) {
            expect.fail(
              `${operation}: expected ${expected} of ${JSON.stringify({ principal, targets, verdict })}`,
            );
          }
          const [first] = targets;
          if (first.type !== 'missing' && !seen(principal, first, operation) && !isSame(verdict, told)) {
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
}, 90_000);
