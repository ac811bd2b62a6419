import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { endSessions, findSession, pageOfSessions, startSession } from '../../src/accounts/index.ts';
import { viewCredential } from '../../src/acts/credentials/view.ts';
import { deriveToken } from '../../src/acts/credentials/derive.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { pauseCredential, resumeCredential } from '../../src/acts/credentials/pause.ts';
import { replaceCredential } from '../../src/acts/credentials/replace.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import {
  deleteRepository,
  purgeDeleted,
  restoreRepository,
  transferRepository,
} from '../../src/acts/repositories/remove.ts';
import { changeRepository } from '../../src/acts/repositories/change.ts';
import {
  findById,
  lastUses,
  listCredentials,
  listUses,
  revokeCredentials,
  UsageRecorder,
} from '../../src/credentials/index.ts';
import { enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { heldRole, repositoryById, repositoryFacts, saveStatus } from '../../src/hosting/index.ts';
import type { Database } from '../../src/store/handle.ts';
import { at, basic, bearer, openHost, refusalOf, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

const onHost = [{ type: 'host' }] as const;
const inside = (workspace: string) => [{ type: 'workspace', workspace }] as const;
const WRITES = /^(?:(?:Insert|Update|Delete|Merge)QueryNode|unknown)$/;

const useOf = (credentialId: string) => ({
  credentialId,
  operation: 'repository.fetch',
  targetId: '',
  outcome: 'allowed' as const,
  address: '192.0.2.1',
  agent: 'git/2.39.5',
});

/** When a credential was last used, as it stands written. */
const lastUse = async (database: Database, id: string) => (await lastUses(database, [id])).get(id);

function lifetimes(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let acme: string;
  beforeAll(async () => {
    host = await openHost(kind);
    for (const name of ['ada', 'bob']) await host.person(name);
    acme = await host.workspace('acme', 'ada');
    await host.workspace('other', 'bob');
    await host.repository(acme, 'app');
  });
  const idOf = async (username: string) =>
    (
      await host.services.database
        .selectFrom('account')
        .select('id')
        .where('username', '=', username)
        .executeTakeFirstOrThrow()
    ).id;
  const created = async (slug: string, workspace = 'acme') =>
    createRepository(
      host.services,
      await enterAsOperator(host.services, 'repository.create', inside(workspace)),
      { slug },
    );

  describe('a revocation', () => {
    const revoke = (
      operation: 'app_password.revoke' | 'credential.revoke',
      account: string | null,
      id: string,
    ) =>
      enterAsOperator(
        host.services,
        operation,
        account === null ? onHost : [{ type: 'account', account }],
      ).then((grant) => revokeCredential(host.services, grant as never, id));

    it('by another owner, or of another kind of owner, finds nothing (T28)', async () => {
      const { id } = await host.appPassword('ada', ['repository']);
      const token = await host.accessToken('acme/app', ['repository']);
      await expect(revoke('app_password.revoke', 'bob', id)).rejects.toMatchObject({
        name: 'Problem',
        code: 'not_found',
      });
      await expect(revoke('app_password.revoke', 'ada', token.id)).rejects.toMatchObject({
        code: 'not_found',
      });
      const other = await host.repository(acme, 'neighbour');
      const grant = await enterAsOperator(host.services, 'access_token.revoke', [at('acme/neighbour')]);
      await expect(revokeCredential(host.services, grant, token.id)).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(revokeCredential(host.services, grant, id)).rejects.toMatchObject({ code: 'not_found' });
      expect(other).toBeDefined();
      for (const each of [id, token.id]) {
        expect((await findById(host.services.database, each))?.row.revoked_at).toBeNull();
      }
    });

    it('happens once, however often and at how many places it is asked for at once', async () => {
      const { id, secret } = await host.appPassword('ada', ['repository']);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => revoke('credential.revoke', null, id)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'not_found' });
      }
      const audit = await host.services.database
        .selectFrom('audit')
        .select('sequence')
        .where('operation', '=', 'credential.revoke')
        .where('target_id', '=', id)
        .execute();
      expect(audit).toHaveLength(1);
      expect(
        await refusalOf(host.enter('repository.view', at('acme/app'), basic('ada', secret))),
      ).toMatchObject({ code: 'credential_ended' });
      await expect(revoke('credential.revoke', null, 'cred_nobodyeverhadthis')).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('ends everything derived, down to the last, and nothing else; history stays', async () => {
      const { database } = host.services;
      const [parent, sibling] = [
        await host.appPassword('ada', ['repository']),
        await host.appPassword('ada', ['repository']),
      ];
      const chain = [parent.id];
      for (let depth = 0; depth < 3; depth++) {
        const id = `cred_d${depth}${kind}`;
        await database
          .insertInto('credential')
          .columns([
            'id',
            'kind',
            'owner_type',
            'owner_id',
            'parent_id',
            'family_id',
            'label',
            'digest',
            'digest_key_version',
            'created_at',
          ])
          .expression((expression) =>
            expression
              .selectFrom('credential')
              .select((select) => [
                select.val(id).as('id'),
                'kind',
                'owner_type',
                'owner_id',
                select.val(chain.at(-1)!).as('parent_id'),
                'family_id',
                'label',
                select.val(id).as('digest'),
                'digest_key_version',
                'created_at',
              ])
              .where('id', '=', parent.id),
          )
          .execute();
        chain.push(id);
      }
      expect(
        await database
          .transaction()
          .execute((trx) => revokeCredentials(trx, { id: parent.id }, null, host.now)),
      ).toBe(1);
      for (const id of chain) expect((await findById(database, id))?.row.revoked_at).toBe(host.now);
      expect((await findById(database, sibling.id))?.row.revoked_at).toBeNull();
      const listed = await listCredentials(
        database,
        { owner: { type: 'account', id: await idOf('ada') } },
        host.now,
      );
      expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(chain));
    });

    it.each(['children', 'members of its family'])(
      'ends however many %s there are that live, which are more than a statement takes values',
      async (which) => {
        const { database } = host.services;
        const { id } = await host.appPassword('ada', ['repository']);
        const asChildren = which === 'children';
        // Just more than a statement of the database takes.
        const many = kind === 'sqlite' ? 33_000 : asChildren ? 66_000 : 1000;
        await sql`
          insert into credential (id, kind, owner_type, owner_id, parent_id, family_id, label, digest, digest_key_version, expires_at, created_at)
          with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < ${sql.lit(many)})
          select 'cred_' || ${sql.lit(id)} || i, kind, owner_type, 'nobody', ${asChildren ? sql.ref('id') : sql`null`},
            ${asChildren ? sql`id || i` : sql.ref('family_id')}, label, id || i, digest_key_version, case when i = 1 then 1 end, created_at
          from credential, numbers where id = ${id}`.execute(database);
        const { family_id: family } = (await findById(database, id))!.row;
        const ended = await database
          .transaction()
          .execute((trx) => revokeCredentials(trx, asChildren ? { id } : { family }, null, host.now));
        // One of them had expired, and keeps the end that it had.
        expect(ended).toBe(asChildren ? 1 : many);
        const { left } = await database
          .selectFrom('credential')
          .select((select) => select.fn.countAll<string | number>().as('left'))
          .where('id', 'like', `cred_${id}%`)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        expect(Number(left)).toBe(1);
      },
    );

    it('that fails half-way has not happened', async () => {
      const { id } = await host.appPassword('ada', ['repository']);
      const failing = host.services.database.transaction().execute(async (trx) => {
        await revokeCredentials(trx, { id }, null, host.now);
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect((await findById(host.services.database, id))?.row.revoked_at).toBeNull();
    });
  });

  describe('a pause', () => {
    const pause = async (id: string) =>
      pauseCredential(host.services, await enterAsOperator(host.services, 'credential.pause', onHost), id);
    const resume = async (id: string) =>
      resumeCredential(host.services, await enterAsOperator(host.services, 'credential.resume', onHost), id);
    const opens = (secret: string) => host.enter('repository.view', at('acme/app'), basic('ada', secret));
    const own = async <Op extends 'own_credential.pause' | 'own_credential.resume'>(
      operation: Op,
      account: string,
    ) => enterAsOperator(host.services, operation, [{ type: 'account', account }]);

    it('holds from the next use on and until it is resumed, and nothing is lost by it', async () => {
      const { database } = host.services;
      const { id, secret } = await host.appPassword('ada', ['repository']);
      await opens(secret);
      await host.services.usage.flush();
      const before = await findById(database, id);
      const used = await lastUse(database, id);
      host.now += 1;
      await pause(id);
      expect(await refusalOf(opens(secret))).toMatchObject({ code: 'credential_paused', credentialId: id });
      await expect(pause(id)).rejects.toMatchObject({ code: 'not_found' });
      expect(await listCredentials(database, 'every', host.now)).toContainEqual(
        expect.objectContaining({ id, state: 'paused', pausedAt: host.now }),
      );
      host.now += 1;
      await resume(id);
      await opens(secret);
      expect(await findById(database, id)).toEqual(before);
      await host.services.usage.flush();
      expect(await lastUse(database, id)).not.toBe(used);
      await expect(resume(id)).rejects.toMatchObject({ code: 'not_found' });
      const audit = await database
        .selectFrom('audit')
        .select('operation')
        .where('target_id', '=', id)
        .where('operation', 'like', 'credential.%')
        .orderBy('sequence')
        .execute();
      expect(audit.map(({ operation }) => operation)).toEqual(['credential.pause', 'credential.resume']);
      // What was refused meanwhile stands in its ledger.
      const paused = await listUses(
        database,
        { credentialId: id, since: 0, outcomes: ['credential_paused'] },
        9,
      );
      expect(paused).toMatchObject([{ operation: 'repository.view', count: 1 }]);
    });

    it('does not hold up the end, and of what has ended nothing is paused or resumed', async () => {
      const token = await host.accessToken('acme/app', ['repository'], host.now + 1000);
      await pause(token.id);
      host.now += 1000;
      expect(
        await refusalOf(host.enter('repository.view', at('acme/app'), bearer(token.secret))),
      ).toMatchObject({ code: 'credential_ended', state: 'expired' });
      await expect(resume(token.id)).rejects.toMatchObject({ code: 'not_found' });
      const { id } = await host.appPassword('ada', ['repository']);
      await pause(id);
      await revokeCredential(
        host.services,
        await enterAsOperator(host.services, 'credential.revoke', onHost),
        id,
      );
      const active = await host.appPassword('ada', ['repository']);
      await revokeCredential(
        host.services,
        await enterAsOperator(host.services, 'credential.revoke', onHost),
        active.id,
      );
      for (const ended of [id, active.id])
        for (const act of [pause, resume])
          await expect(act(ended)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('of one that retires is one as any other, and it retires while it is paused', async () => {
      const { id, secret } = await host.appPassword('ada', ['repository']);
      const rotate = await enterAsOperator(host.services, 'credential.rotate', onHost);
      const successor = await replaceCredential(host.services, rotate, id, { overlapDays: 1 });
      await pause(id);
      expect(await refusalOf(opens(secret))).toMatchObject({ code: 'credential_paused' });
      await opens(successor.secret.reveal());
      host.now += 86_400_000;
      expect(await refusalOf(opens(secret))).toMatchObject({ code: 'credential_ended', state: 'replaced' });
      await pause(successor.id);
      await expect(
        replaceCredential(host.services, rotate, successor.id, { overlapDays: 1 }),
      ).rejects.toThrow('It is paused');
    });

    it('is of what is derived, too, and the other way round of nothing', async () => {
      const parent = await host.appPassword('ada', ['repository']);
      const presented = basic('ada', parent.secret);
      const grant = await host.enter('derived_token.create', { type: 'host' }, presented, 'rest');
      const wanted = { label: 'child', scopes: ['repository'], confinement: {} };
      const made = await deriveToken(host.services, grant, wanted);
      const child = { id: made.id, secret: made.secret.reveal() };
      await pause(parent.id);
      expect(await refusalOf(opens(child.secret))).toMatchObject({ code: 'credential_paused' });
      await resume(parent.id);
      await pause(child.id);
      await opens(parent.secret);
      expect(await refusalOf(opens(child.secret))).toMatchObject({ code: 'credential_paused' });
    });

    it('is made and taken back by those alone to whom it belongs', async () => {
      const { services } = host;
      const hers = await host.appPassword('ada', ['repository']);
      const token = await host.accessToken('acme/app', ['repository']);
      await host.repository(acme, 'beside');
      for (const id of [hers.id, token.id]) {
        await expect(
          pauseCredential(services, await own('own_credential.pause', 'bob'), id),
        ).rejects.toMatchObject({ code: 'not_found' });
        await expect(
          pauseCredential(
            services,
            await enterAsOperator(services, 'access_token.pause', [at('acme/beside')]),
            id,
          ),
        ).rejects.toMatchObject({ code: 'not_found' });
        await pause(id);
        await expect(
          resumeCredential(services, await own('own_credential.resume', 'bob'), id),
        ).rejects.toMatchObject({ code: 'not_found' });
        await expect(
          resumeCredential(
            services,
            await enterAsOperator(services, 'access_token.resume', [at('acme/beside')]),
            id,
          ),
        ).rejects.toMatchObject({ code: 'not_found' });
        expect((await findById(services.database, id))?.row.paused_at).toBe(host.now);
      }
      // Owners of a workspace have those of its projects, and not those of its repositories, which are of who administers these.
      const inAcme = [{ type: 'workspace', workspace: 'acme' }] as const;
      const wide = await createAccessToken(
        services,
        await enterAsOperator(services, 'workspace_access_token.create', inAcme),
        { name: 'wide', scopes: ['repository'], expiresAt: null },
      );
      const pausing = await enterAsOperator(services, 'workspace_access_token.pause', inAcme);
      await pauseCredential(services, pausing, wide.id);
      expect(
        await refusalOf(host.enter('repository.view', at('acme/app'), bearer(wide.secret.reveal()))),
      ).toMatchObject({ code: 'credential_paused' });
      const elsewhere = [{ type: 'workspace', workspace: 'other' }] as const;
      for (const [id, where] of [
        [wide.id, elsewhere],
        [token.id, inAcme],
      ] as const)
        await expect(
          resumeCredential(
            services,
            await enterAsOperator(services, 'workspace_access_token.resume', where),
            id,
          ),
        ).rejects.toMatchObject({ code: 'not_found' });
      await resumeCredential(services, await own('own_credential.resume', 'ada'), hers.id);
      const here = await enterAsOperator(services, 'access_token.resume', [at('acme/app')]);
      await resumeCredential(services, here, token.id);
      for (const { id } of [hers, token])
        expect((await findById(services.database, id))?.row.paused_at).toBeNull();
    });
  });

  describe('the use of a credential', () => {
    it('writes nothing: 200 at once while a write transaction is pending (T86)', async () => {
      const { id, secret } = await host.appPassword('ada', ['repository']);
      const { database } = host.services;
      const { usage: former } = host.services;
      await former.flush();
      // Its turn to write by itself comes in five seconds, and not in the middle of this.
      const usage = new UsageRecorder(database, (error) => {
        throw error;
      });
      Object.assign(host.services, { usage });
      host.statements.length = 0;
      let finish = () => {};
      const pending = database.transaction().execute(async (trx) => {
        await trx.updateTable('workspace').set({ updated_at: 1 }).where('id', '=', acme).execute();
        await new Promise<void>((resolve) => (finish = resolve));
      });
      // On SQLite there is one connection in a process, and its transactions never wait for anything but the database.
      if (kind === 'sqlite') setTimeout(() => finish(), 50);
      const grants = await Promise.all(
        Array.from({ length: 200 }, () =>
          host.enter('repository.view', at('acme/app'), basic('ada', secret)),
        ),
      );
      if (kind === 'postgres') {
        // None of the 200 waited for the transaction: it is still open.
        finish();
      }
      await pending;
      expect(grants).toHaveLength(200);
      expect(host.statements.filter((statement) => WRITES.test(statement))).toEqual(['UpdateQueryNode']);
      expect(await lastUse(database, id)).toBeNull();
      await host.services.usage.flush();
      expect(await lastUse(database, id)).toBe(host.now);
      const [, ...written] = host.statements.filter((statement) => WRITES.test(statement));
      expect(written).toEqual(['UpdateQueryNode', 'InsertQueryNode']);
      expect(await listUses(database, { credentialId: id, since: 0 }, 1000)).toMatchObject([
        { operation: 'repository.view', count: 200 },
      ]);
      Object.assign(host.services, { usage: former });
      await usage.close();
    });

    it('that was refused does not count', async () => {
      const { id, secret } = await host.appPassword('ada', ['wiki']);
      await refusalOf(host.enter('repository.view', at('acme/app'), basic('ada', secret)));
      await host.services.usage.flush();
      expect(await lastUse(host.services.database, id)).toBeNull();
    });

    it('keeps the newest time, in whatever order and from however many processes it is told', async () => {
      const { id } = await host.appPassword('ada', ['wiki']);
      const failures: unknown[] = [];
      const [here, there] = [1, 2].map(
        () => new UsageRecorder(host.services.database, (error) => failures.push(error)),
      );
      for (const time of [500, 900, 100]) here!.used(useOf(id), time);
      there!.used(useOf(id), 700);
      await here!.close();
      await there!.close();
      expect(await lastUse(host.services.database, id)).toBe(900);
      expect(failures).toEqual([]);
    });

    it('by many processes at once locks nobody out', async () => {
      const ids = [];
      for (let i = 0; i < 10; i++) ids.push((await host.appPassword('ada', ['wiki'])).id);
      const failures: unknown[] = [];
      const recorders = Array.from(
        { length: 6 },
        () => new UsageRecorder(host.services.database, (error) => failures.push(error)),
      );
      for (let round = 1; round <= 5; round++) {
        for (const [i, recorder] of recorders.entries()) {
          for (const id of i % 2 ? ids : ids.toReversed()) recorder.used(useOf(id), round * 100 + i);
        }
        await Promise.all(recorders.map((recorder) => recorder.flush()));
      }
      await Promise.all(recorders.map((recorder) => recorder.close()));
      expect(failures).toEqual([]);
    });

    it('of very many keys is written in pieces, and others write in between', async () => {
      const { database } = host.services;
      const { id } = await host.appPassword('ada', ['repository']);
      const failures: unknown[] = [];
      const usage = new UsageRecorder(database, (error) => failures.push(error));
      for (let key = 0; key < 2000; key++) usage.used(useOf(`cred_${key}`), 1);
      usage.used(useOf(id), 4000);
      const order: string[] = [];
      const flushed = usage.flush().then(() => order.push('flushed'));
      await new Promise((resolve) => setImmediate(resolve));
      await database.transaction().execute((trx) => revokeCredentials(trx, { id }, null, host.now));
      order.push('revoked');
      await flushed;
      await usage.close();
      expect(order).toEqual(['revoked', 'flushed']);
      expect(failures).toEqual([]);
      expect(await lastUse(database, id)).toBe(4000);
    });

    it('that could not be written is kept for the next time', async () => {
      const { id } = await host.appPassword('ada', ['wiki']);
      const { database } = host.services;
      let broken = true;
      const failures: unknown[] = [];
      const flaky = new Proxy(database, {
        get: (target, name) => {
          if ((name === 'transaction' || name === 'connection') && broken) throw new Error('disk full');
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const usage = new UsageRecorder(flaky, (error) => failures.push(error));
      usage.used(useOf(id), 4000);
      await usage.flush();
      usage.used(useOf(id), 3000);
      broken = false;
      await usage.close();
      expect(failures).toHaveLength(1);
      expect(await lastUse(database, id)).toBe(4000);
    });
  });

  describe('a session', () => {
    const DAY = 24 * 3600_000;
    const place = { address: '192.0.2.1', userAgent: 'test' };

    it('lives while it is used, a week at most unused, a month at most in all', async () => {
      const { database } = host.services;
      const bob = await idOf('bob');
      const start = host.now;
      const idle = await startSession(database, bob, place, start);
      const busy = await startSession(database, bob, place, start);
      expect(idle.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      for (let day = 1; day <= 29; day++) {
        expect(await findSession(database, busy.token, start + day * DAY)).toEqual({
          id: busy.id,
          accountId: bob,
          confirmedAt: start,
          passedTwoStep: false,
        });
      }
      expect(await findSession(database, idle.token, start + 7 * DAY - 1)).toBeDefined();
      expect(await findSession(database, idle.token, start + 14 * DAY)).toBeUndefined();
      expect(await findSession(database, busy.token, start + 30 * DAY)).toBeUndefined();
      const all = { offset: 0, limit: 10 };
      expect(await pageOfSessions(database, bob, all, start + 30 * DAY)).toEqual({ sessions: [], size: 0 });
    });

    it('is kept as a digest, and is not written at every page', async () => {
      const { database } = host.services;
      const bob = await idOf('bob');
      const { id, token } = await startSession(database, bob, place, host.now);
      const row = await database
        .selectFrom('session')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      expect(JSON.stringify(row)).not.toContain(token);
      host.statements.length = 0;
      for (let i = 0; i < 10; i++) await findSession(database, token, host.now + i * 1000);
      expect(host.statements.filter((statement) => WRITES.test(statement))).toEqual([]);
    });

    it('is ended by its own account alone: one, all others, or all', async () => {
      const { database } = host.services;
      const [ada, bob] = [await idOf('ada'), await idOf('bob')];
      await endSessions(database, bob, 'all', host.now);
      const [one, two, three] = [
        await startSession(database, bob, place, host.now - 2),
        await startSession(database, bob, place, host.now - 1),
        await startSession(database, bob, place, host.now),
      ];
      const listed = async (offset: number) => {
        const { sessions, size } = await pageOfSessions(database, bob, { offset, limit: 2 }, host.now);
        return { ids: sessions.map(({ id }) => id), size };
      };
      expect(await listed(0)).toEqual({ ids: [three.id, two.id], size: 3 });
      expect(await listed(2)).toEqual({ ids: [one.id], size: 3 });
      expect(await endSessions(database, ada, { id: one.id }, host.now)).toBe(0);
      expect(await endSessions(database, bob, { id: one.id }, host.now)).toBe(1);
      expect(await endSessions(database, bob, { id: one.id }, host.now)).toBe(0);
      expect(await endSessions(database, bob, { allBut: two.id }, host.now)).toBe(1);
      expect(await findSession(database, three.token, host.now)).toBeUndefined();
      expect(await listed(0)).toEqual({ ids: [two.id], size: 1 });
    });
  });

  describe('a repository', () => {
    const facts = (path: string) => repositoryFacts(host.services.database, at(path), null);

    it('is led to by every name it had, in every workspace, until somebody takes the name', async () => {
      const { services } = host;
      const { id } = await created('first');
      for (const slug of ['second', 'third']) {
        const update = await enterAsOperator(services, 'repository.update', [at(`{}/{${id}}`)]);
        await changeRepository(services, update, { slug });
      }
      const transfer = await enterAsOperator(services, 'repository.transfer', [
        at('acme/second'),
        inside('other')[0],
      ]);
      await transferRepository(services, transfer);
      for (const path of ['acme/first', 'acme/second', 'acme/third', `{${acme}}/first`]) {
        expect(await facts(path)).toMatchObject({
          id,
          slug: 'third',
          workspace: { slug: 'other' },
          renamedFrom: path.split('/')[1],
        });
      }
      expect((await facts('other/third'))?.renamedFrom).toBeUndefined();
      const taken = await created('second');
      expect((await facts('acme/second'))?.id).toBe(taken.id);
      expect((await facts('acme/first'))?.id).toBe(id);
      // Back to a name of its own: it is its name again.
      const update = await enterAsOperator(services, 'repository.update', [at('other/third')]);
      await changeRepository(services, update, { slug: 'fourth' });
      await changeRepository(
        services,
        await enterAsOperator(services, 'repository.update', [at('other/third')]),
        { slug: 'third' },
      );
      expect((await facts('other/third'))?.renamedFrom).toBeUndefined();
    });

    it('keeps id and place when it is transferred, and loses roles and tokens', async () => {
      const { services } = host;
      const { id } = await created('leaving');
      const bob = { id: await idOf('bob') } as never;
      await host.role(id, bob, 'write');
      const token = await host.accessToken('acme/leaving', ['repository']);
      services.usage.used(useOf(token.id), host.now);
      const path = services.storage.pathOf(id, 'repository');
      const moved = await transferRepository(
        services,
        await enterAsOperator(services, 'repository.transfer', [at('acme/leaving'), inside('other')[0]]),
      );
      expect(moved).toMatchObject({ id, slug: 'leaving', workspace: { slug: 'other' } });
      expect(services.storage.pathOf(id, 'repository')).toBe(path);
      expect(await heldRole(services.database, { id, workspaceId: acme }, await idOf('ada'))).toBe('admin');
      expect(
        await heldRole(services.database, { id, workspaceId: moved.workspace.id }, await idOf('ada')),
      ).toBeNull();
      expect((await findById(services.database, token.id))?.row.revoked_at).toBe(host.now);
      // Nor is it told there what it was used for.
      host.now += 1;
      const another = await host.accessToken('other/leaving', ['repository']);
      services.usage.used(useOf(another.id), host.now);
      const listing = await enterAsOperator(services, 'access_token.list', [at('other/leaving')]);
      const usage = async (of: string) => (await viewCredential(services, listing, of)).usage;
      expect(await usage(token.id)).toMatchObject({ isUntold: true, uses: [] });
      expect(await usage(another.id)).toMatchObject({ isUntold: false, uses: [{ address: '192.0.2.1' }] });
      const roles = await services.database
        .selectFrom('repository_role')
        .selectAll()
        .where('repository_id', '=', id)
        .execute();
      expect(roles).toEqual([]);
    });

    it('is gone at once when deleted, comes back when restored, and is gone for good when purged', async () => {
      const { services } = host;
      const purge = async () =>
        purgeDeleted(services, await enterAsJob(services, 'purge', 'repository.purge', onHost));
      const onDisk = async (id: string) => (await services.storage.list()).some((each) => each.id === id);
      const remove = async (path: string) =>
        deleteRepository(services, await enterAsOperator(services, 'repository.delete', [at(path)]));
      const restore = async (name: string) =>
        restoreRepository(
          services,
          await enterAsOperator(services, 'repository.restore', inside('acme')),
          name,
        );

      const { id } = await created('ending');
      await remove('acme/ending');
      expect(await facts('acme/ending')).toBeNull();
      expect(await facts(`{}/{${id}}`)).toBeNull();
      expect(await onDisk(id)).toBe(true);
      expect(await purge()).toBe(0);
      const second = await created('ending');
      await expect(restore('ending')).rejects.toMatchObject({ name: 'Problem', code: 'taken' });
      const by = { actor_type: 'account', actor_id: await idOf('ada'), credential_id: 'cred_1' } as const;
      for (const repositoryId of [id, second.id]) {
        const built = {
          key: 'ci',
          state: 'FAILED',
          url: 'https://ci',
          name: '',
          description: '',
          refname: null,
        } as const;
        await saveStatus(services.database, { repositoryId, commit: 'a'.repeat(40) }, built, by, host.now);
      }
      const built = async () =>
        (await services.database.selectFrom('commit_status').select('repository_id').execute()).map(
          ({ repository_id }) => repository_id,
        );
      await remove('acme/ending');
      host.now += 1000;
      await restore(`{${id}}`);
      expect((await facts('acme/ending'))?.id).toBe(id);
      expect((await built()).toSorted()).toEqual([id, second.id].toSorted());
      await expect(restore(`{${id}}`)).rejects.toMatchObject({ code: 'not_found' });

      host.now += services.deletedRepositoryMs + 1;
      expect(await purge()).toBe(1);
      expect(await onDisk(second.id)).toBe(false);
      expect(await repositoryById(services.database, second.id)).toBeUndefined();
      expect(await built()).toEqual([id]);
      expect(await onDisk(id)).toBe(true);
      expect((await facts('acme/ending'))?.id).toBe(id);
      await expect(restore(`{${second.id}}`)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('that is restored while it is being purged is either whole or gone, and whoever restored it knows', async () => {
      const { services } = host;
      for (let round = 0; round < 6; round++) {
        const { id } = await created(`contested-${round}`);
        await deleteRepository(
          services,
          await enterAsOperator(services, 'repository.delete', [at(`acme/contested-${round}`)]),
        );
        host.now += services.deletedRepositoryMs + 1;
        const restore = await enterAsOperator(services, 'repository.restore', inside('acme'));
        const purge = await enterAsJob(services, 'purge', 'repository.purge', onHost);
        const [restored] = await Promise.allSettled([
          (async () => {
            await new Promise((resolve) => setTimeout(resolve, round));
            await restoreRepository(services, restore, `{${id}}`);
          })(),
          purgeDeleted(services, purge),
        ]);
        const row = await repositoryById(services.database, id);
        const folder = (await services.storage.list()).some((each) => each.id === id);
        expect([round, row !== undefined && row.deletedAt === null, folder]).toEqual([
          round,
          restored.status === 'fulfilled',
          restored.status === 'fulfilled',
        ]);
      }
    });

    it('is not purged when it was restored after the purge had looked', async () => {
      const { services } = host;
      const { id } = await created('saved');
      await deleteRepository(
        services,
        await enterAsOperator(services, 'repository.delete', [at('acme/saved')]),
      );
      host.now += services.deletedRepositoryMs + 1;
      const restore = await enterAsOperator(services, 'repository.restore', inside('acme'));
      const purge = await enterAsJob(services, 'purge', 'repository.purge', onHost);
      let first = true;
      // The clock is read when the purge begins: what is restored between its look and its deed must be spared.
      const storage = new Proxy(services.storage, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (name !== 'remove') return typeof value === 'function' ? value.bind(target) : value;
          return async (gone: string) => {
            if (first && gone === id) {
              first = false;
              await restoreRepository(services, restore, `{${id}}`).catch(() => {});
            }
            return target.remove(gone);
          };
        },
      });
      await purgeDeleted({ ...services, storage }, purge);
      const row = await repositoryById(services.database, id);
      const folder = (await services.storage.list()).some((each) => each.id === id);
      expect(row !== undefined && row.deletedAt === null).toBe(folder);
    });
  });
}

describe('lifetimes on SQLite', () => lifetimes('sqlite'));
await describeOnPostgres('lifetimes on PostgreSQL', () => lifetimes('postgres'));
