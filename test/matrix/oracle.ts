import type { Caller } from './callers.ts';
import {
  PEOPLE,
  projectOf,
  REPOSITORIES,
  repositoryNamed,
  WORKSPACES,
  workspaceNamed,
  type Person,
  type PersonName,
  type RepositoryName,
  type WorkspaceName,
} from './lay.ts';
import { ruleOf, type Demand, type Rule } from './reference.ts';
import type { Row } from './routes.ts';

/**
 * What the answer must be, thought out a second time from the reference: slow, and without a line of the gate. It knows
 * the tables of this folder and nothing else.
 */

export type Verdict = 'allowed' | '401' | '403' | '404' | 'sign in' | 'change password' | 'confirm';

/** What a request is about: the repository and workspace of its path. */
export interface Target {
  readonly repository?: string;
  readonly workspace?: string;
  /** The workspace that a repository is moved to. */
  readonly destination?: string;
  /** Named by the path; `themselves` stands for whoever asks. */
  readonly account?: string;
}

/** Documented implications; nothing else implies anything. */
const IMPLIED_BY: Readonly<Record<string, readonly string[]>> = {
  repository: ['repository', 'repository:write', 'project', 'pullrequest', 'pullrequest:write'],
  'repository:write': ['repository:write', 'pullrequest:write'],
  pullrequest: ['pullrequest', 'pullrequest:write'],
};

const RANK = { none: 0, read: 1, write: 2, admin: 3 } as const;
const WANTED = { ...RANK, owner: RANK.admin, given: RANK.read } as const;

const isRepository = (name: string): name is RepositoryName => Object.hasOwn(REPOSITORIES, name);
const isWorkspace = (name: string): name is WorkspaceName => Object.hasOwn(WORKSPACES, name);
const personOf = (name: PersonName): Person => PEOPLE[name];

/** Who asks, once what was sent has been looked at. */
type Asker =
  | 'stranger'
  | 'nonsense'
  | 'paused'
  | 'session'
  | 'app password'
  | 'API token'
  | 'token'
  | 'project token'
  | 'workspace token'
  | 'job token'
  | 'OAuth token'
  | 'app user'
  | 'consumer';

/** How each secret is sent to what takes it; whatever is not here takes none. */
const RIGHT_WAYS: Readonly<Record<string, readonly string[]>> = {
  'git app password': ['basic, own name'],
  'git API token': ['basic, own name', 'basic, x-bitbucket-api-token-auth'],
  'git token': ['bearer', 'basic, x-token-auth'],
  'git project token': ['bearer', 'basic, x-token-auth'],
  'git workspace token': ['bearer', 'basic, x-token-auth'],
  'git job token': ['bearer', 'basic, x-token-auth'],
  'git OAuth token': ['bearer', 'basic, x-token-auth', 'basic, own name'],
  'git app user token': ['bearer', 'basic, x-token-auth'],
  'rest app password': ['basic, own name'],
  'rest API token': ['basic, own name', 'basic, e-mail'],
  'rest token': ['bearer'],
  'rest project token': ['bearer'],
  'rest workspace token': ['bearer'],
  'rest job token': ['bearer'],
  'rest OAuth token': ['bearer'],
  'rest app user token': ['bearer'],
  'oauth consumer secret': ['basic, client id'],
};
const ASKERS: Readonly<Partial<Record<Caller['secret'], Asker>>> = {
  'app password': 'app password',
  'API token': 'API token',
  token: 'token',
  'project token': 'project token',
  'workspace token': 'workspace token',
  'job token': 'job token',
  'OAuth token': 'OAuth token',
  'app user token': 'app user',
  'consumer secret': 'consumer',
};

function askerOf(caller: Caller, { door, takes = [door] }: Row): Asker {
  const { secret, way, state } = caller;
  if (way === 'nothing' || way === 'secret as cookie' || way === 'secret in query') return 'stranger';
  if (secret === 'session') return door === 'web' && state === 'live' ? 'session' : 'stranger';
  // Pages take no credential at all, good or bad.
  if (door === 'web') return 'nonsense';
  if (!takes.some((each) => RIGHT_WAYS[`${each} ${secret}`]?.includes(way))) return 'nonsense';
  if (state === 'paused' || state === 'policy paused') return 'paused';
  return (state === 'live' ? ASKERS[secret] : undefined) ?? 'nonsense';
}

export function expected(row: Row, caller: Caller, target: Target): Verdict {
  const verdict = decide(row, ruleOf(row.rule), caller, target);
  if (verdict !== '404' || row.otherwise === undefined) return verdict;
  // What is not there for whoever asks is made instead, if they may; otherwise they hear of the first.
  const workspace = target.repository?.split('/')[0] ?? '';
  return decide(row, ruleOf(row.otherwise), caller, { workspace }) === 'allowed' ? 'allowed' : verdict;
}

function decide(row: Row, rule: Rule, caller: Caller, target: Target): Verdict {
  const asker = askerOf(caller, row);
  if (asker === 'nonsense') return '401';
  if (asker === 'paused') return '403';
  if (asker === 'stranger' && !rule.askers.includes('stranger'))
    return row.door === 'web' ? 'sign in' : '401';

  const person =
    asker !== 'stranger' && caller.holder.type === 'person' ? personOf(caller.holder.name) : undefined;
  if (person?.disabled) return '403';
  if (asker !== 'stranger' && !rule.askers.includes(asker)) return '403';
  if (asker === 'session' && person?.fresh && rule.always !== true) return 'change password';

  const isCredential = asker !== 'stranger' && asker !== 'session';
  if (isCredential) {
    const holds = (scope: string) =>
      (IMPLIED_BY[scope] ?? [scope]).some((each) => caller.scopes.includes(each));
    const isGranular = asker === 'API token';
    // Of these none implies another.
    if (!isGranular && !rule.scopes.every(holds)) return '403';
    if (isGranular && rule.granular?.every((each) => caller.scopes.includes(`${each}:bitbucket`)) !== true)
      return '403';
    if (isBoundBroken(rule, caller)) return '403';
  }

  for (const demand of rule.targets) {
    const verdict = judge(row, rule, demand, caller, asker, target);
    if (verdict !== undefined) return verdict;
  }
  if (isCredential && isPushRefused(rule, caller)) return '403';
  if (rule.fresh === true && asker === 'session' && person?.stale) return 'confirm';
  return 'allowed';
}

/** Bounds that say no whatever is asked for. */
function isBoundBroken(rule: Rule, { bound }: Caller): boolean {
  // Only where it may be done and when can be said of what nobody asks for any more.
  if (rule.judged === 'lasting')
    return bound !== 'none' && bound !== 'in working hours' && !bound.startsWith('only ');
  switch (bound) {
    case 'from elsewhere':
    case 'at weekends':
    case 'uses spent':
      return true;
    case 'refs':
    case 'paths':
    case 'size':
    case 'author':
    case 'pushes left':
      return rule.judged.startsWith('changing');
    case 'pushes spent':
      return /^(?:changing|pushing|deleting)/.test(rule.judged);
    case 'only acme/app':
    case 'only acme/plain':
    case 'only workspace acme':
    case 'only workspace annex':
      return rule.judged === 'whole' || rule.judged === 'changing the whole';
    case 'none':
    case 'from here':
    case 'from elsewhere, observed':
    case 'in working hours':
    case 'uses left':
      return false;
  }
}

/** A push is judged by what it moves once it was let in. */
function isPushRefused({ judged }: Rule, { bound }: Caller): boolean {
  if (judged === 'pushing another ref') return bound === 'refs';
  return judged === 'deleting another ref' && (bound === 'refs' || bound === 'paths');
}

/** What acts for something that is no person. */
const RESOURCES: readonly Asker[] = ['token', 'job token', 'project token', 'workspace token', 'app user'];

function judge(
  row: Row,
  rule: Rule,
  demand: Demand,
  caller: Caller,
  asker: Asker,
  target: Target,
): Verdict | undefined {
  const [on, wanted = ''] = demand.split(' ');
  const isCredential = asker !== 'stranger' && asker !== 'session';
  // What belongs to a repository or a workspace reaches that alone, and what is public elsewhere is not for it.
  const isResource = RESOURCES.includes(asker);
  const name = asker !== 'stranger' && caller.holder.type === 'person' ? caller.holder.name : undefined;
  // To strangers Git says 401 where there is nothing, so that it asks for a name; every other door says 404.
  const missing = row.door === 'git' && asker === 'stranger' ? '401' : '404';

  if (on === 'repository' || on === 'wiki') {
    const path = target.repository ?? '';
    if (!isRepository(path) || repositoryNamed(path).deleted) return missing;
    const repository = repositoryNamed(path);
    const role = roleOn(path, caller, asker);
    const rank = WANTED[wanted as keyof typeof WANTED];
    // Who holds a role and is kept from it is told what is wanted, and hears of nothing that they do not know.
    if (isKeptOut(repository.workspace, name) && holds(path, name) && RANK[role] < rank) return '403';
    if (role === 'none') return isResource && !repository.private ? '403' : missing;
    if (isCredential && isOutside(caller, path)) return '403';
    if (RANK[role] < rank) return '403';
    // Whom nobody gave anything reads what is public, and no more.
    if (wanted === 'given' && name !== undefined && !reaches(path, name)) return '403';
    const owners = workspaceNamed(repository.workspace).members;
    if (wanted === 'owner' && (name === undefined || owners[name] !== 'owner')) return '403';
    return on === 'wiki' && !repository.wiki ? '404' : undefined;
  }
  if (on === 'workspace') {
    const slug = (rule.targets[0] === demand ? target.workspace : target.destination) ?? '';
    if (!isWorkspace(slug)) return missing;
    const held = name === undefined ? undefined : workspaceNamed(slug).members[name];
    const membership = isKeptOut(slug, name) ? undefined : held;
    if (membership === undefined && held !== undefined && !showsSomething(slug, name)) return '403';
    const { holder } = caller;
    const ownToken =
      ((asker === 'token' || asker === 'job token') &&
        holder.type === 'repository' &&
        repositoryNamed(holder.name).workspace === slug) ||
      (asker === 'project token' && holder.type === 'project' && holder.name.split('/')[0] === slug);
    const itsOwn =
      (holder.type === 'consumer' || holder.type === 'workspace') && holder.name === slug && isResource;
    if (membership === undefined && !ownToken && !itsOwn && !showsSomething(slug, name)) return missing;
    if ((asker === 'app user' || asker === 'workspace token') && !itsOwn) return '403';
    if (isCredential && rule.judged !== 'list' && caller.bound.startsWith('only ')) {
      if (caller.bound !== `only workspace ${slug}`) return '403';
    }
    const enough = {
      seen: true,
      member: itsOwn || membership !== undefined,
      create:
        itsOwn ||
        membership === 'owner' ||
        (membership === 'member' && workspaceNamed(slug).membersMayCreate),
      owner: membership === 'owner',
    }[wanted];
    return enough === true ? undefined : '403';
  }
  if (on === 'project') {
    const { holder } = caller;
    const isOther = holder.type === 'project' && holder.name !== `${target.workspace}/MAIN`;
    return asker === 'project token' && isOther ? missing : undefined;
  }
  if (demand === 'own account')
    return name !== undefined && target.account === 'themselves' ? undefined : missing;
  if (demand === 'account' && target.account === 'nobody-here') return missing;
  if (demand === 'self') return name === undefined && asker !== 'app user' ? missing : undefined;
  if (demand === 'administrator')
    return name !== undefined && personOf(name).administrator ? undefined : '403';
  // Everybody may found a workspace here, and everything else is for anyone.
  return undefined;
}

/** Whether the workspace asks for two-step verification, which this person has not. */
const isKeptOut = (slug: WorkspaceName, name: PersonName | undefined): boolean =>
  name !== undefined && workspaceNamed(slug).twoStep === true && personOf(name).twoStep !== true;

/** Whether somebody was given a role, reached or not. */
const holds = (path: RepositoryName, name: PersonName | undefined): boolean =>
  name !== undefined &&
  (repositoryNamed(path).roles[name] !== undefined ||
    workspaceNamed(repositoryNamed(path).workspace).members[name] === 'owner');

/** Whether somebody was given a role and is not kept from it. */
const reaches = (path: RepositoryName, name: PersonName): boolean =>
  holds(path, name) && !isKeptOut(repositoryNamed(path).workspace, name);

function roleOn(path: RepositoryName, caller: Caller, asker: Asker): keyof typeof RANK {
  const repository = repositoryNamed(path);
  if (asker === 'token' || asker === 'job token')
    return caller.holder.type === 'repository' && caller.holder.name === path ? 'admin' : 'none';
  const { holder } = caller;
  if (asker === 'project token')
    return holder.type === 'project' && holder.name === projectOf(path) ? 'admin' : 'none';
  if (asker === 'app user' || asker === 'workspace token') {
    const isOf = holder.type === 'consumer' || holder.type === 'workspace';
    return isOf && holder.name === repository.workspace ? 'admin' : 'none';
  }
  const name = asker !== 'stranger' && caller.holder.type === 'person' ? caller.holder.name : undefined;
  const reached = name !== undefined && !isKeptOut(repository.workspace, name);
  if (reached && workspaceNamed(repository.workspace).members[name] === 'owner') return 'admin';
  const given = reached ? repository.roles[name] : undefined;
  return given ?? (repository.private ? 'none' : 'read');
}

/** Whether the bound on repositories leaves this one out. */
function isOutside({ bound }: Caller, path: RepositoryName): boolean {
  if (!bound.startsWith('only ')) return false;
  return bound !== `only ${path}` && bound !== `only workspace ${repositoryNamed(path).workspace}`;
}

/** A workspace is there for whoever sees a repository in it. */
function showsSomething(slug: WorkspaceName, name: PersonName | undefined): boolean {
  return (Object.keys(REPOSITORIES) as RepositoryName[]).some((path) => {
    const { workspace, private: hidden, roles, deleted } = repositoryNamed(path);
    return (
      workspace === slug &&
      !deleted &&
      (!hidden || (name !== undefined && roles[name] !== undefined && !isKeptOut(slug, name)))
    );
  });
}
