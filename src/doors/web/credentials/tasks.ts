import {
  ACCESS_TOKEN_KINDS,
  CREDENTIAL_KINDS,
  heldScopes,
  type AnyScope,
  type CredentialKind,
  type GranularScope,
  type Scope,
} from '../../../gate/index.ts';

/** What people want to do, with the scopes that it takes: the first thing that the form offers. */
export interface Task {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly scopes: readonly AnyScope[];
  readonly kinds: readonly CredentialKind[];
  /** The refs that the form asks for while the task is ticked; what is left empty is all of them, and no other refs. */
  readonly asks?: 'branches' | 'tags';
}

interface TaskDeclaration extends Task {
  readonly scopes: readonly Scope[];
  /** The same for a kind whose scopes are granular: what reads as well as writes takes both. */
  readonly granular: readonly GranularScope[];
}

const personal = ['app_password', 'api_token'] as const;
const classic = ['app_password', ...ACCESS_TOKEN_KINDS, 'federated_job_token'] as const;
const every = [...classic, 'api_token'] as const;

const TASKS: readonly TaskDeclaration[] = [
  {
    id: 'clone',
    label: 'Clone and fetch',
    help: 'Builds, mirrors and deployments that read, by Git or the REST API, and say how builds went.',
    scopes: ['repository'],
    granular: ['read:repository:bitbucket'],
    kinds: every,
  },
  {
    id: 'push',
    label: 'Push to branches',
    help: 'Clone, fetch, and push to the branches that you name.',
    scopes: ['repository:write'],
    granular: ['read:repository:bitbucket', 'write:repository:bitbucket'],
    kinds: every,
    asks: 'branches',
  },
  {
    id: 'tags',
    label: 'Push tags',
    help: 'Clone, fetch, and push the tags of releases.',
    scopes: ['repository:write'],
    granular: ['read:repository:bitbucket', 'write:repository:bitbucket'],
    kinds: every,
    asks: 'tags',
  },
  {
    id: 'discuss',
    label: 'Read pull requests and comment on them',
    help: 'Clones as well; approves and merges nothing.',
    scopes: ['pullrequest'],
    granular: ['read:pullrequest:bitbucket'],
    kinds: every,
  },
  {
    id: 'propose',
    label: 'Open pull requests, review and merge them',
    help: 'Where branches are named above, it opens them into every branch, merges into those alone, and reviews none.',
    scopes: ['pullrequest:write'],
    granular: ['read:pullrequest:bitbucket', 'write:pullrequest:bitbucket'],
    kinds: every,
  },
  {
    id: 'wiki',
    label: 'Edit wikis',
    help: 'Clone and push wikis, and no source.',
    scopes: ['wiki'],
    granular: [],
    kinds: classic,
  },
  {
    id: 'list',
    label: 'Look around by the REST API',
    help: 'See your account, your workspaces and who belongs to them; no repository.',
    scopes: ['account', 'email'],
    granular: ['read:user:bitbucket', 'read:workspace:bitbucket'],
    kinds: personal,
  },
  {
    id: 'manage',
    label: 'Create repositories and change their settings',
    help: 'Neither reads nor pushes them.',
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: [...personal, 'workspace_access_token'],
  },
  {
    id: 'settings',
    label: 'Change settings and branch restrictions',
    help: 'Neither reads nor pushes.',
    scopes: ['repository:admin'],
    granular: ['admin:repository:bitbucket'],
    kinds: ['repository_access_token', 'project_access_token', 'federated_job_token'],
  },
];

/** The tasks of a kind of credential, with scopes from the catalogue of that. */
export const tasksFor = (kind: CredentialKind): readonly Task[] =>
  TASKS.filter(({ kinds }) => kinds.includes(kind)).map((task) => ({
    ...task,
    scopes: CREDENTIAL_KINDS[kind].scopes === 'granular' ? task.granular : task.scopes,
  }));

/** The scopes that were chosen, by task and by name, each once; one that another brings along is left out. */
export function chosenScopes(
  kind: CredentialKind,
  chosen: { readonly tasks: readonly string[]; readonly scopes: readonly string[] },
): readonly string[] {
  const byTask = tasksFor(kind)
    .filter(({ id }) => chosen.tasks.includes(id))
    .flatMap(({ scopes }): readonly string[] => scopes);
  const named = new Set(chosen.scopes);
  const all = [...new Set([...byTask, ...chosen.scopes])];
  // Whoever ticks "clone" and "push" means one key that pushes; what they named themselves stays as they named it.
  return all.filter(
    (scope) =>
      named.has(scope) ||
      !all.some((other) => other !== scope && (heldScopes([other]) as ReadonlySet<string>).has(scope)),
  );
}
