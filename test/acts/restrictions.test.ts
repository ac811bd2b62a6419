import { describe, expect, it } from 'vitest';
import {
  changeRestriction,
  createRestriction,
  deleteRestriction,
} from '../../src/acts/restrictions/change.ts';
import { viewRestrictionCandidates, viewRestrictions } from '../../src/acts/restrictions/view.ts';
import { simulate } from '../../src/acts/explain/simulate.ts';
import { credentialsIn, whoCan } from '../../src/acts/explain/who-can.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { removeMember } from '../../src/acts/workspaces/members.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import {
  addToGroup,
  createGroup,
  defaultProject,
  moveRepository,
  restrictionsFor,
  setRole,
} from '../../src/hosting/index.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { at, bearer, openHost } from './host.ts';

async function acme(kind?: 'postgres') {
  const host = await openHost(kind);
  const ada = await host.person('ada');
  const bob = await host.person('bob');
  const workspace = await host.workspace('acme', 'ada');
  await host.member(workspace, bob);
  const id = await host.repository(workspace, 'app');
  await host.role(id, bob, 'write');
  const grant = await enterAsOperator(host.services, 'restriction.change', [at('acme/app')]);
  return { host, ada, bob, workspace, id, grant };
}

const sessionOf = (account: { id: string; username: string }) =>
  ({
    type: 'session',
    sessionId: 's',
    confirmedAt: 0,
    account: {
      id: account.id,
      username: account.username,
      displayName: '',
      email: '',
      state: 'active',
      isAdministrator: false,
      mustChangePassword: false,
      hasTwoStep: false,
      mustEnrolTwoStep: false,
    },
  }) as const;

async function wholeLife(kind?: 'postgres') {
  const { host, bob, id, grant } = await acme(kind);
  const { services } = host;
  const token = await host.accessToken('acme/app', ['repository:write']);
  const made = await createRestriction(services, grant, {
    kind: 'push',
    pattern: 'main',
    users: ['BOB', `{${bob.id}}`],
    accessTokens: [token.id],
  });
  expect(made.users.map(({ username }) => username)).toEqual(['bob']);
  expect(made.accessTokens.map((each) => each.id)).toEqual([token.id]);
  await expect(createRestriction(services, grant, { kind: 'push', pattern: 'main' })).rejects.toMatchObject({
    code: 'conflict',
  });
  const second = await createRestriction(services, grant, { kind: 'push', pattern: 'dev' });
  await expect(changeRestriction(services, grant, second.id, { pattern: 'main' })).rejects.toMatchObject({
    code: 'conflict',
  });
  const explaining = await enterAsOperator(services, 'credential.explain', [{ type: 'host' }]);
  const push = (ref: string) =>
    simulate(services, explaining, {
      credentialId: token.id,
      operation: 'repository.push',
      targets: ['acme/app'],
      ref,
      change: 'fast-forward',
    });
  expect([(await push('main')).allowed, (await push('dev')).allowed]).toEqual([true, false]);
  const asking = await enterAsOperator(services, 'repository.who_can', [at('acme/app')]);
  const answer = await whoCan(services, asking, { operation: 'repository.push' });
  expect(credentialsIn(answer).map(({ credential }) => credential.id)).toEqual([token.id]);
  await deleteRestriction(services, grant, made.id);
  await expect(deleteRestriction(services, grant, made.id)).rejects.toMatchObject({ code: 'not_found' });
  expect((await viewRestrictions(services, grant)).map(({ pattern }) => pattern)).toEqual(['dev']);
  const audited = await services.database
    .selectFrom('audit')
    .select(['operation', 'target_id', 'detail'])
    .where('operation', '=', 'restriction.change')
    .orderBy('sequence')
    .execute();
  expect(audited.map(({ target_id, detail }) => [target_id, Object.keys(JSON.parse(detail))[0]])).toEqual([
    [id, 'created'],
    [id, 'created'],
    [id, 'deleted'],
  ]);
}

describe('branch restrictions', () => {
  it('live from making to deleting, and each change is written down', () => wholeLife());

  it('leave nothing behind when they are refused', async () => {
    const { host, grant } = await acme();
    for (const input of [
      { kind: 'push', pattern: 'x', users: ['bob', 'nobody'] },
      { kind: 'force', pattern: 'x', users: ['bob'] },
      { kind: 'nonsense', pattern: 'x' },
      { kind: 'push', pattern: 'x', users: Array.from({ length: 201 }, () => 'bob') },
    ]) {
      await expect(createRestriction(host.services, grant, input)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await viewRestrictions(host.services, grant)).toEqual([]);
    expect(
      await host.services.database.selectFrom('branch_restriction_subject').selectAll().execute(),
    ).toEqual([]);
  });

  it('keep whom they name when that one lost the role or was revoked, until somebody takes them out', async () => {
    const { host, grant } = await acme();
    const { services } = host;
    const token = await host.accessToken('acme/app', ['repository:write']);
    const { id } = await createRestriction(services, grant, {
      kind: 'push',
      pattern: 'main',
      users: ['bob'],
      accessTokens: [token.id],
    });
    await removeMember(
      services,
      await enterAsOperator(services, 'workspace.member.remove', [{ type: 'workspace', workspace: 'acme' }]),
      'bob',
    );
    await revokeCredential(
      services,
      await enterAsOperator(services, 'credential.revoke', [{ type: 'host' }]),
      token.id,
    );
    const changed = await changeRestriction(services, grant, id, { pattern: 'release/*' });
    expect(changed.users.map(({ username }) => username)).toEqual(['bob']);
    const sentBack = await changeRestriction(services, grant, id, {
      users: ['bob'],
      accessTokens: [token.id],
    });
    expect(sentBack.accessTokens).toEqual([{ id: token.id, label: 'test' }]);
    expect((await changeRestriction(services, grant, id, { users: [], accessTokens: [] })).subjects).toEqual(
      [],
    );
    await expect(changeRestriction(services, grant, id, { users: ['bob'] })).rejects.toThrow(
      'There is no user "bob"',
    );
    await expect(changeRestriction(services, grant, id, { accessTokens: [token.id] })).rejects.toThrow(
      'no live access token',
    );
  });

  it('offer those who hold a role, the groups of the workspace and the live tokens', async () => {
    const { host, grant } = await acme();
    const eve = await host.person('eve');
    expect(eve.username).toBe('eve');
    const token = await host.accessToken('acme/app', ['repository']);
    const { users, groups, accessTokens } = await viewRestrictionCandidates(host.services, grant);
    expect(users.first.map(({ username }) => username)).toEqual(['ada', 'bob']);
    expect([groups.size, accessTokens.first.map(({ id }) => id)]).toEqual([0, [token.id]]);
  });
});

async function race(kind?: 'postgres') {
  const { host, grant } = await acme(kind);
  const { services } = host;
  const token = await host.accessToken('acme/app', ['repository:write']);
  const wanted = { kind: 'push', pattern: 'main', accessTokens: [token.id] };
  const made = await Promise.allSettled(
    Array.from({ length: 8 }, () => createRestriction(services, grant, wanted)),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of made)
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'conflict' });
  const [rule] = await viewRestrictions(services, grant);
  const id = rule?.id ?? 0;
  // A person takes the token out while a credential sends the rule back as it had read it: it never comes back.
  const bot = await host.accessToken('acme/app', ['repository:admin']);
  const asBot = await host.enter('restriction.change', at('acme/app'), bearer(bot.secret));
  await Promise.allSettled([
    ...Array.from({ length: 8 }, () =>
      changeRestriction(services, asBot, id, { users: [], accessTokens: [token.id] }),
    ),
    changeRestriction(services, grant, id, { accessTokens: [] }),
    ...Array.from({ length: 8 }, () =>
      changeRestriction(services, asBot, id, { users: [], accessTokens: [token.id] }),
    ),
  ]);
  expect((await viewRestrictions(services, grant)).map(({ accessTokens }) => accessTokens)).toEqual([[]]);
}

it('those who change rules at once get one after the other', () => race());

it('T28: a group of the workspace that a repository was in opens nothing of it any more', async () => {
  const { host, bob, workspace, id, grant } = await acme();
  const { database } = host.services;
  const next = await host.workspace('next', 'ada');
  await database.transaction().execute(async (trx) => {
    const group = await createGroup(trx, workspace, { slug: 'devs', name: 'Devs' }, host.now);
    await addToGroup(trx, workspace, group.id, bob.id, host.now);
  });
  const { id: rule } = await createRestriction(host.services, grant, {
    kind: 'push',
    pattern: 'main',
    groups: ['acme:devs'],
  });
  const names = async () => (await restrictionsFor(database, id, sessionOf(bob))).map((each) => each.names);
  expect(await names()).toEqual([true]);
  await database.transaction().execute(async (trx) => {
    const project = await defaultProject(trx, next, host.now);
    await moveRepository(
      trx,
      { id, slug: 'app', workspaceId: workspace },
      { workspaceId: next, projectId: project.id },
      host.now,
    );
    await setRole(trx, id, { type: 'account', id: bob.id }, 'write', host.now);
  });
  expect(await names()).toEqual([false]);
  const moved = await enterAsOperator(host.services, 'restriction.change', [at('next/app')]);
  expect((await viewRestrictions(host.services, moved)).map((each) => [each.id, each.groups])).toEqual([
    [rule, []],
  ]);
});

await describeOnPostgres('branch restrictions on PostgreSQL', () => {
  it('live from making to deleting', () => wholeLife('postgres'));

  it('those who change rules at once get one after the other', () => race('postgres'));
});
