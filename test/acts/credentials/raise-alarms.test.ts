import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccessToken } from '../../../src/acts/credentials/create-access-token.ts';
import { raiseAlarms } from '../../../src/acts/credentials/raise-alarms.ts';
import { replaceCredential } from '../../../src/acts/credentials/replace.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { purgeUsage } from '../../../src/acts/credentials/purge-usage.ts';
import {
  deleteRepository,
  restoreRepository,
  transferRepository,
} from '../../../src/acts/repositories/remove.ts';
import type { Account } from '../../../src/accounts/index.ts';
import { untoldAlarms, UsageRecorder } from '../../../src/credentials/index.ts';
import { enterAsJob, enterAsOperator } from '../../../src/entry/index.ts';
import { settleMessage, takeMessage, type Letter } from '../../../src/mail/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { at, basic, bearer, openHost, refusalOf, type TestHost } from '../host.ts';

const DAY = 86_400_000;
const onHost = [{ type: 'host' }] as const;

function alarms(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  let people: Record<'ada' | 'bob' | 'cleo' | 'dan', Account>;
  beforeAll(async () => {
    host = await openHost(kind);
    people = {
      ada: await host.person('ada'),
      bob: await host.person('bob'),
      cleo: await host.person('cleo'),
      dan: await host.person('dan'),
    };
    const acme = await host.workspace('acme', 'ada');
    await host.workspace('other', 'bob');
    const app = await host.repository(acme, 'app');
    await host.member(acme, people.dan, 'owner');
    for (const each of [people.bob, people.cleo]) await host.role(app, each, 'admin');
  });
  beforeEach(async () => {
    host.now += 2 * DAY;
    await letters();
  });

  /** What came with a secret, in whose database it is then written. */
  const use = async (secret: string) => {
    const who = secret.startsWith('lkap_') ? basic('ada', secret) : bearer(secret);
    return refusalOf(host.enter('repository.view', at('acme/app'), who));
  };
  const raise = async () =>
    raiseAlarms(host.services, await enterAsJob(host.services, 'alarm', 'credential.alarm', onHost));
  /** Takes all that wait. */
  const letters = async (): Promise<Letter[]> => {
    const { database, seals } = host.services;
    const waiting: Letter[] = [];
    for (;;) {
      const letter = await takeMessage(database, seals, host.now);
      if (letter === undefined) return waiting.toSorted((a, b) => (a.to < b.to ? -1 : 1));
      await settleMessage(database, letter.id);
      if ('text' in letter) waiting.push(letter);
    }
  };
  const audited = async (id: string) => {
    const rows = await host.services.database
      .selectFrom('audit')
      .select(['actor_type', 'actor_id', 'detail'])
      .where('operation', '=', 'credential.alarm')
      .where('target_id', '=', id)
      .execute();
    return rows.map(({ detail, ...row }) => ({ ...row, ...JSON.parse(String(detail)) }));
  };
  const replace = async (id: string, overlapDays = 0) =>
    replaceCredential(host.services, await enterAsOperator(host.services, 'credential.rotate', onHost), id, {
      overlapDays,
    });
  const revoke = async (id: string) =>
    revokeCredential(host.services, await enterAsOperator(host.services, 'credential.revoke', onHost), id);

  it('tells whose secret was used after it was replaced, once a day, and which, when, from where and what to do', async () => {
    const old = await host.appPassword('ada', ['repository']);
    const made = await replace(old.id, 1);
    host.now += 2 * DAY;
    host.statements.length = 0;
    for (let i = 0; i < 3; i++) expect(await use(old.secret)).toMatchObject({ state: 'replaced' });
    // Nothing is written because it was used, and nothing told, before the batch is.
    expect(host.statements.filter((each) => !/^(?:SelectQueryNode|RawNode)$/.test(each))).toEqual([]);
    await raise();
    expect(await letters()).toEqual([]);
    await host.services.usage.flush();
    await raise();
    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter?.to).toBe('ada@example.org');
    expect(letter?.subject).toBe('Use of a replaced app password at localhost:7990');
    const words = (moment: number) => new Date(moment).toISOString().slice(0, 16).replace('T', ' ');
    expect(letter?.text).toContain(`“test” (${old.id})`);
    expect(letter?.text).toContain(`The last time was ${words(host.now)} UTC, from 127.0.0.1.`);
    expect(letter?.text).toContain(
      `It was replaced by ${made.id}: ${words(host.now - 2 * DAY)} UTC. It stopped: ${words(host.now - DAY)} UTC.`,
    );
    expect(letter?.text).toContain('give it the secret that took its place');
    expect(letter?.text).toContain(`http://localhost:7990/account/settings/app-passwords/${old.id}`);
    for (const secret of [old.secret, made.secret.reveal()]) expect(letter?.text).not.toContain(secret);
    expect(await audited(old.id)).toEqual([
      {
        actor_type: 'job',
        actor_id: 'alarm',
        alarm: 'used after its end',
        ended: 'replaced',
        address: '127.0.0.1',
        agent: '',
        told: ['ada'],
      },
    ]);

    await use(old.secret);
    await host.services.usage.flush();
    await raise();
    expect(await letters()).toEqual([]);
    host.now += DAY;
    await use(old.secret);
    await host.services.usage.flush();
    await raise();
    expect(await letters()).toHaveLength(1);
    expect(await audited(old.id)).toHaveLength(2);
  });

  it('advises the secret that took its place only while that opens something', async () => {
    const old = await host.appPassword('ada', ['repository']);
    host.now += 1;
    const made = await replace(old.id);
    const told = async (change: object) => {
      const { database } = host.services;
      await database.updateTable('credential').set(change).where('id', '=', made.id).execute();
      host.now += DAY;
      await use(old.secret);
      await host.services.usage.flush();
      await raise();
      return (await letters()).map(({ text }) => /Either a machine was forgotten: (.*?)\./.exec(text)?.[1]);
    };
    expect(await told({ paused_at: null })).toEqual(['give it the secret that took its place']);
    expect(await told({ paused_at: 1 })).toEqual([
      'what took its place is paused, so resume that first, and give it that secret',
    ]);
    expect(await told({ paused_at: null, not_before: host.now + 9 * DAY })).toEqual([
      'give it the secret that took its place, once that one opens anything',
    ]);
    expect(await told({ not_before: null, expires_at: host.now })).toEqual([
      'what took its place has expired, so give it another key, or take this one off it',
    ]);
    expect(await told({ revoked_at: host.now })).toEqual([
      'what took its place was revoked, so give it another key, or take this one off it',
    ]);
  });

  it('tells once, however many processes saw it and tell', async () => {
    const { database } = host.services;
    const old = await host.appPassword('ada', ['repository']);
    await revoke(old.id);
    const recorders = Array.from(
      { length: 3 },
      () =>
        new UsageRecorder(database, (error) => {
          throw error;
        }),
    );
    for (const [index, recorder] of recorders.entries())
      recorder.used(
        {
          credentialId: old.id,
          operation: 'repository.fetch',
          targetId: '',
          outcome: 'credential_ended',
          address: '192.0.2.7',
          agent: `git/2.${index}`,
        },
        host.now + index,
      );
    await Promise.all(recorders.map((each) => each.close()));
    await Promise.all(Array.from({ length: 4 }, raise));
    const told = await letters();
    expect(told).toHaveLength(1);
    expect(told[0]?.text).toContain('from 192.0.2.7 (git/2.2).');
    expect(told[0]?.text).toContain('It was revoked: ');
    expect(told[0]?.text).toContain('give it another key, or take this one off it');
    expect(await audited(old.id)).toHaveLength(1);
  });

  it('of a token tells the owners, and who made it where they still administer the repository', async () => {
    const token = await host.accessToken('acme/app', ['repository']);
    const { database } = host.services;
    const made = (by: string | null) =>
      database.updateTable('credential').set({ created_by: by }).where('id', '=', token.id).execute();
    await made(people.cleo.id);
    await revoke(token.id);
    const told = async () => {
      host.now += DAY;
      await use(token.secret);
      await host.services.usage.flush();
      await raise();
      return (await letters()).map(({ to }) => to.split('@')[0]);
    };
    // Bob administers it, too, and neither made the token nor owns the workspace.
    expect(await told()).toEqual(['ada', 'cleo', 'dan']);
    const { id } = await database
      .selectFrom('repository')
      .select('id')
      .where('slug', '=', 'app')
      .executeTakeFirstOrThrow();
    await host.role(id, people.cleo, 'write');
    expect(await told()).toEqual(['ada', 'dan']);
    await database.updateTable('account').set({ state: 'disabled' }).where('username', '=', 'dan').execute();
    expect(await told()).toEqual(['ada']);
    expect((await audited(token.id)).at(-1)).toMatchObject({ told: ['ada'] });
    // Nor are those told whom the workspace keeps from the page of it.
    const demand = (requires_two_step: 0 | 1) =>
      database.updateTable('workspace').set({ requires_two_step }).where('slug', '=', 'acme').execute();
    await host.role(id, people.cleo, 'admin');
    await demand(1);
    expect(await told()).toEqual([]);
    expect((await audited(token.id)).at(-1)).toMatchObject({ told: [] });
    await database.updateTable('account').set({ two_step_at: 1 }).where('username', '=', 'cleo').execute();
    expect(await told()).toEqual(['cleo']);
    await demand(0);
    await database.updateTable('account').set({ state: 'active' }).where('username', '=', 'dan').execute();

    // What opens a project or a workspace is of its owners alone.
    const making = await enterAsOperator(host.services, 'workspace_access_token.create', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    const [{ key }] = (await database
      .selectFrom('project')
      .innerJoin('workspace', 'workspace.id', 'project.workspace_id')
      .select('project.key')
      .where('workspace.slug', '=', 'acme')
      .execute()) as [{ key: string }];
    for (const [of, page] of [
      [{ project: key }, `/acme/-/projects/${key}/access-tokens/`],
      [{}, '/acme/-/access-tokens/'],
    ] as const) {
      const input = { name: 'wide', scopes: ['repository'], expiresAt: null, ...of };
      const wide = await createAccessToken(host.services, making, input);
      await revoke(wide.id);
      await use(wide.secret.reveal());
      await host.services.usage.flush();
      await raise();
      const both = await letters();
      expect(both.map(({ to }) => to)).toEqual(['ada@example.org', 'dan@example.org']);
      expect(both[0]?.text).toContain(`http://localhost:7990${page}${wide.id}`);
    }
  });

  it('tells nobody of what lives, reached its own date, is paused, or is of another kind', async () => {
    const { database } = host.services;
    const [lives, paused, expired, other] = [
      await host.appPassword('ada', ['repository']),
      await host.appPassword('ada', ['repository']),
      await host.accessToken('acme/app', ['repository'], host.now + 1),
      await host.appPassword('ada', ['repository']),
    ];
    host.now += 1;
    const set = (id: string, change: object) =>
      database.updateTable('credential').set(change).where('id', '=', id).execute();
    await set(paused.id, { paused_at: host.now });
    await set(other.id, { kind: 'oauth_access_token', revoked_at: host.now });
    expect(await use(paused.secret)).toMatchObject({ code: 'credential_paused' });
    expect(await use(expired.secret)).toMatchObject({ state: 'expired' });
    await host.enter('repository.view', at('acme/app'), basic('ada', lives.secret));
    host.services.usage.used(
      {
        credentialId: other.id,
        operation: 'repository.view',
        targetId: '',
        outcome: 'credential_ended',
        address: '',
        agent: '',
      },
      host.now,
    );
    await host.services.usage.flush();
    // Its own date came before the end of its overlap: to its holder it expired, too.
    const both = await host.accessToken('acme/app', ['repository'], host.now + 1000);
    const grant = await enterAsOperator(host.services, 'credential.rotate', onHost);
    await replaceCredential(host.services, grant, both.id, { overlapDays: 5, expiresAt: null });
    host.now += 1000;
    expect(await use(both.secret)).toMatchObject({ state: 'expired', at: host.now });
    await host.services.usage.flush();
    expect(await untoldAlarms(database, 9)).toEqual([]);
    await raise();
    expect(await letters()).toEqual([]);
  });

  it('is not lost to a clock that is behind, which tells of it when it has come as far', async () => {
    const old = await host.appPassword('ada', ['repository']);
    await replace(old.id, 1);
    host.now += DAY + 500;
    expect(await use(old.secret)).toMatchObject({ state: 'replaced' });
    await host.services.usage.flush();
    host.now -= 1500;
    await raise();
    expect(await letters()).toEqual([]);
    expect(await audited(old.id)).toEqual([]);
    host.now += 1500;
    await raise();
    expect(await letters()).toHaveLength(1);
    await raise();
    expect(await letters()).toEqual([]);
  });

  it('what reached its own date keeps that end: it is not revoked afterwards, alone or with its repository', async () => {
    const { services } = host;
    await host.repository(await host.workspace('ending', 'ada'), 'ends');
    const ends = host.now + 1;
    const token = await host.accessToken('ending/ends', ['repository'], ends);
    const lives = await host.accessToken('ending/ends', ['repository']);
    host.now += DAY;
    await expect(revoke(token.id)).rejects.toMatchObject({ code: 'not_found' });
    await deleteRepository(
      services,
      await enterAsOperator(services, 'repository.delete', [at('ending/ends')]),
    );
    await restoreRepository(
      services,
      await enterAsOperator(services, 'repository.restore', [{ type: 'workspace', workspace: 'ending' }]),
      'ends',
    );
    host.now += DAY;
    const stateOf = (of: { secret: string }) =>
      refusalOf(host.enter('repository.view', at('ending/ends'), bearer(of.secret)));
    expect(await stateOf(token)).toMatchObject({ code: 'credential_ended', state: 'expired', at: ends });
    expect(await stateOf(lives)).toMatchObject({ code: 'credential_ended', state: 'revoked' });
    await services.usage.flush();
    // Nor is what the repository left behind when it was deleted told to whoever has it now.
    expect(await untoldAlarms(services.database, 9)).toMatchObject([{ credentialId: lives.id }]);
    await raise();
    expect(await letters()).toEqual([]);
    const later = await host.accessToken('ending/ends', ['repository']);
    await revoke(later.id);
    await stateOf(later);
    await services.usage.flush();
    await raise();
    expect(await letters()).toHaveLength(1);
  });

  it('tells nobody of what a repository left behind when it moved, and keeps no row for longer than the uses', async () => {
    const { services } = host;
    await host.repository(await host.workspace('leaving', 'ada'), 'moves');
    const token = await host.accessToken('leaving/moves', ['repository']);
    host.now += 1;
    await transferRepository(
      services,
      await enterAsOperator(services, 'repository.transfer', [
        at('leaving/moves'),
        { type: 'workspace', workspace: 'other' },
      ]),
    );
    host.now += 1;
    expect(
      await refusalOf(host.enter('repository.view', at('other/moves'), bearer(token.secret))),
    ).toMatchObject({ code: 'credential_ended' });
    await services.usage.flush();
    await raise();
    expect(await letters()).toEqual([]);
    expect(await audited(token.id)).toMatchObject([{ ended: 'revoked', told: [] }]);
    const rows = () => services.database.selectFrom('credential_alarm').selectAll().execute();
    expect((await rows()).length).toBeGreaterThan(0);
    host.now += 401 * DAY;
    await purgeUsage(services, await enterAsJob(services, 'purge', 'usage.purge', onHost));
    expect(await rows()).toEqual([]);
  });
}

describe('an alarm on SQLite', () => alarms('sqlite'));
await describeOnPostgres('an alarm on PostgreSQL', () => alarms('postgres'));
