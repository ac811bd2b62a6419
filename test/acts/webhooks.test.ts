import { createHmac, randomUUID } from 'node:crypto';
import { CompiledQuery, sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { setAccountState, type Account } from '../../src/accounts/index.ts';
import { tellOfPullRequest, type PullRequestEvent } from '../../src/acts/pull-requests/tell.ts';
import { deleteRepository } from '../../src/acts/repositories/remove.ts';
import { takeDue } from '../../src/acts/webhooks/deliver.ts';
import { createWebhook } from '../../src/acts/webhooks/change.ts';
import { sendTest } from '../../src/acts/webhooks/send-test.ts';
import { pauseCredentials, Secret } from '../../src/credentials/index.ts';
import { enter, enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { clearRole } from '../../src/hosting/index.ts';
import { OutboundNetworks } from '../../src/outbound/index.ts';
import {
  findComment,
  insertComment,
  insertPullRequest,
  setReviewers,
  takePart,
  updateComment,
} from '../../src/pull-requests/index.ts';
import type { Services } from '../../src/services.ts';
import { startTelling, tellOf } from '../../src/telling.ts';
import {
  endDelivery,
  endWaiting,
  findDelivery,
  forgetAgedDeliveries,
  forgetOldDeliveries,
  insertWebhook,
  lastDeliveries,
  listWebhooks,
  putBackDelivery,
  queueEvent,
  queueTest,
  repeatDelivery,
  takeDelivery,
  WEBHOOK_EVENTS,
  webhooksDue,
  type WebhookMaker,
} from '../../src/webhooks/index.ts';
import { startReceiver, type Receiver } from '../support/hook-receiver.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { at, basic, openHost, type TestHost } from './host.ts';

const GRANULAR = ['read:repository:bitbucket', 'read:webhook:bitbucket', 'write:webhook:bitbucket'];
const PULL_REQUEST_EVENTS = WEBHOOK_EVENTS.map(({ name }) => name).filter((name) =>
  name.startsWith('pullrequest:'),
) as PullRequestEvent[];
const never = {
  stopping: new AbortController().signal,
  stopped: new AbortController().signal,
  logged: new Set<string>(),
};

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
    // With what waits for them.
    await services.database.deleteFrom('webhook').execute();
    repositories += 1;
    repositoryId = await host.repository(workspaceId, `app-${repositories}`);
    await host.role(repositoryId, bob, 'admin');
    await createRepository(services.storage.pathOf(repositoryId, 'repository'));
    receiver.received.length = 0;
    receiver.answers.length = 0;
  });

  const hook = (maker: WebhookMaker, secret: string | null = null, to = receiver): Promise<string> =>
    insertWebhook(
      services.database,
      services.seals,
      {
        repositoryId,
        url: `${to.url}/hook`,
        description: '',
        events: ['repo:commit_status_created', ...PULL_REQUEST_EVENTS],
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
  const tell = async (): Promise<void> => {
    const webhooks = await listWebhooks(services.database, repositoryId);
    for (const { id } of webhooks) await tellOf(services, { id, repositoryId }, never);
  };
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
    const id = await hook(by(ada));
    await happen();
    const grant = await enterAsJob(services, 'webhooks', 'webhook.deliver', [
      { type: 'repository', workspace: '{}', repository: `{${repositoryId}}` },
    ]);
    expect(await takeDue(services, grant, id)).toBeDefined();
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

  /** Of ada, with bob as its reviewer. */
  async function pullRequest(events: readonly PullRequestEvent[]): Promise<number> {
    const actor = { actor_type: 'account', actor_id: ada.id } as const;
    const reviewer = { actor_type: 'account', actor_id: bob.id } as const;
    return services.database.transaction().execute(async (trx) => {
      const made = await insertPullRequest(
        trx,
        {
          repositoryId,
          title: 'Fix it',
          description: '*Now*',
          isDraft: false,
          sourceBranch: 'topic',
          destinationBranch: 'main',
          sourceCommit: 'a'.repeat(40),
          destinationCommit: 'b'.repeat(40),
          closesSourceBranch: false,
          author: actor,
          credentialId: null,
        },
        host.now,
      );
      await setReviewers(trx, made, [bob.id]);
      await takePart(trx, made, reviewer, host.now, 'approved');
      for (const event of events)
        await tellOfPullRequest(
          trx,
          event,
          made,
          event === 'pullrequest:push' ? null : reviewer,
          (host.now += 1),
        );
      return made.number;
    });
  }

  it('of pull requests who did what, where, to which, and when it was decided', async () => {
    await hook(by(ada));
    const events = PULL_REQUEST_EVENTS.filter((event) => !event.includes('comment'));
    const number = await pullRequest(events);
    await tell();
    expect(receiver.received.map(({ headers }) => headers['x-event-key'])).toEqual(events);
    const decision = { date: expect.stringMatching(/^2026-.*\+00:00$/), user: { uuid: `{${bob.id}}` } };
    const parts: Partial<Record<PullRequestEvent, object>> = {
      'pullrequest:approved': { approval: decision },
      'pullrequest:unapproved': { approval: decision },
      'pullrequest:changes_request_created': { changes_request: decision },
      'pullrequest:changes_request_removed': { changes_request: decision },
    };
    for (const { headers, json } of receiver.received) {
      const event = headers['x-event-key'] as PullRequestEvent;
      const part = parts[event] ?? {};
      expect(Object.keys(json), event).toEqual(['actor', 'repository', 'pullrequest', ...Object.keys(part)]);
      expect(json, event).toMatchObject({
        actor: event === 'pullrequest:push' ? null : { type: 'user', nickname: 'bob' },
        repository: { type: 'repository', uuid: `{${repositoryId}}` },
        pullrequest: {
          type: 'pullrequest',
          id: number,
          title: 'Fix it',
          state: 'OPEN',
          author: { nickname: 'ada' },
          source: { branch: { name: 'topic' }, commit: { hash: 'a'.repeat(12) } },
          destination: { branch: { name: 'main' }, repository: { uuid: `{${repositoryId}}` } },
          reviewers: [{ nickname: 'bob' }],
          participants: [{ role: 'REVIEWER', approved: true, state: 'approved' }],
          links: { html: { href: expect.stringContaining(`/pull-requests/${number}`) } },
        },
        ...part,
      });
    }
  });

  it('of comments what is said when it is told, and not what was deleted by then', async () => {
    await hook(by(ada));
    const events = PULL_REQUEST_EVENTS.filter((event) => event.includes('comment'));
    const number = await pullRequest([]);
    const place = { repositoryId, number };
    const author = { actor_type: 'account', actor_id: bob.id } as const;
    const { id } = await services.database.transaction().execute(async (trx) => {
      const made = await insertComment(
        trx,
        place,
        { parentId: null, author, content: 'so', path: 'a.txt', from: null, to: 3 },
        host.now,
      );
      for (const event of events)
        await tellOfPullRequest(trx, event, place, author, (host.now += 1), made.id);
      return made;
    });
    await tell();
    expect(receiver.received.map(({ headers }) => headers['x-event-key'])).toEqual(events);
    for (const { json } of receiver.received)
      expect(json).toMatchObject({
        actor: { nickname: 'bob' },
        pullrequest: { id: number, comment_count: 1 },
        comment: {
          type: 'pullrequest_comment',
          id,
          content: { raw: 'so' },
          inline: { path: 'a.txt', to: 3 },
        },
      });
    await services.database.transaction().execute(async (trx) => {
      await updateComment(trx, place, id, { isDeleted: true }, host.now);
      await tellOfPullRequest(trx, 'pullrequest:comment_deleted', place, author, (host.now += 1), id);
    });
    expect(await findComment(services.database, place, id)).toMatchObject({ content: '' });
    await tell();
    expect(receiver.received.at(-1)?.json['comment']).toMatchObject({
      id,
      deleted: true,
      content: { raw: '' },
    });
  });

  it('of pull requests only where its credential reads those', async () => {
    const reading = await host.apiToken('bob', [...GRANULAR, 'read:pullrequest:bitbucket']);
    const without = await host.apiToken('bob', GRANULAR);
    await hook(by(bob, reading.id));
    const other = await hook(by(bob, without.id));
    await pullRequest(['pullrequest:created']);
    await happen();
    await tell();
    const told = receiver.received.map(
      ({ headers }) => `${headers['x-hook-uuid'] === other ? 'other' : 'reading'} ${headers['x-event-key']}`,
    );
    expect(told.toSorted()).toEqual([
      'other repo:commit_status_created',
      'reading pullrequest:created',
      'reading repo:commit_status_created',
    ]);
    const silent = (await deliveries()).filter(({ state }) => state === 'silent');
    expect(silent).toMatchObject([
      { webhook_id: other, problem: expect.stringContaining(`${without.id}) may not read pull requests`) },
    ]);
    // Whoever was not asked whether they read them, as where the events change meanwhile, sets up nothing.
    const grant = await enter(services, {
      operation: 'webhook.change',
      targets: [{ type: 'account', account: 'bob' }, at(`acme/app-${repositories}`)],
      presented: basic('bob', without.secret),
      surface: 'rest',
      address: '127.0.0.1',
    });
    const wanted = { url: 'https://ci.example.org/', events: ['pullrequest:created'] };
    await expect(createWebhook(services, grant, wanted)).rejects.toMatchObject({ code: 'conflict' });
    expect(await listWebhooks(services.database, repositoryId)).toHaveLength(2);
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
    await tell();
    expect(receiver.received).toEqual([]);
    expect(await deliveries()).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  });

  it('later where this host cannot make it ready, without counting, for a day, and with one line in the log', async () => {
    const id = await hook(by(ada), 'its own');
    const { database, log } = services;
    const { sealed_secret } = await database
      .selectFrom('webhook')
      .select('sealed_secret')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const put = (secret: string | null) =>
      database.updateTable('webhook').set({ sealed_secret: secret }).where('id', '=', id).execute();
    await put('v1.of.nothing');
    const error = vi.spyOn(log, 'error');
    await happen();
    const from = host.now;
    const tries: number[] = [];
    // As the host looks: whenever something is due.
    const until = async (end: number): Promise<void> => {
      for (;;) {
        const [waits] = (await deliveries()).filter(({ state }) => state === 'waiting');
        if (waits === undefined || Number(waits.next_at) > end) return;
        host.now = Math.max(host.now, Number(waits.next_at));
        tries.push(host.now - from);
        await tell();
      }
    };
    await until(from + 45_000);
    expect(tries).toEqual([0, 5_000, 10_000, 20_000, 40_000]);
    expect(error).toHaveBeenCalledTimes(1);
    expect(await deliveries()).toMatchObject([
      { state: 'waiting', attempts: 0, problem: 'This host could not make it ready yet.' },
    ]);
    await put(sealed_secret);
    await until(from + 80_000);
    expect(receiver.received.map(({ headers }) => headers['x-attempt-number'])).toEqual(['1']);
    await put('v1.of.nothing');
    await happen();
    await until(host.now + 23 * 3600_000);
    expect((await deliveries())[1]).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(tries.length).toBeGreaterThan(100);
    expect(tries.length).toBeLessThan(200);
    await until(host.now + 2 * 3600_000);
    expect((await deliveries())[1]).toMatchObject({
      state: 'failed',
      problem: 'This host could not make it ready for a day.',
    });
    expect(receiver.received).toHaveLength(1);
    // It is not the fault of whoever is told.
    expect(await listWebhooks(database, repositoryId)).toMatchObject([{ isFailing: false }]);
    error.mockRestore();
  });

  it('again, and as the same try, where this host was stopped in the middle of it', async () => {
    const id = await hook(by(ada));
    await happen();
    receiver.answers.push(new Promise(() => {}));
    const [stopping, stopped] = [new AbortController(), new AbortController()];
    const means = { ...never, stopping: stopping.signal, stopped: stopped.signal };
    const turn = tellOf(services, { id, repositoryId }, means);
    await receiver.next('/hook');
    stopping.abort();
    stopped.abort();
    await turn;
    expect(await deliveries()).toMatchObject([{ state: 'waiting', attempts: 0, next_at: host.now }]);
    await tell();
    expect(receiver.received.map(({ headers }) => headers['x-attempt-number'])).toEqual(['1', '1']);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 1, problem: null }]);
  });

  it('once where the one before failed, until one arrives', async () => {
    await hook(by(ada));
    await happen();
    receiver.answers.push(404, 503, 503, 200, 503);
    const failing = async () => (await listWebhooks(services.database, repositoryId))[0]?.isFailing;
    expect(await failing()).toBe(false);
    await tell();
    expect(await failing()).toBe(true);
    for (let count = 0; count < 2; count += 1) {
      await happen();
      await tell();
    }
    expect((await deliveries()).map(({ state, attempts }) => [state, attempts])).toEqual(
      Array(3).fill(['failed', 1]),
    );
    await happen();
    await tell();
    expect(await failing()).toBe(false);
    await happen();
    await tell();
    expect((await deliveries()).slice(3)).toMatchObject([
      { state: 'delivered' },
      { state: 'waiting', status: 503, next_at: host.now + 5000 },
    ]);
  });

  it('and nothing of it is undone by whoever took it before and comes late', async () => {
    const id = await hook(by(ada));
    await happen();
    const { database } = services;
    const late = await takeDelivery(database, id, host.now);
    host.now += 60_000;
    const present = await takeDelivery(database, id, host.now);
    if (late === undefined || present === undefined) throw new Error('It was not taken.');
    const failed = { status: 500, problem: 'It answered 500.', durationMs: 1 };
    const waiting = { state: 'waiting', attempts: 2, next_at: present.takenUntil, problem: null };
    expect(await endDelivery(database, late, 'failed', failed, host.now)).toBe(false);
    await repeatDelivery(database, late, failed, host.now);
    await putBackDelivery(database, late, 'Late.', host.now);
    expect(await deliveries()).toMatchObject([waiting]);
    const well = { status: 200, problem: null, durationMs: 1 };
    expect(await endDelivery(database, present, 'delivered', well, host.now)).toBe(true);
    expect(await endDelivery(database, present, 'failed', failed, host.now)).toBe(false);
    await putBackDelivery(database, present, 'Late.', host.now);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', next_at: null, status: 200 }]);
  });

  it('to all webhooks in their order, a part at a time', async () => {
    const { database } = services;
    expect(await webhooksDue(database, { now: host.now, after: '', limit: 9 })).toEqual([]);
    const ids = [await hook(by(ada)), await hook(by(ada)), await hook(by(ada))].toSorted();
    for (let count = 0; count < 3; count += 1) await happen();
    const seen: string[][] = [];
    for (let after = ''; seen.length < 2; after = seen.at(-1)?.at(-1) ?? '') {
      const due = await webhooksDue(database, { now: host.now, after, limit: 2 });
      expect(due.every((each) => each.repositoryId === repositoryId)).toBe(true);
      seen.push(due.map(({ id }) => id));
    }
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2)]);
    await takeDelivery(database, String(ids[1]), host.now);
    expect(await webhooksDue(database, { now: host.now, after: String(ids[0]), limit: 9 })).toHaveLength(2);
    expect(await webhooksDue(database, { now: host.now - 9, after: '', limit: 9 })).toEqual([]);
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

  it('as a test once, by the rules of the others, and so that none of them is tried less for it', async () => {
    const id = await hook(by(bob), 'its own');
    const { secret } = await host.apiToken('ada', GRANULAR);
    const grant = await enter(services, {
      operation: 'webhook.change',
      targets: [{ type: 'account', account: 'ada' }, at(`acme/app-${repositories}`)],
      presented: basic('ada', secret),
      surface: 'rest',
      address: '127.0.0.1',
    });
    const audited = async () => {
      const rows = await services.database
        .selectFrom('audit')
        .select('detail')
        .where('operation', '=', 'webhook.change')
        .where('target_id', '=', repositoryId)
        .execute();
      return rows.map(({ detail }) => JSON.parse(detail ?? '') as unknown);
    };
    const test = async () => {
      const outcome = sendTest(services, grant, id);
      await vi.waitFor(async () => expect((await deliveries()).at(-1)?.state).toBe('waiting'));
      await tell();
      return outcome;
    };
    host.now += 1;
    expect(await test()).toBe('delivered');
    const [{ headers, body, json } = {}] = receiver.received;
    expect(json).toEqual({ test: true });
    expect(headers).toMatchObject({
      'x-event-key': 'diagnostics:ping',
      'x-hook-uuid': id,
      'x-attempt-number': '1',
      'x-hub-signature': `sha256=${createHmac('sha256', 'its own')
        .update(body ?? '')
        .digest('hex')}`,
    });
    expect(await audited()).toEqual([{ webhook: id, did: 'test' }]);

    host.now += 1;
    receiver.answers.push(503);
    expect(await test()).toBe('failed');
    host.now += 3600_000;
    await tell();
    expect(receiver.received).toHaveLength(2);
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'failed', status: 503, attempts: 1 });
    receiver.answers.push(503);
    await happen();
    await tell();
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'waiting', attempts: 1 });

    // One that waits is the one that is asked for, and whoever asked does not stay for it.
    host.now += 1;
    expect(await Promise.all([1, 2].map(() => sendTest(services, grant, id, 100)))).toEqual([
      'waits',
      'waits',
    ]);
    expect((await deliveries()).filter(({ event }) => event === 'diagnostics:ping')).toHaveLength(3);
    expect(await audited()).toHaveLength(3);
    await services.database.updateTable('webhook').set({ failing: 1 }).where('id', '=', id).execute();
    await tell();
    expect((await listWebhooks(services.database, repositoryId))[0]?.isFailing).toBe(false);

    // Whose right to know has ended is told no test either.
    await host.role(repositoryId, bob, 'write');
    host.now += 1;
    expect(await test()).toBe('failed');
    expect((await deliveries()).at(-1)).toMatchObject({ state: 'silent', event: 'diagnostics:ping' });
    expect(receiver.received).toHaveLength(4);
    await expect(sendTest(services, grant, randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });

  it('no more than two hundred that wait, and a hundred that ended', async () => {
    const id = await hook(by(ada));
    await happen();
    const [row] = await deliveries();
    if (row === undefined) throw new Error('Nothing waits.');
    const rows = Array.from({ length: 198 }, (_, index) => ({
      ...row,
      id: `waits ${repositories} ${index}`,
      subject: `waits ${index}`,
    }));
    for (const part of [rows.slice(0, 99), rows.slice(99)])
      await services.database.insertInto('webhook_delivery').values(part).execute();
    const notKept = async () => (await listWebhooks(services.database, repositoryId))[0]?.notKept;
    await happen();
    expect(await deliveries()).toHaveLength(200);
    expect(await notKept()).toBeNull();
    await happen();
    const since = host.now;
    await happen();
    expect(await deliveries()).toHaveLength(200);
    expect(await notKept()).toEqual({ count: 2, since });
    await services.database
      .updateTable('webhook_delivery')
      .set({ state: 'failed', next_at: null, ended_at: host.now - 1 })
      .where('webhook_id', '=', id)
      .where('id', '!=', row.id)
      .execute();
    for (let count = 0; count < 100; count += 1) await happen();
    await tell();
    expect(await notKept()).toBeNull();
    const left = await deliveries();
    expect(left).toHaveLength(100);
    expect(left.map(({ state }) => state)).toEqual(Array(100).fill('delivered'));
  });

  // What is asked of the database is the same on both, and its plan can be read on one.
  if (kind === 'sqlite')
    it('found by indexes alone, whatever waits', async () => {
      const { database } = services;
      const ids: string[] = [];
      for (let count = 0; count < 50; count += 1) ids.push(await hook(by(ada)));
      await happen();
      await sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
        insert into webhook_delivery select webhook_id || '-' || i, webhook_id, event, 'more ' || i, about, state, attempts,
        next_at, created_at, ended_at, status, problem, duration_ms from webhook_delivery, n
        where webhook_id in (select id from webhook where repository_id = ${repositoryId})`.execute(database);
      expect((await deliveries()).length).toBe(50_050);
      const statements: { sql: string; parameters: readonly unknown[] }[] = [];
      const watched = database.withPlugin({
        transformQuery: ({ node, queryId }) => {
          statements.push(database.getExecutor().compileQuery(node, queryId));
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      const id = String(ids[0]);
      const about = { repositoryId, event: 'repo:commit_status_created', subject: 'x', about: {} } as const;
      const asked = {
        due: () => webhooksDue(watched, { now: host.now, after: '', limit: 500 }),
        later: () => webhooksDue(watched, { now: host.now - 1e6, after: '', limit: 500 }),
        take: () => takeDelivery(watched, id, host.now),
        queue: () => queueEvent(watched, about, host.now),
        age: () => forgetAgedDeliveries(watched, host.now),
        test: () => queueTest(watched, id, host.now),
        look: () => findDelivery(watched, id),
      };
      for (const ask of Object.values(asked)) await ask();
      await lastDeliveries(watched, ids);
      const taken = await takeDelivery(watched, id, host.now);
      if (taken === undefined) throw new Error('Nothing was due.');
      await endDelivery(watched, taken, 'silent', { status: null, problem: '', durationMs: null }, host.now);
      await forgetOldDeliveries(watched, id);
      await endWaiting(watched, 'of another repository', '', host.now);
      for (const { sql: text, parameters } of statements) {
        const { rows } = await database.executeQuery<{ detail: string }>(
          CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
        );
        const plan = rows.map(({ detail }) => detail).join('\n');
        expect(plan, text).not.toMatch(/TEMP B-TREE|SCAN webhook_delivery/);
      }
      expect(statements.length).toBeGreaterThan(20);
    });

  if (kind === 'sqlite')
    it('beside others of the same repository that do not answer', async () => {
      const slow = await startReceiver();
      let answer: (status: number) => void = () => {};
      slow.answers.push(
        new Promise((resolve) => {
          answer = resolve;
        }),
      );
      await hook(by(ada), null, slow);
      await hook(by(ada));
      await happen();
      const telling = startTelling(services);
      await slow.next('/hook');
      await receiver.next('/hook');
      await happen();
      await receiver.next('/hook', 2);
      expect(slow.received).toHaveLength(1);
      answer(200);
      await slow.next('/hook', 2);
      await telling.stop();
      expect((await deliveries()).map(({ state }) => state)).toEqual(Array(4).fill('delivered'));
    });
}

describe('what webhooks are to be told is sent', () => suite('sqlite'));
if (inject('database') === 'sqlite')
  await describeOnPostgres('on PostgreSQL as well', () => suite('postgres'));
