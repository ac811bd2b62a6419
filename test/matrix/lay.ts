/** Who and what there is in the world of the matrix, in plain tables: the world is built from them, and the oracle reads them. */

export interface Person {
  readonly administrator?: true;
  /** May do nothing any more. */
  readonly disabled?: true;
  /** Must choose a password before anything else. */
  readonly fresh?: true;
  /** Signed in half an hour ago and has not confirmed since. */
  readonly stale?: true;
  /** Has two-step verification. */
  readonly twoStep?: true;
}

export const PEOPLE = {
  /** Owner of acme. */
  ada: {},
  /** Member of acme; may write. */
  wes: {},
  /** May read, and is no member. */
  rita: {},
  /** Owns another workspace, and is nobody in acme. */
  sam: {},
  /** Administrator of the host, without a role anywhere. */
  root: { administrator: true },
  dot: { disabled: true },
  nell: { fresh: true },
  /** Owner of acme, who signed in a while ago. */
  olga: { stale: true },
  /** Owner of strict, which asks two-step verification of its people, and has none. */
  tina: {},
  /** The same with it. */
  tess: { twoStep: true },
  /** Is everywhere, so that there is somebody to remove; never asks for anything. */
  hal: {},
} as const satisfies Record<string, Person>;
export type PersonName = keyof typeof PEOPLE;

interface Workspace {
  readonly members: Partial<Record<PersonName, 'owner' | 'member'>>;
  readonly membersMayCreate: boolean;
  /** Asks two-step verification of its people. */
  readonly twoStep?: true;
}

export const WORKSPACES = {
  acme: {
    members: { ada: 'owner', olga: 'owner', nell: 'owner', dot: 'owner', wes: 'member', hal: 'member' },
    membersMayCreate: true,
  },
  /** Another workspace of ada's. */
  annex: { members: { ada: 'owner', hal: 'member' }, membersMayCreate: true },
  /** Nothing in it is public. */
  elsewhere: { members: { sam: 'owner', hal: 'member' }, membersMayCreate: true },
  /** Ada sees it and may make nothing in it. */
  guild: { members: { sam: 'owner', ada: 'member', hal: 'member' }, membersMayCreate: false },
  strict: { members: { tess: 'owner', tina: 'owner', hal: 'member' }, membersMayCreate: true, twoStep: true },
} as const satisfies Record<string, Workspace>;
export type WorkspaceName = keyof typeof WORKSPACES;
export const workspaceNamed = (name: WorkspaceName): Workspace => WORKSPACES[name];

/** Who founded a workspace; of one that is not there, somebody. */
export function founderOf(name: string): PersonName {
  const { members } = Object.hasOwn(WORKSPACES, name)
    ? workspaceNamed(name as WorkspaceName)
    : { members: {} as Workspace['members'] };
  return (Object.keys(members) as PersonName[]).find((each) => members[each] === 'owner') ?? 'ada';
}

interface Repository {
  readonly workspace: WorkspaceName;
  readonly private: boolean;
  readonly wiki: boolean;
  /** Roles that were given; an owner of the workspace is admin besides. */
  readonly roles: Partial<Record<PersonName, 'read' | 'write' | 'admin'>>;
  readonly deleted?: true;
}

export const REPOSITORIES = {
  'acme/open': { workspace: 'acme', private: false, wiki: true, roles: { hal: 'read' } },
  'acme/app': {
    workspace: 'acme',
    private: true,
    wiki: true,
    roles: { wes: 'write', rita: 'read', hal: 'read' },
  },
  /** Private, and without a wiki. */
  'acme/plain': {
    workspace: 'acme',
    private: true,
    wiki: false,
    roles: { wes: 'read', sam: 'admin', hal: 'read' },
  },
  'strict/open': { workspace: 'strict', private: false, wiki: true, roles: { hal: 'read' } },
  'strict/shut': { workspace: 'strict', private: true, wiki: true, roles: { wes: 'read', hal: 'read' } },
  'elsewhere/hidden': { workspace: 'elsewhere', private: true, wiki: true, roles: { hal: 'read' } },
  'acme/gone': {
    workspace: 'acme',
    private: true,
    wiki: true,
    roles: { rita: 'read', hal: 'read' },
    deleted: true,
  },
  'annex/gone': { workspace: 'annex', private: true, wiki: false, roles: {}, deleted: true },
  'elsewhere/gone': { workspace: 'elsewhere', private: true, wiki: false, roles: {}, deleted: true },
  'strict/gone': { workspace: 'strict', private: true, wiki: false, roles: {}, deleted: true },
  'guild/gone': { workspace: 'guild', private: true, wiki: false, roles: {}, deleted: true },
} as const satisfies Record<string, Repository>;
export type RepositoryName = keyof typeof REPOSITORIES;
export const repositoryNamed = (name: RepositoryName): Repository => REPOSITORIES[name];

/** Every repository lies in the project MAIN of its workspace; there is one more, with nothing in it. */
export type ProjectName = `${WorkspaceName}/MAIN` | typeof EMPTY_PROJECT;
export const EMPTY_PROJECT = 'acme/SIDE';
export const projectOf = (name: RepositoryName): ProjectName => `${repositoryNamed(name).workspace}/MAIN`;

/** What a request can be about; the last of each kind is not there. */
export const REPOSITORY_TARGETS = [
  'acme/open',
  'acme/app',
  'acme/plain',
  'elsewhere/hidden',
  'strict/open',
  'strict/shut',
  'acme/gone',
  'acme/never',
] as const;
export const WORKSPACE_TARGETS = ['acme', 'annex', 'elsewhere', 'guild', 'strict', 'nowhere'] as const;

/** The bounds that credentials of the matrix carry, by the name they have in reports. */
export const BOUNDS = {
  none: {},
  'only acme/app': { repositoryNames: ['acme/app'] },
  'only acme/plain': { repositoryNames: ['acme/plain'] },
  'only workspace acme': { workspaceNames: ['acme'] },
  'only workspace annex': { workspaceNames: ['annex'] },
  'from here': { networks: ['127.0.0.0/8', '::1'] },
  'from elsewhere': { networks: ['198.51.100.0/24'] },
  'from elsewhere, observed': { networks: ['198.51.100.0/24'], observe: true },
  'in working hours': { windows: ['Mon-Fri 08:00-18:00 UTC'] },
  'at weekends': { windows: ['Sat,Sun 08:00-18:00 UTC'] },
  'uses left': { uses: 1_000_000 },
  'uses spent': { uses: 1 },
  'pushes left': { pushes: 1_000_000 },
  'pushes spent': { pushes: 1 },
  refs: { refs: ['refs/heads/main'] },
  paths: { paths: ['**'] },
  size: { maximumBytes: 1_000_000 },
  author: { authorSelf: true },
} as const;
export type BoundName = keyof typeof BOUNDS;

/** Monday, 2 November 2026, noon in UTC. */
export const NOON = Date.UTC(2026, 10, 2, 12);
