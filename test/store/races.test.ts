import { describe, expect, it } from 'vitest';
import { createAccount } from '../../src/acts/accounts/create.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { changeProfile } from '../../src/acts/accounts/profile.ts';
import { changeRepository } from '../../src/acts/repositories/change.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import {
  deleteRepository,
  restoreRepository,
  transferRepository,
} from '../../src/acts/repositories/remove.ts';
import { grantRole } from '../../src/acts/repositories/roles.ts';
import { changeGroupMember, createGroup, deleteGroup } from '../../src/acts/workspaces/groups.ts';
import { addMember, removeMember } from '../../src/acts/workspaces/members.ts';
import { createProject } from '../../src/acts/workspaces/projects.ts';
import { createWorkspace } from '../../src/acts/workspaces/workspaces.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { listGroups, listMembers, pageOfGroups } from '../../src/hosting/index.ts';
import { Problem } from '../../src/problem.ts';
import { at, openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

/** Starts all at once: exactly one succeeds, and every other is told in a typed problem of this code. */
async function oneWins(code: Problem['code'], attempts: readonly (() => Promise<unknown>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(attempts.map((attempt) => attempt()));
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  for (const reason of refused) {
    expect(reason).toBeInstanceOf(Problem);
    expect((reason as Problem).code).toBe(code);
    expect((reason as Problem).message).not.toMatch(/constraint|UNIQUE|duplicate key/i);
  }
  expect(outcomes.length - refused.length).toBe(1);
}

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

function races(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  const onHost = [{ type: 'host' }] as const;
  const inside = (workspace: string) => [{ type: 'workspace', workspace }] as const;
  const rows = async (table: 'account' | 'workspace' | 'repository' | 'project' | 'workspace_group') =>
    (await host.services.database.selectFrom(table).select('id').execute()).length;

  it('one account of a user name, and one of an e-mail address', async () => {
    host = await openHost(kind);
    const { services } = host;
    const grant = await enterAsOperator(services, 'account.create', onHost);
    const input = {
      displayName: 'Ada',
      password: 'correct horse battery',
      isAdministrator: false,
      mustChangePassword: false,
    };
    await oneWins(
      'taken',
      times(
        4,
        (i) => () =>
          createAccount(services, grant, { ...input, username: i % 2 ? 'ada' : 'ADA', email: `a${i}@x.org` }),
      ),
    );
    await oneWins(
      'taken',
      times(
        4,
        (i) => () =>
          createAccount(services, grant, {
            ...input,
            username: `b${i}`,
            email: i % 2 ? 'b@x.org' : 'B@x.org',
          }),
      ),
    );
    expect(await rows('account')).toBe(2);
  });

  it('one account that changes to an e-mail address', async () => {
    const { services } = host;
    for (const name of ['c0', 'c1', 'c2']) await host.person(name);
    await oneWins(
      'taken',
      times(3, (i) => async () => {
        const grant = await enterAsOperator(services, 'account.update', [
          { type: 'account', account: `c${i}` },
        ]);
        await changeProfile(services, grant, { displayName: 'C', email: 'same@x.org' });
      }),
    );
  });

  it('one workspace of a slug', async () => {
    const { services } = host;
    const grant = await enterAsOperator(services, 'workspace.create', onHost);
    await oneWins(
      'taken',
      times(4, () => () => createWorkspace(services, grant, { slug: 'acme', name: 'Acme', owner: 'ada' })),
    );
    expect(await rows('workspace')).toBe(1);
    expect(await rows('project')).toBe(1);
  });

  it('one project of a key, one group of a name', async () => {
    const { services } = host;
    const projects = await enterAsOperator(services, 'project.change', inside('acme'));
    const project = { key: 'SAME', name: 'Same', description: '' };
    await oneWins(
      'taken',
      times(4, () => () => createProject(services, projects, project)),
    );
    const groups = await enterAsOperator(services, 'group.change', inside('acme'));
    await oneWins(
      'taken',
      times(4, () => () => createGroup(services, groups, { name: 'Same' })),
    );
    expect(await rows('workspace_group')).toBe(1);
  });

  it('one repository of a name, with one folder on the disk', async () => {
    const { services } = host;
    const grant = await enterAsOperator(services, 'repository.create', inside('acme'));
    await oneWins(
      'taken',
      times(4, () => () => createRepository(services, grant, { slug: 'app' })),
    );
    expect(await rows('repository')).toBe(1);
    expect(await services.storage.list()).toHaveLength(1);
  });

  it('one repository that is renamed to a name', async () => {
    const { services } = host;
    const grant = await enterAsOperator(services, 'repository.create', inside('acme'));
    for (const slug of ['r0', 'r1', 'r2']) await createRepository(services, grant, { slug });
    await oneWins(
      'taken',
      times(3, (i) => async () => {
        const update = await enterAsOperator(services, 'repository.update', [at(`acme/r${i}`)]);
        await changeRepository(services, update, { slug: 'wanted' });
      }),
    );
  });

  it('one repository that comes back or arrives under a name', async () => {
    const { services } = host;
    const creating = await enterAsOperator(services, 'workspace.create', onHost);
    await createWorkspace(services, creating, { slug: 'other', name: 'Other', owner: 'ada' });
    const here = await enterAsOperator(services, 'repository.create', inside('acme'));
    const there = await enterAsOperator(services, 'repository.create', inside('other'));
    await createRepository(services, here, { slug: 'moving' });
    const moving = await createRepository(services, there, { slug: 'moving' });
    await deleteRepository(
      services,
      await enterAsOperator(services, 'repository.delete', [at('other/moving')]),
    );
    const transfer = await enterAsOperator(services, 'repository.transfer', [
      at('acme/moving'),
      inside('other')[0],
    ]);
    const restore = await enterAsOperator(services, 'repository.restore', inside('other'));
    await oneWins('taken', [
      () => transferRepository(services, transfer),
      () => restoreRepository(services, restore, `{${moving.id}}`),
      () => createRepository(services, there, { slug: 'moving' }),
    ]);
  });

  it('what was granted in one workspace is not done in another, nor to what was deleted', async () => {
    const { services } = host;
    const here = await enterAsOperator(services, 'repository.create', inside('acme'));
    for (const end of ['transfer', 'delete'] as const) {
      const slug = `ending-${end}`;
      const { id } = await createRepository(services, here, { slug });
      const target = [at(`acme/${slug}`)];
      const token = await enterAsOperator(services, 'access_token.create', target);
      const role = await enterAsOperator(services, 'role.grant', target);
      const update = await enterAsOperator(services, 'repository.update', target);
      const removal = await enterAsOperator(services, 'repository.delete', target);
      const move = await enterAsOperator(services, 'repository.transfer', [...target, inside('other')[0]]);
      if (end === 'transfer') await transferRepository(services, move);
      else await deleteRepository(services, removal);
      const before = await services.database
        .selectFrom('repository')
        .selectAll()
        .where('id', '=', id)
        .execute();
      for (const late of [
        () => createAccessToken(services, token, { name: 'late', scopes: ['repository'], expiresAt: null }),
        () => grantRole(services, role, { holder: 'ada', role: 'admin' }),
        () => changeRepository(services, update, { slug: 'late', isPrivate: false }),
        () => deleteRepository(services, removal),
        () => transferRepository(services, move),
      ]) {
        await expect(late()).rejects.toMatchObject({ name: 'Problem', code: 'conflict' });
      }
      const { database } = services;
      expect(await database.selectFrom('repository').selectAll().where('id', '=', id).execute()).toEqual(
        before,
      );
      expect(
        await database.selectFrom('credential').select('id').where('owner_id', '=', id).execute(),
      ).toEqual([]);
      expect(
        await database.selectFrom('repository_role').select('role').where('repository_id', '=', id).execute(),
      ).toEqual([]);
    }
  });

  it('an owner stays, however many leave at once', async () => {
    const { services } = host;
    const owners = await Promise.all(times(3, (i) => host.person(`owner${i}`)));
    const workspace = await host.workspace('owned', 'owner0');
    for (const owner of owners) await host.member(workspace, owner, 'owner');
    const leave = await enterAsOperator(services, 'workspace.member.remove', inside('owned'));
    const demote = await enterAsOperator(services, 'workspace.member.add', inside('owned'));
    const outcomes = await Promise.allSettled([
      removeMember(services, leave, 'owner0'),
      addMember(services, demote, { user: 'owner1', membership: 'member' }),
      removeMember(services, leave, 'owner2'),
    ]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1);
    expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ name: 'Problem', code: 'conflict' });
    const members = await listMembers(services.database, workspace);
    expect(members.filter(({ membership }) => membership === 'owner')).toHaveLength(1);
  });

  it('nobody stays in a group who left the workspace at this moment', async () => {
    const { services } = host;
    await host.person('head');
    const workspace = await host.workspace('grouped', 'head');
    const change = await enterAsOperator(services, 'group.change', inside('grouped'));
    const remove = await enterAsOperator(services, 'workspace.member.remove', inside('grouped'));
    await createGroup(services, change, { name: 'Crew' });
    const names = times(12, (i) => `crew${i}`);
    for (const name of names) await host.member(workspace, await host.person(name));
    await Promise.allSettled(
      names.flatMap((user) => [
        changeGroupMember(services, change, { group: 'crew', user, member: true }),
        removeMember(services, remove, user),
      ]),
    );
    expect(await listMembers(services.database, workspace)).toHaveLength(1);
    const every = { named: '', offset: 0, limit: 10 };
    const { groups } = await pageOfGroups(services.database, workspace, every);
    expect(groups.map(({ slug, members }) => [slug, members])).toEqual([['crew', 0]]);
  });

  it('nobody is put into a group that is deleted at this moment, nor told of a failure', async () => {
    const { services } = host;
    const workspace = await host.workspace('briefly', 'head');
    const change = await enterAsOperator(services, 'group.change', inside('briefly'));
    for (let round = 0; round < 12; round++) {
      const { slug } = await createGroup(services, change, { name: `Crew ${round}` });
      const outcomes = await Promise.allSettled([
        changeGroupMember(services, change, { group: slug, user: 'head', member: true }),
        deleteGroup(services, change, slug),
      ]);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'not_found' });
    }
    expect(await listGroups(services.database, workspace)).toEqual([]);
  });

  it.each(['\0', 'a\0b', '\ud800', '{', '{}', '{zz}', "' or 1=1 --", '%', 'é'.repeat(300), ''])(
    'a name like %j is nobody and nothing, and no failure',
    async (name) => {
      const { services } = host;
      const refused = async (promise: Promise<unknown>) =>
        expect(await promise.catch((error: unknown) => (error as Error).name)).toMatch(
          /^(?:Refused|Problem)$/,
        );
      await refused(
        enterAsOperator(services, 'repository.delete', [
          { type: 'repository', workspace: 'acme', repository: name },
        ]),
      );
      await refused(
        enterAsOperator(services, 'repository.delete', [
          { type: 'repository', workspace: name, repository: 'app' },
        ]),
      );
      await refused(enterAsOperator(services, 'workspace.update', [{ type: 'workspace', workspace: name }]));
      await refused(enterAsOperator(services, 'app_password.create', [{ type: 'account', account: name }]));
      const restore = await enterAsOperator(services, 'repository.restore', inside('acme'));
      await refused(restoreRepository(services, restore, name));
      const members = await enterAsOperator(services, 'workspace.member.add', inside('acme'));
      await refused(addMember(services, members, { user: name, membership: 'member' }));
      const update = await enterAsOperator(services, 'repository.update', [at('acme/app')]);
      const move = await enterAsOperator(services, 'repository.move', [at('acme/app'), ...inside('acme')]);
      await refused(changeRepository(services, update, { move: { grant: move, project: name } }));
      await refused(changeRepository(services, update, { mainBranch: name }));
    },
  );
}

describe('at once, on SQLite', () => races('sqlite'));
await describeOnPostgres('at once, on PostgreSQL', () => races('postgres'));
