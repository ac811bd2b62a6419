import type { Scope } from './scopes.ts';

/**
 * The catalogue of granular scopes: what stands on API tokens, and on nothing else. None of them implies another, so that
 * an operation names all that it takes. Names follow Bitbucket Cloud's REST introduction.
 */

interface GranularScopeDeclaration {
  /** The heading under which the form shows it. */
  readonly group: string;
  /** The words beside the box. */
  readonly label: string;
  /** What it permits, in one sentence for people. */
  readonly meaning: string;
  /** The classic scopes that come nearest, for whoever comes from one catalogue to the other; none contains another. */
  readonly like: readonly Scope[];
}

const scope = (
  group: string,
  label: string,
  meaning: string,
  ...like: readonly Scope[]
): GranularScopeDeclaration => ({ group, label, meaning, like });

export const GRANULAR_SCOPES = {
  'read:user:bitbucket': scope(
    'Account',
    'Read',
    'See the account, its e-mail addresses, and who others are.',
    'account',
    'email',
  ),
  'write:user:bitbucket': scope('Account', 'Write', 'Change the account; does not read it.', 'account:write'),
  'read:workspace:bitbucket': scope(
    'Workspaces',
    'Read',
    'See workspaces and who belongs to them.',
    'account',
    'team',
  ),
  'admin:workspace:bitbucket': scope(
    'Workspaces',
    'Admin',
    'Create and change workspaces; does not read them.',
    'team:write',
  ),
  'read:project:bitbucket': scope(
    'Projects',
    'Read',
    'See projects; opens no repository in them.',
    'project',
  ),
  'admin:project:bitbucket': scope(
    'Projects',
    'Admin',
    'See the access keys of projects, and change projects; opens no repository in them.',
    'project:admin',
  ),
  'read:repository:bitbucket': scope(
    'Repositories',
    'Read',
    'Clone, fetch and read repositories, and write build statuses.',
    'repository',
  ),
  'write:repository:bitbucket': scope(
    'Repositories',
    'Write',
    'Push to repositories; does not clone or read them.',
    'repository:write',
  ),
  'admin:repository:bitbucket': scope(
    'Repositories',
    'Admin',
    'Create repositories and change their settings; neither reads nor pushes.',
    'repository:admin',
  ),
  'delete:repository:bitbucket': scope('Repositories', 'Delete', 'Delete repositories.', 'repository:delete'),
  'read:pullrequest:bitbucket': scope(
    'Pull requests',
    'Read',
    'Read and comment on pull requests; opens no repository.',
    'pullrequest',
  ),
  'write:pullrequest:bitbucket': scope(
    'Pull requests',
    'Write',
    'Create and merge pull requests; does not push.',
    'pullrequest:write',
  ),
  'read:ssh-key:bitbucket': scope('Keys', 'Read SSH keys', 'See the SSH keys of the account.', 'account'),
  'write:ssh-key:bitbucket': scope(
    'Keys',
    'Write SSH keys',
    'Add and change SSH keys and access keys.',
    'account:write',
  ),
  'delete:ssh-key:bitbucket': scope(
    'Keys',
    'Delete SSH keys',
    'Take SSH keys and access keys away.',
    'account:write',
  ),
  'read:gpg-key:bitbucket': scope('Keys', 'Read GPG keys', 'See GPG keys.', 'account'),
  'write:gpg-key:bitbucket': scope('Keys', 'Write GPG keys', 'Add and change GPG keys.', 'account:write'),
  'delete:gpg-key:bitbucket': scope('Keys', 'Delete GPG keys', 'Delete GPG keys.', 'account:write'),
  'read:permission:bitbucket': scope('Permissions', 'Read', 'See who may do what.', 'repository:admin'),
  'write:permission:bitbucket': scope('Permissions', 'Write', 'Give roles.', 'repository:admin'),
  'delete:permission:bitbucket': scope('Permissions', 'Delete', 'Take roles away.', 'repository:admin'),
  'read:issue:bitbucket': scope('Issues', 'Read', 'Read issues.', 'issue'),
  'write:issue:bitbucket': scope('Issues', 'Write', 'Create and change issues.', 'issue:write'),
  'delete:issue:bitbucket': scope('Issues', 'Delete', 'Delete issues.', 'issue:write'),
  'read:webhook:bitbucket': scope('Webhooks', 'Read', 'See webhooks.', 'webhook'),
  'write:webhook:bitbucket': scope('Webhooks', 'Write', 'Create and change webhooks.', 'webhook'),
  'delete:webhook:bitbucket': scope('Webhooks', 'Delete', 'Delete webhooks.', 'webhook'),
  'read:snippet:bitbucket': scope('Snippets', 'Read', 'Read snippets.', 'snippet'),
  'write:snippet:bitbucket': scope('Snippets', 'Write', 'Create and change snippets.', 'snippet:write'),
  'delete:snippet:bitbucket': scope('Snippets', 'Delete', 'Delete snippets.', 'snippet:write'),
  'read:pipeline:bitbucket': scope(
    'Pipelines',
    'Read',
    'See pipelines and test results.',
    'pipeline',
    'test',
  ),
  'write:pipeline:bitbucket': scope(
    'Pipelines',
    'Write',
    'Run and stop pipelines.',
    'pipeline:write',
    'test:write',
  ),
  'admin:pipeline:bitbucket': scope(
    'Pipelines',
    'Admin',
    'Change the variables of pipelines.',
    'pipeline:variable',
  ),
  'read:runner:bitbucket': scope('Runners', 'Read', 'See runners.', 'runner'),
  'write:runner:bitbucket': scope('Runners', 'Write', 'Add and change runners.', 'runner:write'),
} as const satisfies Record<string, GranularScopeDeclaration>;

export type GranularScope = keyof typeof GRANULAR_SCOPES;

export const GRANULAR_SCOPE_NAMES = Object.keys(GRANULAR_SCOPES) as readonly GranularScope[];

export const isGranularScope = (name: string): name is GranularScope => Object.hasOwn(GRANULAR_SCOPES, name);

/** The granular scopes that come nearest to a classic one; none for what has no counterpart, such as `wiki`. */
export const granularLike = (classic: Scope): readonly GranularScope[] =>
  GRANULAR_SCOPE_NAMES.filter((name) => (GRANULAR_SCOPES[name].like as readonly Scope[]).includes(classic));
