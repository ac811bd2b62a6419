import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { setAccountState, type Account } from '../../src/accounts/index.ts';
import { deleteRepository } from '../../src/acts/repositories/remove.ts';
import { takeDue } from '../../src/acts/webhooks/deliver.ts';
import { pauseCredentials, Secret } from '../../src/credentials/index.ts';
import { enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { clearRole } from '../../src/hosting/index.ts';
import type { Services } from '../../src/services.ts';
import { tellOf } from '../../src/telling.ts';
import { insertWebhook, OutboundNetworks, queueEvent, type WebhookMaker } from '../../src/webhooks/index.ts';
import { startReceiver, type Receiver } from '../support/hook-receiver.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { at, openHost, type TestHost } from './host.ts';

const GRANULAR = ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'];
const never = { stopping: new AbortController().signal, stopped: new AbortController().signal };

/** How deliveries come to their end, with a clock that the test moves. */
function suite(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let services: Services;
  let receiver: Receiver;
  let ada: Account;
  let bob: Account;
  let workspaceId: string;
  let repositoryId: string;
  let repositories = 0;
  let happened = 0;

  beforeAll(async () => {
    host = await openHost(kind);
    receiver = await startReceiver();
    services = {
      ...host.services,
      log: host.services.log.child({}, { level: 'silent' }),
      outbound: new OutboundNetworks(['127.0.0.0/8'], {
        ports: new Set(),
        publicUrl: host.services.publicUrl,
      }),
    };
    ada = await host.person('ada');
    bob = await host.person('bob');
    workspaceId = await host.workspace('acme', 'ada');
  });

  beforeEach(async () => {
    repositories += 1;
    repositoryId = await host.repository(workspaceId, `app-${repositories}`);
    await host.role(repositoryId, bob, 'admin');
    await createRepository(services.storage.pathOf(repositoryId, 'repository'));
    receiver.received.length = 0;
    receiver.answers.length = 0;
  });

  const hook = (maker: WebhookMaker, secret: string | null = null): Promise<string> =>
    insertWebhook(
      services.database,
      services.seals,
      {
        repositoryId,
        url: `${receiver.url}/hook`,
        description: '',
        events: ['repo:commit_status_created'],
        isActive: true,
        skipsCertVerification: false,
        secret: secret === null ? null : new Secret(secret),
        maker,
      },
      host.now,
    );
  const by = (account: Account, credentialId: string | null = null): WebhookMaker => ({
    accountId: account.id,
    credentialId,
  });
  async function happen(subject = String((happened += 1))): Promise<void> {
    host.now += 1;
    const about = {
      commit: 'a'.repeat(40),
      status: {
        key: subject,
        state: 'FAILED',
        name: '',
        url: 'https://ci.example.org',
        description: '',
        refname: null,
      },
      actor: { actor_type: 'account', actor_id: ada.id },
      createdAt: host.now,
      updatedAt: host.now,
    };
    const event = 'repo:commit_status_created' as const;
    await services.database
      .transaction()
      .execute((trx) => queueEvent(trx, { repositoryId, event, subject, about }, host.now));
  }
  const tell = (): Promise<void> => tellOf(services, repositoryId, never);
  const deliveries = () =>
    services.database
      .selectFrom('webhook_delivery')
      .innerJoin('webhook', 'webhook.id', 'webhook_delivery.webhook_id')
      .selectAll('webhook_delivery')
      .where('webhook.repository_id', '=', repositoryId)
      .orderBy('webhook_delivery.created_at')
      .execute();

  it('three times at most, later each time, and then given up', async () => {
    await hook(by(ada));
    await happen();
    receiver.answers.push(500, 'nothing', 503);
    for (const [wait, requests] of [
      [0, 1],
      [4_999, 1],
      [1, 2],
      [59_999, 2],
      [1, 3],
      [3600_000, 3],
    ] as const) {
      host.now += wait;
      await tell();
      expect(receiver.received.length, `${wait}`).toBe(requests);
    }
    expect(receiver.received.map(({ headers }) => headers['x-attempt-number'])).toEqual(['1', '2', '3']);
    expect(await deliveries()).toMatchObject([
      { state: 'failed', status: 503, problem: 'It answered 503.', next_at: null, attempts: 3 },
    ]);
  });

  it('once where the answer says no, or leads elsewhere', async () => {
    await hook(by(ada));
    await happen();
    await happen();
    receiver.answers.push(410, { location: `${receiver.url}/elsewhere` });
    await tell();
    host.now += 3600_000;
    await tell();
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    const ended = { state: 'failed', attempts: 1, next_at: null };
    expect(await deliveries()).toMatchObject([
      { ...ended, status: 410 },
      { ...ended, status: 302 },
    ]);
  });

  it('once, whoever takes it, and however often it is written down', async () => {
    await hook(by(ada));
    await happen('the same');
    await happen('the same');
    for (let count = 0; count < 5; count += 1) await happen();
    await Promise.all([tell(), tell(), tell()]);
    await tell();
    const keys = receiver.received.map(({ json }) => json['commit_status'].key);
    expect(keys).toHaveLength(6);
    expect(new Set(keys).size).toBe(6);
    expect((await deliveries()).map(({ state }) => state)).toEqual(Array(6).fill('delivered'));
  });

  it('once more where whoever took it was never heard of again', async () => {
    await hook(by(ada));
    await happen();
    const grant = await enterAsJob(services, 'webhooks', 'webhook.deliver', [
      { type: 'repository', workspace: '{}', repository: `{${repositoryId}}` },
    ]);
    expect(await takeDue(services, grant)).toBeDefined();
    await tell();
    expect(receiver.received).toEqual([]);
    host.now += 60_000;
    await tell();
    expect(receiver.received.map(({ headers }) => headers['x-attempt-number'])).toEqual(['2']);
  });

  it('not where its person is no longer admin, or is disabled, and not later either', async () => {
    await hook(by(bob));
    await happen();
    await tell();
    expect(receiver.received).toHaveLength(1);
    const silent = { state: 'silent', status: null, next_at: null };
    await host.role(repositoryId, bob, 'write');
    await happen();
    await tell();
    await host.role(repositoryId, bob, 'admin');
    await setAccountState(services.database, bob.id, 'disabled', host.now);
    await happen();
    await tell();
    await setAccountState(services.database, bob.id, 'active', host.now);
    host.now += 3600_000;
    await tell();
    expect(receiver.received).toHaveLength(1);
    const ended = await deliveries();
    expect(ended.slice(1)).toMatchObject([silent, silent]);
    expect(ended[1]?.problem).toContain('is disabled, or is no longer admin of this repository');
    await happen();
    await tell();
    expect(receiver.received).toHaveLength(2);
  });

  it('not where its credential is paused, or its owner holds no role', async () => {
    const { id } = await host.apiToken('bob', GRANULAR);
    const other = await host.apiToken('bob', ['read:webhook:bitbucket', 'write:webhook:bitbucket']);
    await hook(by(bob, id));
    // A scope short of what is told.
    await hook(by(bob, other.id));
    await happen();
    await tell();
    expect(receiver.received).toHaveLength(1);
    expect((await deliveries()).map(({ state }) => state).toSorted()).toEqual(['delivered', 'silent']);
    await clearRole(services.database, repositoryId, { type: 'account', id: bob.id });
    await happen();
    await tell();
    await host.role(repositoryId, bob, 'admin');
    await pauseCredentials(services.database, { id }, host.now);
    await happen();
    await tell();
    expect(receiver.received).toHaveLength(1);
    const problems = (await deliveries()).map(({ problem }) => problem ?? '');
    expect(problems.filter((text) => text.includes(`${id}) has ended, or is paused`))).toHaveLength(1);
    expect(problems.filter((text) => text.includes(`${id}) could not set it up any more`))).toHaveLength(1);
  });

  it('not with a secret that was put into its row from another one', async () => {
    const [own, others] = [await hook(by(ada), 'its own'), await hook(by(ada), 'of another')];
    const { database } = services;
    const rows = await database.selectFrom('webhook').selectAll().where('id', 'in', [own, others]).execute();
    expect(JSON.stringify(rows)).not.toMatch(/its own|of another/);
    const foreign = rows.find(({ id }) => id === others)?.sealed_secret ?? null;
    await database.deleteFrom('webhook').where('id', '=', others).execute();
    await database.updateTable('webhook').set({ sealed_secret: foreign }).where('id', '=', own).execute();
    await happen();
    for (let count = 0; count < 4; count += 1) {
      await tell();
      host.now += 60_000;
    }
    expect(receiver.received).toEqual([]);
    expect(await deliveries()).toMatchObject([{ state: 'failed', problem: 'It could not be sent.' }]);
  });

  it('not when the webhook was switched off, or the repository deleted, in between', async () => {
    const id = await hook(by(ada));
    await happen();
    await services.database.updateTable('webhook').set({ active: 0 }).where('id', '=', id).execute();
    await tell();
    await services.database.updateTable('webhook').set({ active: 1 }).where('id', '=', id).execute();
    await happen();
    const target = at(`acme/app-${repositories}`);
    await deleteRepository(services, await enterAsOperator(services, 'repository.delete', [target]));
    await tell();
    expect(receiver.received).toEqual([]);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['silent', 'silent']);
  });

  it('no more than a thousand that wait, and a hundred that ended', async () => {
    const id = await hook(by(ada));
    await happen();
    const [row] = await deliveries();
    if (row === undefined) throw new Error('Nothing waits.');
    const more = Array.from({ length: 999 }, (_, index) => ({
      ...row,
      id: `waits ${repositories} ${index}`,
      subject: `waits ${index}`,
    }));
    for (let start = 0; start < more.length; start += 100)
      await services.database
        .insertInto('webhook_delivery')
        .values(more.slice(start, start + 100))
        .execute();
    await happen();
    expect(await deliveries()).toHaveLength(1000);
    await services.database
      .updateTable('webhook_delivery')
      .set({ state: 'failed', next_at: null, ended_at: host.now - 1 })
      .where('webhook_id', '=', id)
      .where('id', '!=', row.id)
      .execute();
    for (let count = 0; count < 100; count += 1) await happen();
    await tell();
    const left = await deliveries();
    expect(left).toHaveLength(100);
    expect(left.map(({ state }) => state)).toEqual(Array(100).fill('delivered'));
  });
}

describe('what webhooks are to be told is sent', () => suite('sqlite'));
if (inject('database') === 'sqlite')
  await describeOnPostgres('on PostgreSQL as well', () => suite('postgres'));
