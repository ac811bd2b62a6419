import { findAccount, type Account } from '../../accounts/index.ts';
import { credentialsById, listCredentials, type Credential } from '../../credentials/index.ts';
import {
  heldRole,
  listGroups,
  type Group,
  type Restriction,
  type RestrictionSubject,
} from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import type { RepositoryFacts } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { tokensAbove } from '../explain/tokens-above.ts';

/** Whom a rule lets through, as it was written. */
export interface SubjectNames {
  /** User name, `{uuid}` or account id. */
  readonly users: readonly string[];
  /** Slug, or `workspace:slug`, of a group of the repository's workspace. */
  readonly groups: readonly string[];
  /** Public ids of access tokens of the repository, of its project or of its workspace. */
  readonly accessTokens: readonly string[];
}

const MOST_SUBJECTS = 200;

/**
 * Turns names into ids. Throws `Problem` for people who have no role on the repository, groups of other workspaces and
 * tokens that do not open it: they hear what is heard of those that do not exist. Those in `before`, which the rule names
 * already, pass, so that a rule can be sent back as it was read.
 */
export async function chooseSubjects(
  services: Services,
  repository: RepositoryFacts,
  names: SubjectNames,
  before: readonly RestrictionSubject[] = [],
): Promise<RestrictionSubject[]> {
  const known = new Set(before.map(({ id }) => id));
  const count = names.users.length + names.groups.length + names.accessTokens.length;
  if (count > MOST_SUBJECTS) {
    throw invalid(
      'users',
      `A rule names at most ${MOST_SUBJECTS}; ${count} were given. Name a group instead.`,
    );
  }
  const subjects: RestrictionSubject[] = [];
  for (const name of names.users) {
    subjects.push({ type: 'account', id: (await personOf(services, repository, name, known)).id });
  }
  if (names.groups.length > 0) {
    const groups = await listGroups(services.database, repository.workspace.id);
    for (const name of names.groups)
      subjects.push({ type: 'group', id: groupOf(groups, repository, name).id });
  }
  if (names.accessTokens.length > 0) {
    const tokens = await tokensOf(services, repository);
    for (const name of names.accessTokens)
      subjects.push({ type: 'credential', id: tokenOf(tokens, name, known).id });
  }
  return subjects.filter(
    ({ type, id }, index) => subjects.findIndex((other) => other.type === type && other.id === id) === index,
  );
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 100));

async function personOf(
  services: Services,
  repository: RepositoryFacts,
  name: string,
  known: ReadonlySet<string>,
): Promise<Account> {
  const account = await findAccount(services.database, name.trim());
  const role =
    account === undefined
      ? null
      : await heldRole(
          services.database,
          { id: repository.id, workspaceId: repository.workspace.id },
          account.id,
        );
  if (account !== undefined && (role !== null || known.has(account.id))) return account;
  throw invalid('users', `There is no user ${shown(name)} with a role on this repository.`);
}

function groupOf(groups: readonly Group[], { workspace }: RepositoryFacts, name: string): Group {
  const [slug = '', owner = workspace.slug] = name.trim().toLowerCase().split(':').toReversed();
  const group = groups.find((each) => each.slug === slug);
  if (group !== undefined && owner === workspace.slug.toLowerCase()) return group;
  throw invalid('groups', `There is no group ${shown(name)} in the workspace of this repository.`);
}

function tokenOf(tokens: readonly Credential[], name: string, known: ReadonlySet<string>): Credential {
  const token = tokens.find(({ id }) => id === name.trim());
  const lives = token?.state === 'active' || token?.state === 'paused';
  if (token !== undefined && (lives || known.has(token.id))) return token;
  throw invalid(
    'access_tokens',
    `There is no live access token or trust policy ${shown(name)} of this repository, and no access token of its project or its workspace: name it by its public id, cred_….`,
  );
}

/** Those of the repository, its trust policies among them, ended ones too, and those of its project and workspace that enter it. */
async function tokensOf(services: Services, repository: RepositoryFacts): Promise<Credential[]> {
  const { database, clock } = services;
  const owner = { type: 'repository', id: repository.id } as const;
  const tokens = await listCredentials(database, { owner, kind: 'repository_access_token' }, clock());
  const policies = await listCredentials(database, { owner, kind: 'trust_policy' }, clock());
  const above = (await tokensAbove(services, repository)).map(({ id }) => id);
  // What was derived from one is let through where that one is named.
  const own = [...tokens.filter(({ derivedFrom }) => derivedFrom === null), ...policies];
  return [...own, ...(await credentialsById(database, above, clock())).values()];
}

/** A rule with those whom it names, as people read it. Who is gone is left out. */
export interface ShownRestriction extends Restriction {
  readonly users: readonly Account[];
  readonly groups: readonly Group[];
  /** Of one that does not enter the repository any more, and would again if it lay elsewhere, no label. */
  readonly accessTokens: readonly { readonly id: string; readonly label: string | null }[];
}

/** The same rules with names. */
export async function withNames(
  services: Services,
  repository: RepositoryFacts,
  rules: readonly Restriction[],
): Promise<ShownRestriction[]> {
  const subjects = rules.flatMap((rule) => rule.subjects);
  const named = (type: RestrictionSubject['type']): boolean => subjects.some((each) => each.type === type);
  const accounts = new Map<string, Account>();
  for (const id of new Set(subjects.filter(({ type }) => type === 'account').map((each) => each.id))) {
    const account = await findAccount(services.database, `{${id}}`);
    if (account !== undefined) accounts.set(id, account);
  }
  const groups = named('group') ? await listGroups(services.database, repository.workspace.id) : [];
  const tokens = named('credential') ? await tokensOf(services, repository) : [];
  return rules.map((rule) => {
    const ids = (type: RestrictionSubject['type']): Set<string> =>
      new Set(rule.subjects.filter((each) => each.type === type).map(({ id }) => id));
    const [accountIds, groupIds, tokenIds] = [ids('account'), ids('group'), ids('credential')];
    return {
      ...rule,
      users: [...accounts.values()]
        .filter(({ id }) => accountIds.has(id))
        .toSorted((a, b) => (a.username.toLowerCase() < b.username.toLowerCase() ? -1 : 1)),
      groups: groups.filter(({ id }) => groupIds.has(id)),
      accessTokens: [...tokenIds].map((id) => ({
        id,
        label: tokens.find((token) => token.id === id)?.label ?? null,
      })),
    };
  });
}
