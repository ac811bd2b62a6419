import { CREDENTIAL_KINDS, type CredentialKind } from './kinds.ts';

/**
 * The catalogue of classic scopes: what stands on app passwords, access tokens and OAuth consumers.
 *
 * A credential holds scopes exactly as they were chosen; `expandScopes` is applied at each check and nowhere else, so
 * that a change of the table reaches every credential at once. Names and implications follow Bitbucket Cloud's REST
 * introduction; an implication that is not documented there does not exist here.
 */

interface ScopeDeclaration {
  /** The heading under which the form shows it. */
  readonly group: string;
  /** The words beside the box. */
  readonly label: string;
  /** What it permits, in one sentence for people. */
  readonly meaning: string;
  readonly implies: readonly string[];
  /** On access tokens of which it may stand, beside app passwords, which may carry every scope (reference: `access_token_scopes`). */
  readonly onTokensOf: readonly TokenOwner[];
}

/** What access tokens belong to. */
type TokenOwner = 'repository' | 'project' | 'workspace';

const ALL: readonly TokenOwner[] = ['repository', 'project', 'workspace'];
const LARGER: readonly TokenOwner[] = ['project', 'workspace'];
const WORKSPACE: readonly TokenOwner[] = ['workspace'];
const NONE: readonly TokenOwner[] = [];

const scope = (
  group: string,
  label: string,
  meaning: string,
  onTokensOf = NONE,
  implies: readonly string[] = [],
): ScopeDeclaration => ({ group, label, meaning, implies, onTokensOf });

export const SCOPES = {
  email: scope('Account', 'Email', 'See the e-mail address of the account.'),
  account: scope('Account', 'Read', 'See the account, its workspaces and who belongs to them.', WORKSPACE),
  'account:write': scope('Account', 'Write', 'Change the account.'),
  team: scope('Workspace membership', 'Read', 'See workspace membership.'),
  'team:write': scope('Workspace membership', 'Write', 'Change workspace membership.'),
  project: scope('Projects', 'Read', 'See projects and read the repositories in them.', LARGER, [
    'repository',
  ]),
  'project:admin': scope(
    'Projects',
    'Admin',
    'Create, change and delete projects; opens no repository.',
    WORKSPACE,
  ),
  repository: scope(
    'Repositories',
    'Read',
    'Clone, fetch and read repositories, and write build statuses.',
    ALL,
  ),
  'repository:write': scope('Repositories', 'Write', 'Push to repositories, and read them.', ALL, [
    'repository',
  ]),
  'repository:admin': scope(
    'Repositories',
    'Admin',
    'Create repositories and change their settings; neither reads nor pushes.',
    ALL,
  ),
  'repository:delete': scope('Repositories', 'Delete', 'Delete repositories.', ALL),
  pullrequest: scope('Pull requests', 'Read', 'Read pull requests and their repositories.', ALL, [
    'repository',
  ]),
  'pullrequest:write': scope(
    'Pull requests',
    'Write',
    'Create and merge pull requests, and push to their repositories.',
    ALL,
    ['pullrequest', 'repository:write'],
  ),
  issue: scope('Issues', 'Read', 'Read issues.'),
  'issue:write': scope('Issues', 'Write', 'Create and change issues.', NONE, ['issue']),
  wiki: scope('Wikis', 'Read and write', 'Clone and push wikis; opens no source.', ALL),
  snippet: scope('Snippets', 'Read', 'Read snippets.'),
  'snippet:write': scope('Snippets', 'Write', 'Create and change snippets.', NONE, ['snippet']),
  webhook: scope(
    'Webhooks',
    'Read and write',
    'See and delete webhooks; OAuth tokens of people make and change them, too.',
    ALL,
  ),
  pipeline: scope('Pipelines', 'Read', 'See pipelines.', ALL),
  'pipeline:write': scope('Pipelines', 'Write', 'Run and stop pipelines.', ALL),
  'pipeline:variable': scope('Pipelines', 'Edit variables', 'Change the variables of pipelines.', ALL),
  runner: scope('Runners', 'Read', 'See runners.', ALL),
  'runner:write': scope('Runners', 'Write', 'Add and change runners.', ALL),
  test: scope('Tests', 'Read', 'See test results.'),
  'test:write': scope('Tests', 'Write', 'Change test results.'),
} as const satisfies Record<string, ScopeDeclaration>;

export type Scope = keyof typeof SCOPES;

export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[];

/** Names that Bitbucket once had, with the sentence that says what replaced them. */
export const RETIRED_SCOPES: Readonly<Record<string, string>> = {
  'project:write': 'project:write no longer exists; ask for project:admin instead',
};

export const isScope = (name: string): name is Scope => Object.hasOwn(SCOPES, name);

/** Whether a credential of this kind may hold the scope: what belongs to an account may hold every one. */
export function mayHold(kind: CredentialKind, scope: Scope): boolean {
  const { owner } = CREDENTIAL_KINDS[kind];
  return owner === 'repository' || owner === 'project' || owner === 'workspace'
    ? (SCOPES[scope] as ScopeDeclaration).onTokensOf.includes(owner)
    : true;
}

/** The closure of `held` under the implications; strings that are no scopes of ours are dropped, so they permit nothing. */
export function expandScopes(held: Iterable<string>): ReadonlySet<Scope> {
  const expanded = new Set<Scope>();
  const waiting = [...held];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (!isScope(name) || expanded.has(name)) continue;
    expanded.add(name);
    waiting.push(...SCOPES[name].implies);
  }
  return expanded;
}

const SHORTEST_BEGINNING = 3;
/** Beside one that is this much nearer, another is noise. */
const FARTHER = 2;

/** Up to three of the scope names that begin with `name` or are closest to it in spelling, as a whole or part by part, nearest first, for the sentence that refuses an unknown one. */
export function nearestScopes<Name extends string>(name: string, among: readonly Name[]): readonly Name[] {
  const wanted = name.slice(0, 64).toLowerCase();
  const begins = (candidate: Name): boolean =>
    wanted.length >= SHORTEST_BEGINNING && candidate.startsWith(wanted);
  return among
    .map((candidate) => ({
      candidate,
      // Whoever wrote a beginning meant it: before every other, the shortest first.
      distance: begins(candidate)
        ? candidate.length / 1000
        : Math.min(editDistance(wanted, candidate), distanceInParts(wanted, candidate)),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(3, candidate.length / 2))
    .toSorted((a, b) => a.distance - b.distance)
    .filter(({ distance }, _, [nearest]) => distance <= (nearest?.distance ?? 0) + FARTHER)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** What stands in names of one catalogue and is left out of those of the other. */
const UNSAID = new Set(['bitbucket', 'read']);
const SHORTENED = 0.1;

/** How far apart two names are whose parts stand in another order, are shortened, or are left out: `write:repo` is `repository:write`. */
function distanceInParts(wanted: string, candidate: string): number {
  const [asked = [], there = []] = [wanted, candidate].map((name) =>
    name.split(':').filter((part) => part !== '' && !UNSAID.has(part)),
  );
  const nearest = (part: string): number =>
    Math.min(
      ...there.map((each) =>
        part !== each && part.length >= SHORTEST_BEGINNING && each.startsWith(part)
          ? SHORTENED
          : editDistance(part, each),
      ),
    );
  if (asked.length === 0) return Infinity;
  return asked.reduce((sum, part) => sum + nearest(part), Math.abs(asked.length - there.length));
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replace, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
