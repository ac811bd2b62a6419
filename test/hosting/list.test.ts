import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjectById, type Account } from '../../src/accounts/index.ts';
import { evaluate, visibilityOf, type HeldBound, type PrincipalData } from '../../src/gate/index.ts';
import {
  addToGroup,
  createGroup,
  defaultProject,
  listRepositories,
  markDeleted,
  repositoryFacts,
  setMember,
  setRole,
  updateRepository,
  workspaceFacts,
} from '../../src/hosting/index.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

/**
 * A world of two workspaces, four people and up to eight repositories, drawn at random: who owns what, who is a member,
 * who is in a group, who holds which role, what is public, what is deleted. People and repositories go by number.
 */
const world = fc.record({
  members: fc.array(
    fc.record({
      workspace: fc.nat(1),
      person: fc.nat(3),
      membership: fc.constantFrom('owner' as const, 'member' as const),
    }),
    { maxLength: 6 },
  ),
  repositories: fc.array(
    fc.record({ workspace: fc.nat(1), isPrivate: fc.boolean(), deleted: fc.nat(4).map((n) => n === 0) }),
    { minLength: 1, maxLength: 8 },
  ),
  roles: fc.array(
    fc.record({
      repository: fc.nat(7),
      person: fc.nat(3),
      role: fc.constantFrom('read' as const, 'write' as const, 'admin' as const),
    }),
    { maxLength: 6 },
  ),
  groupRoles: fc.array(
    fc.record({
      repository: fc.nat(7),
      role: fc.constantFrom('read' as const, 'write' as const, 'admin' as const),
    }),
    { maxLength: 3 },
  ),
  inGroup: fc.subarray([0, 1, 2, 3]),
  requireTwoStep: fc.subarray([0, 1]),
  haveTwoStep: fc.subarray([0, 1, 2, 3]),
  bounds: fc.array(
    fc.record({
      repositories: fc.array(fc.nat(7), { maxLength: 5 }),
      workspaces: fc.subarray([0, 1]),
      projects: fc.subarray([0, 1]),
    }),
    { maxLength: 2 },
  ),
  pageSize: fc.integer({ min: 1, max: 4 }),
});
const circumstances = { now: 0, address: null };
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

async function checkWorld(host: TestHost, drawn: World): Promise<void> {
  const { services } = host;
  const { database } = services;
  const mark = randomUUID().slice(0, 8);
  const people: Account[] = [];
  for (let i = 0; i < 4; i++) people.push(await host.person(`p${i}-${mark}`));
  const founder = await host.person(`f-${mark}`);
  const workspaces = [
    await host.workspace(`w0-${mark}`, founder.username),
    await host.workspace(`w1-${mark}`, founder.username),
  ];
  const repositories: string[] = [];
  for (const [i, { workspace, isPrivate }] of drawn.repositories.entries()) {
    repositories.push(await host.repository(workspaces[workspace]!, `r${i}`, { isPrivate }));
  }
  await database.transaction().execute(async (trx) => {
    for (const { workspace, person, membership } of drawn.members) {
      await setMember(trx, workspaces[workspace]!, people[person]!.id, membership, host.now);
    }
    const group = await createGroup(trx, workspaces[0]!, { slug: 'team', name: 'Team' }, host.now);
    for (const person of drawn.inGroup) {
      const isMember = drawn.members.some((each) => each.workspace === 0 && each.person === person);
      if (isMember) await addToGroup(trx, workspaces[0]!, group.id, people[person]!.id, host.now);
    }
    for (const { repository, person, role } of drawn.roles) {
      const id = repositories[repository];
      if (id !== undefined)
        await setRole(trx, id, { type: 'account', id: people[person]!.id }, role, host.now);
    }
    for (const { repository, role } of drawn.groupRoles) {
      const id = repositories[repository];
      if (id !== undefined && drawn.repositories[repository]!.workspace === 0) {
        await setRole(trx, id, { type: 'group', id: group.id }, role, host.now);
      }
    }
    for (const [i, { deleted }] of drawn.repositories.entries()) {
      if (deleted) await markDeleted(trx, repositories[i]!, host.now);
    }
    for (const number of drawn.requireTwoStep) {
      const asks = trx.updateTable('workspace').set({ requires_two_step: 1 });
      await asks.where('id', '=', workspaces[number]!).execute();
    }
    for (const number of drawn.haveTwoStep) {
      const has = trx.updateTable('account').set({ two_step_at: host.now });
      await has.where('id', '=', people[number]!.id).execute();
    }
  });

  const projects = await database
    .transaction()
    .execute(async (trx) => [
      await defaultProject(trx, workspaces[0]!, host.now),
      await defaultProject(trx, workspaces[1]!, host.now),
    ]);
  const bounds: HeldBound[] = drawn.bounds.map((each) => ({
    kind: 'repositories',
    workspaces: each.workspaces.map((number) => workspaces[number]!),
    projects: each.projects.map((number) => projects[number]!.id),
    repositories: each.repositories.flatMap((number) => repositories[number] ?? []),
  }));
  for (const principal of await everybody(
    host,
    people.map(({ id }) => id),
    repositories,
    {
      workspaceId: workspaces[drawn.repositories[0]!.workspace]!,
      projectId: projects[drawn.repositories[0]!.workspace]!.id,
    },
    bounds,
  )) {
    const accountId =
      principal.type === 'session'
        ? principal.account.id
        : principal.type === 'credential' && principal.owner.type === 'account'
          ? principal.owner.account.id
          : null;
    for (const workspaceId of workspaces) {
      const shown = new Set<string>();
      for (const id of repositories) {
        const name = { workspace: `{${workspaceId}}`, repository: `{${id}}` };
        const target =
          (await repositoryFacts(database, name, accountId)) ??
          ({ type: 'missing', wanted: 'repository' } as const);
        const verdict = evaluate({
          operation: 'repository.view',
          principal,
          targets: [target],
          circumstances,
        });
        if (verdict.allowed) shown.add(id);
      }
      const facts = await workspaceFacts(database, `{${workspaceId}}`, accountId);
      expect(facts).not.toBeNull();
      const listing = evaluate({ operation: 'repository.list', principal, targets: [facts!], circumstances });
      if (!listing.allowed) {
        expect([...shown]).toEqual([]);
        continue;
      }
      expect(listing.visibility).toEqual(visibilityOf(principal, facts!));
      const listed: string[] = [];
      for (let offset = 0; ; offset += drawn.pageSize) {
        const sort = { by: 'created_at', descending: false } as const;
        const page = await listRepositories(database, listing.visibility!, {
          sort,
          offset,
          limit: drawn.pageSize,
        });
        expect(page.size).toBe(shown.size);
        listed.push(...page.repositories.map(({ id }) => id));
        if (page.repositories.length < drawn.pageSize) break;
      }
      expect(listed.length).toBe(new Set(listed).size);
      expect(listed.toSorted()).toEqual([...shown].toSorted());
    }
  }
}

/** Everybody who can ask for a list, each with what entry would know of them. */
async function everybody(
  host: TestHost,
  people: readonly string[],
  repositories: readonly string[],
  { workspaceId, projectId }: { readonly workspaceId: string; readonly projectId: string },
  bounds: readonly HeldBound[],
): Promise<PrincipalData[]> {
  const principals: PrincipalData[] = [{ type: 'anonymous' }, { type: 'operator' }];
  for (const id of people) {
    const account = (await subjectById(host.services.database, id))!;
    const key = {
      type: 'credential',
      credentialId: 'c',
      originId: 'c',
      label: 'c',
      scopes: ['repository'],
    } as const;
    principals.push(
      { type: 'session', sessionId: 's', confirmedAt: 0, account },
      { ...key, kind: 'app_password', bounds: [], owner: { type: 'account', account } },
      { ...key, kind: 'app_password', bounds, owner: { type: 'account', account } },
    );
  }
  const appUser = { id: 'b', displayName: 'b', email: 'b' };
  for (const layers of [[], bounds]) {
    const token = {
      type: 'credential',
      credentialId: 'c',
      originId: 'c',
      label: 'c',
      scopes: ['repository'],
      bounds: layers,
    } as const;
    principals.push(
      {
        ...token,
        kind: 'repository_access_token',
        owner: { type: 'repository', repositoryId: repositories[0]!, workspaceId, appUser },
      },
      {
        ...token,
        kind: 'project_access_token',
        owner: { type: 'project', projectId, workspaceId, appUser },
      },
      {
        ...token,
        kind: 'workspace_access_token',
        owner: { type: 'workspace', workspaceId, appUser },
      },
    );
  }
  return principals;
}

const holds = (kind: 'sqlite' | 'postgres', numRuns: number) =>
  it('shows what asking for each repository alone would show, with its size and pages', async () => {
    const host = await openHost(kind);
    await fc.assert(
      fc.asyncProperty(world, (drawn) => checkWorld(host, drawn)),
      { numRuns },
    );
  }, 60_000);

/** Slugs of the repositories whose names have this part, from the end of the alphabet. */
const findingAs = (host: TestHost, account: Account) => async (nameContains: string) => {
  const visibility = {
    workspace: 'every',
    seenBy: { type: 'account', accountId: account.id, hasTwoStep: false },
    within: [],
  } as const;
  const sort = { by: 'slug', descending: true } as const;
  const page = await listRepositories(host.services.database, visibility, {
    nameContains,
    sort,
    offset: 0,
    limit: 10,
  });
  expect(page.size).toBe(page.repositories.length);
  return page.repositories.map(({ slug }) => slug);
};

const searches = (kind: 'sqlite' | 'postgres') =>
  it('finds by part of the name in any case, takes % and _ literally, and sorts and pages stably', async () => {
    const host = await openHost(kind);
    const ada = await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    for (const slug of ['alpha', 'alphabet', 'al_pha', 'beta', 'gamma'])
      await host.repository(workspace, slug);
    const find = findingAs(host, ada);
    expect(await find('ALPHA')).toEqual(['alphabet', 'alpha']);
    expect(await find('_')).toEqual(['al_pha']);
    expect(await find('%')).toEqual([]);
    expect(await find('\\')).toEqual([]);
    expect(await find("'")).toEqual([]);
    expect(await find('')).toHaveLength(5);
  });

/** Whatever the database itself holds lower case to be: on SQLite that is ASCII alone. */
const searchesLetters = (kind: 'sqlite' | 'postgres') =>
  it('finds names in any case of any letters, also after a repository was renamed', async () => {
    const host = await openHost(kind);
    const ada = await host.person('ada');
    const workspace = await host.workspace('acme', 'ada');
    const id = await host.repository(workspace, 'ueber');
    await host.repository(workspace, 'other');
    const find = findingAs(host, ada);
    const rename = (name: string) =>
      updateRepository(
        host.services.database,
        { id, slug: 'ueber', workspaceId: workspace },
        { name },
        host.now,
      );

    await rename('Über Ärger');
    // The last one is written with marks of their own behind the letters.
    for (const part of ['Über', 'über', 'ÜBER ÄRGER', 'ärg', 'UEBER', 'Über'.normalize('NFD')])
      expect([part, await find(part)]).toEqual([part, ['ueber']]);
    expect(await find('uber')).toEqual([]);
    await rename('Ёлка 100%');
    for (const part of ['ёлка', 'ЁЛКА', '0%']) expect([part, await find(part)]).toEqual([part, ['ueber']]);
    expect(await find('über')).toEqual([]);
  });

describe('a list on SQLite', () => {
  holds('sqlite', 60);
  searches('sqlite');
  searchesLetters('sqlite');
});
await describeOnPostgres('a list on PostgreSQL', () => {
  holds('postgres', 12);
  searches('postgres');
  searchesLetters('postgres');
});
