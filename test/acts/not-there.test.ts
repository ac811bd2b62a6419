import { describe, expect, it } from 'vitest';
import { removeTwoStep, settleTwoStep, type Account } from '../../src/accounts/index.ts';
import { removeStep, resetTwoStep } from '../../src/acts/accounts/two-step.ts';
import { changeOauthConsumer, createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { changeGroupMember, createGroup, deleteGroup } from '../../src/acts/workspaces/groups.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { deleteConsumer } from '../../src/oauth/index.ts';
import { openHost, type TestHost } from './host.ts';
import { meanwhile } from './meanwhile.ts';

const acme = [{ type: 'workspace', workspace: 'acme' }] as const;

async function opened(): Promise<{ host: TestHost; ada: Account }> {
  const host = await openHost();
  const ada = await host.person('ada');
  await host.workspace('acme', 'ada');
  return { host, ada };
}

/** Runs something that turns out to change nothing, of which there must be neither a letter nor a row in the audit. */
async function untold<Result>({ services }: TestHost, work: () => Promise<Result>): Promise<Result> {
  const told = async () => ({
    mail: await services.database.selectFrom('mail').selectAll().execute(),
    audit: await services.database.selectFrom('audit').selectAll().execute(),
  });
  const before = await told();
  try {
    return await work();
  } finally {
    expect(await told()).toEqual(before);
  }
}

const missing = { name: 'Problem', code: 'not_found' };

describe('of two-step verification, what is not there', () => {
  const changing = (host: TestHost) =>
    enterAsOperator(host.services, 'two_step.change', [{ type: 'account', account: 'ada' }]);

  async function withApp() {
    const { host, ada } = await opened();
    const { database } = host.services;
    await database
      .insertInto('authenticator_app')
      .values({ account_id: ada.id, state: 'confirmed', sealed_seed: '', last_step: 0, created_at: host.now })
      .execute();
    await settleTwoStep(database, ada.id, host.now);
    return { host, ada };
  }

  it('an app is removed once', async () => {
    const { host } = await withApp();
    const grant = await changing(host);
    expect(await removeStep(host.services, grant, 'app')).toBe(true);
    await expect(untold(host, () => removeStep(host.services, grant, 'app'))).rejects.toMatchObject(missing);
  });

  it('everything is removed once', async () => {
    const { host } = await withApp();
    const grant = await changing(host);
    expect(await removeStep(host.services, grant, 'all')).toBe(true);
    await expect(untold(host, () => removeStep(host.services, grant, 'all'))).rejects.toMatchObject(missing);
  });

  it('it is not reset for somebody who turned it off at this moment', async () => {
    const { host, ada } = await withApp();
    const { services } = host;
    const grant = await enterAsOperator(services, 'account.reset_two_step', [
      { type: 'host' },
      { type: 'account', account: 'ada' },
    ]);
    const late = meanwhile(services, () => removeTwoStep(services.database, ada.id, host.now));
    await expect(untold(host, () => resetTwoStep(late, grant))).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('of a workspace, what is not there', () => {
  it('a group that was deleted at this moment is not deleted', async () => {
    const { host } = await opened();
    const { services } = host;
    const grant = await enterAsOperator(services, 'group.change', acme);
    await createGroup(services, grant, { name: 'Crew' });
    const late = meanwhile(services, () => services.database.deleteFrom('workspace_group').execute());
    await expect(untold(host, () => deleteGroup(late, grant, 'crew'))).rejects.toMatchObject(missing);
  });

  it('nobody is put into a group that was deleted at this moment', async () => {
    const { host } = await opened();
    const { services } = host;
    const grant = await enterAsOperator(services, 'group.change', acme);
    await createGroup(services, grant, { name: 'Crew' });
    const late = meanwhile(services, () => deleteGroup(services, grant, 'crew'));
    const into = { group: 'crew', user: 'ada', member: true };
    await expect(changeGroupMember(late, grant, into)).rejects.toMatchObject(missing);
  });

  it('who is not in a group is not taken out of it', async () => {
    const { host } = await opened();
    const { services } = host;
    const grant = await enterAsOperator(services, 'group.change', acme);
    await createGroup(services, grant, { name: 'Crew' });
    const out = { group: 'crew', user: 'ada', member: false };
    await expect(untold(host, () => changeGroupMember(services, grant, out))).rejects.toMatchObject(missing);
  });

  it('an OAuth consumer that was deleted at this moment is not changed', async () => {
    const { host } = await opened();
    const { services } = host;
    const [{ id: workspaceId }] = (await enterAsOperator(services, 'consumer.list', acme)).targets;
    const input = { name: 'Shop', callbacks: ['http://127.0.0.1/cb'], scopes: ['repository'] };
    const creating = await enterAsOperator(services, 'consumer.create', acme);
    const { consumer } = await createOauthConsumer(services, creating, { ...input, isPrivate: true });
    const late = meanwhile(services, () =>
      services.database
        .transaction()
        .execute((trx) => deleteConsumer(trx, { id: consumer.id, workspaceId }, null, host.now)),
    );
    const updating = await enterAsOperator(services, 'consumer.update', acme);
    const change = () => changeOauthConsumer(late, updating, consumer.key, { ...input, name: 'Other' });
    await expect(untold(host, change)).rejects.toMatchObject(missing);
    const rows = await services.database.selectFrom('oauth_consumer').select('name').execute();
    expect(rows.map(({ name }) => name)).not.toContain('Other');
  });
});
