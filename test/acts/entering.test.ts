import { beforeEach, expect, it } from 'vitest';
import { setHostRequiresTwoStep } from '../../src/accounts/index.ts';
import { viewEntering } from '../../src/acts/explain/entering.ts';
import { viewWorkspaceAccess } from '../../src/acts/workspaces/access.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { addToGroup, createGroup, setRole } from '../../src/hosting/index.ts';
import { at, openHost, type TestHost } from './host.ts';

let host: TestHost;

/** `safe` and `lone` hold the same by groups of their own, `guest` a role without being a member; `safe` alone has two-step verification. */
beforeEach(async () => {
  host = await openHost();
  const { database } = host.services;
  await host.person('ada');
  const workspaceId = await host.workspace('acme', 'ada');
  const app = await host.repository(workspaceId, 'app');
  const open = await host.repository(workspaceId, 'open', { isPrivate: false });
  for (const name of ['safe', 'lone'] as const) {
    const person = await host.person(name);
    await host.member(workspaceId, person);
    const { id } = await createGroup(database, workspaceId, { slug: name, name }, host.now);
    await database.transaction().execute((trx) => addToGroup(trx, workspaceId, id, person.id, host.now));
    for (const each of [app, open]) await setRole(database, each, { type: 'group', id }, 'write', host.now);
  }
  await host.role(app, await host.person('guest'), 'write');
  await database
    .updateTable('account')
    .set({ two_step_at: host.now })
    .where('username', '=', 'safe')
    .execute();
});

type Row = { readonly reads: number | boolean; readonly pushes: number | boolean };
const inWords = ({ reads, pushes }: Row) => `${reads} ${pushes}`;

const all = { offset: 0, limit: 10 };
const entering = async (path: string) => {
  const grant = await enterAsOperator(host.services, 'repository.who_can', [at(path)]);
  const { people, groups } = await viewEntering(host.services, grant, {
    own: all,
    people: { named: '', ...all },
    groups: all,
    personal: all,
  });
  return Object.fromEntries([
    ...people.rows.map((each) => [each.account.username, inWords(each)]),
    ...groups.rows.map((each) => [`@${each.slug}`, inWords(each)]),
  ]) as Record<string, string>;
};
const access = async () => {
  const grant = await enterAsOperator(host.services, 'workspace.access', [
    { type: 'workspace', workspace: 'acme' },
  ]);
  const { people, groups } = await viewWorkspaceAccess(host.services, grant, {
    people: { named: '', ...all },
    groups: all,
  });
  return Object.fromEntries([
    ...people.rows.map((each) => [each.account.username, inWords(each)]),
    ...groups.rows.map((each) => [`@${each.slug}`, inWords(each)]),
  ]) as Record<string, string>;
};
const requireInWorkspace = () =>
  host.services.database.updateTable('workspace').set({ requires_two_step: 1 }).execute();

it('people and groups enter by their roles where nothing more is asked', async () => {
  expect(await entering('acme/app')).toEqual({
    ada: 'true true',
    guest: 'true true',
    lone: 'true true',
    safe: 'true true',
    '@lone': 'true true',
    '@safe': 'true true',
  });
  expect(await access()).toEqual({
    ada: '2 2',
    guest: '2 1',
    lone: '2 2',
    safe: '2 2',
    '@lone': '2 2',
    '@safe': '2 2',
  });
});

it('who lacks what the workspace requires enters what is public alone', async () => {
  await requireInWorkspace();
  expect(await entering('acme/app')).toEqual({
    ada: 'false false',
    guest: 'false false',
    lone: 'false false',
    safe: 'true true',
    '@lone': 'false false',
    '@safe': 'true true',
  });
  expect(await entering('acme/open')).toEqual({
    ada: 'true false',
    lone: 'true false',
    safe: 'true true',
    '@lone': 'true false',
    '@safe': 'true true',
  });
  expect(await access()).toEqual({
    ada: '1 0',
    guest: '1 0',
    lone: '1 0',
    safe: '2 2',
    '@lone': '1 0',
    '@safe': '2 2',
  });
});

it('who lacks what the host requires of everybody enters nothing, and neither does who is disabled', async () => {
  const { database } = host.services;
  await setHostRequiresTwoStep(database, true);
  expect(await entering('acme/open')).toMatchObject({ lone: 'false false', safe: 'true true' });
  expect(await access()).toMatchObject({
    ada: '0 0',
    guest: '0 0',
    lone: '0 0',
    safe: '2 2',
    '@lone': '0 0',
  });
  await database.updateTable('account').set({ state: 'disabled' }).where('username', '=', 'safe').execute();
  expect(await entering('acme/open')).toMatchObject({ safe: 'false false', '@safe': 'false false' });
  expect(await access()).toMatchObject({ safe: '0 0', '@safe': '0 0' });
});
