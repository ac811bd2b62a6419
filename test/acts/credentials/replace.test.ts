import { beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../../src/accounts/index.ts';
import { narrowCredential } from '../../../src/acts/credentials/narrow.ts';
import { personalPath } from '../../../src/acts/credentials/personal.ts';
import { replaceCredential, type Replacement } from '../../../src/acts/credentials/replace.ts';
import { revokeCredential } from '../../../src/acts/credentials/revoke.ts';
import { viewCredential } from '../../../src/acts/credentials/view.ts';
import { replacedSection } from '../../../src/doors/web/credentials/succession.ts';
import { html, render } from '../../../src/doors/web/html.ts';
import { apiTokenPath, appPasswordPath } from '../../../src/doors/web/places.ts';
import { listCredentials, Secret } from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { createRestriction, restrictionsFor } from '../../../src/hosting/index.ts';
import { describeBound } from '../../../src/gate/index.ts';
import { openServices, type Services } from '../../../src/services.ts';
import { readSettings } from '../../../src/config.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { at, basic, bearer, openHost, refusalOf, type TestHost } from '../host.ts';

const DAY = 86_400_000;
const onHost = [{ type: 'host' }] as const;

function replacing(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  /** Another process of the same host. */
  let other: Services;
  beforeAll(async () => {
    host = await openHost(kind);
    const database = 'postgres' in host.location ? host.location.postgres : undefined;
    const opened = await openServices(
      readSettings({ data: host.data, database }, { LATCHKEY_LOG: 'silent' }),
      'http://localhost:7990',
    );
    atEndOfFile(() => opened.close());
    other = { ...opened, clock: () => host.now };
    for (const name of ['ada', 'bob']) await host.person(name);
    const acme = await host.workspace('acme', 'ada');
    await host.repository(acme, 'app');
    await host.repository(acme, 'site');
  });

  const replace = async (id: string, how: Replacement = { overlapDays: 7 }, services = host.services) => {
    const successor = await replaceCredential(
      services,
      await enterAsOperator(services, 'credential.rotate', onHost),
      id,
      how,
    );
    return { ...successor, secret: successor.secret.reveal() };
  };
  const opens = async (secret: string, path = 'acme/app') => {
    const who = secret.startsWith('lkap_') ? basic('ada', secret) : bearer(secret);
    return (await host.enter('repository.view', at(path), who)).principal;
  };
  const endOf = async (secret: string) => refusalOf(opens(secret));
  const row = async (id: string) =>
    (await listCredentials(host.services.database, 'every', host.now)).find((each) => each.id === id)!;
  const operate = <Op extends 'credential.narrow' | 'credential.revoke'>(operation: Op) =>
    enterAsOperator(host.services, operation, onHost);
  const session = async <
    Op extends `${'app_password' | 'api_token'}.${'rotate' | 'narrow' | 'revoke'}` | 'access_token.rotate',
  >(
    operation: Op,
    name: string,
  ) => {
    const { database } = host.services;
    const { id } = await database
      .selectFrom('account')
      .select('id')
      .where('username', '=', name)
      .executeTakeFirstOrThrow();
    const { token } = await startSession(database, id, { address: '', userAgent: '' }, host.now);
    const target =
      operation === 'access_token.rotate' ? at('acme/app') : ({ type: 'account', self: true } as const);
    return host.enter(operation, target, { type: 'cookie', token: new Secret(token) }, 'web');
  };

  it('lets both in until the overlap ends, and then the successor alone', async () => {
    const old = await host.appPassword('ada', ['repository:write', 'account']);
    const made = await replace(old.id, { overlapDays: 7 });
    expect(made).toMatchObject({ label: 'test', earlierEndsAt: host.now + 7 * DAY, expiresAt: null });
    expect(made.secret).toMatch(/^lkap_/);
    expect(made.secret).not.toBe(old.secret);
    host.now += 7 * DAY - 1;
    for (const { secret } of [old, made]) await opens(secret);
    host.now += 1;
    expect(await endOf(old.secret)).toMatchObject({
      code: 'credential_ended',
      state: 'replaced',
      at: host.now,
    });
    expect(await opens(made.secret)).toMatchObject({
      credentialId: made.id,
      scopes: ['account', 'repository:write'],
    });
    expect(await row(old.id)).toMatchObject({ state: 'expired', revokedAt: null });
  });

  it('is confined as the one before, however often that one was narrowed, and what one is narrowed to later is its own', async () => {
    const old = await host.appPassword('ada', ['repository']);
    const narrow = async (id: string, confinement: Parameters<typeof narrowCredential>[3]) =>
      narrowCredential(host.services, await operate('credential.narrow'), id, confinement);
    await narrow(old.id, { repositoryNames: ['acme/app'] });
    await narrow(old.id, { networks: ['127.0.0.0/8'] });
    const made = await replace(old.id);
    const words = async (id: string) => (await row(id)).bounds.map((bound) => describeBound(bound));
    expect(await words(made.id)).toEqual(await words(old.id));
    expect(await words(made.id)).toHaveLength(2);
    await opens(made.secret);
    expect(await refusalOf(opens(made.secret, 'acme/site'))).toMatchObject({ code: 'out_of_bounds' });
    await narrow(made.id, { authorSelf: true });
    expect(await words(old.id)).toHaveLength(2);
  });

  it('acts as the same bot, and so do all that follow', async () => {
    const old = await host.accessToken('acme/app', ['repository:write']);
    const second = await replace(old.id);
    const third = await replace(second.id);
    const bots = [];
    for (const { id, secret } of [old, second, third]) {
      const principal = await opens(secret);
      if (principal.type !== 'credential' || principal.owner.type !== 'repository')
        throw new Error('No bot.');
      bots.push([principal.owner.appUser, (await row(id)).appUser]);
    }
    expect(bots[0]![1]).not.toBeNull();
    expect(bots).toEqual([bots[0], bots[0], bots[0]]);
    const another = await opens((await host.accessToken('acme/app', ['repository'])).secret);
    expect(another).not.toMatchObject({ owner: { appUser: bots[0]![0] } });
  });

  it('T48: of many who replace one at once, in two processes, one does', async () => {
    const old = await host.accessToken('acme/app', ['repository']);
    const before = (await listCredentials(host.services.database, 'every', host.now)).length;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        replace(old.id, { overlapDays: 1 }, index % 2 === 0 ? host.services : other),
      ),
    );
    const made = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(made).toHaveLength(1);
    expect(new Set(refused)).toEqual(
      new Set([
        `Problem: It was replaced before: ${made[0]!.id} took its place, and can be replaced itself.`,
      ]),
    );
    expect(await listCredentials(host.services.database, 'every', host.now)).toHaveLength(before + 1);
    for (const { secret } of [old, made[0]!]) await opens(secret);
  });

  it('T53: asked for once more because the answer was lost, breaks nothing, and what was lost can be replaced itself', async () => {
    const old = await host.appPassword('ada', ['repository']);
    host.now += 1;
    const lost = await replace(old.id);
    await expect(replace(old.id)).rejects.toMatchObject({ code: 'conflict' });
    for (const { secret } of [old, lost]) await opens(secret);
    host.now += 1;
    const made = await replace(lost.id);
    for (const { secret } of [old, lost, made]) await opens(secret);
    // Or it was taken back: then the one before is the last that works, and no earlier one passes by it.
    await revokeCredential(host.services, await operate('credential.revoke'), made.id);
    await expect(replace(old.id)).rejects.toThrow(`${lost.id} took its place`);
    expect(await row(old.id)).toMatchObject({ retiresAt: host.now - 1 + 7 * DAY });
    host.now += 2 * DAY;
    await expect(replace(lost.id, { overlapDays: 30 })).resolves.toMatchObject({
      replaces: lost.id,
      earlierEndsAt: host.now + 5 * DAY,
    });
  });

  it('with no overlap ends all that came before, and a longer one gives nothing time that it had not', async () => {
    const first = await host.appPassword('ada', ['repository']);
    const second = await replace(first.id, { overlapDays: 2 });
    const third = await replace(second.id, { overlapDays: 30 });
    expect((await row(first.id)).retiresAt).toBe(host.now + 2 * DAY);
    host.now += 1;
    const fourth = await replace(third.id, { overlapDays: 0 });
    for (const { secret } of [first, second, third])
      expect(await endOf(secret)).toMatchObject({ code: 'credential_ended' });
    await opens(fourth.secret);
    for (const { id } of [first, third])
      await expect(replace(id)).rejects.toThrow(
        `${id} was replaced and has ended. ${fourth.id} took its place: replace that.`,
      );
    await revokeCredential(host.services, await operate('credential.revoke'), fourth.id);
    await expect(replace(third.id)).rejects.toThrow(`${fourth.id} took its place, and has ended as well`);
    const elsewhere = await host.appPassword('ada', ['repository']);
    await opens(elsewhere.secret);
  });

  it('lives as long as the one before was made for, or as is said, and as the workspace lets it', async () => {
    const old = await host.accessToken('acme/app', ['repository'], host.now + 90 * DAY);
    host.now += 80 * DAY;
    const made = await replace(old.id, { overlapDays: 30 });
    expect(made.expiresAt).toBe(host.now + 90 * DAY);
    expect(made.earlierEndsAt).toBe(host.now + 10 * DAY);
    await expect(replace(made.id, { overlapDays: 1, expiresAt: host.now })).rejects.toMatchObject({
      fields: { expires: [expect.stringContaining('future')] },
    });
    const forever = await host.accessToken('acme/app', ['repository']);
    const allow = (allowed: 0 | 1) =>
      host.services.database.updateTable('workspace').set({ tokens_may_live_forever: allowed }).execute();
    await allow(0);
    await expect(replace(forever.id)).rejects.toThrow('This workspace demands an expiry date');
    expect(await row(forever.id)).toMatchObject({ retiresAt: null });
    await allow(1);
    expect(await replace(forever.id, { overlapDays: 1, expiresAt: null })).toMatchObject({ expiresAt: null });
  });

  it('is made of nothing that has ended, is counted, or is of another kind, and of no number of days beyond 30', async () => {
    const ended = await host.appPassword('ada', ['repository']);
    await revokeCredential(host.services, await operate('credential.revoke'), ended.id);
    await expect(replace(ended.id)).rejects.toThrow(
      `${ended.id} was revoked, and what has ended cannot be replaced: make a new one.`,
    );
    const counted = await host.appPassword('ada', ['repository']);
    await narrowCredential(host.services, await operate('credential.narrow'), counted.id, { uses: 3 });
    await expect(replace(counted.id)).rejects.toThrow('Make a new one instead.');
    const onePush = await host.appPassword('ada', ['repository:write']);
    await narrowCredential(host.services, await operate('credential.narrow'), onePush.id, { pushes: 1 });
    await expect(replace(onePush.id)).rejects.toThrow('Make a new one instead.');
    const paused = await host.appPassword('ada', ['repository']);
    const set = (change: object) =>
      host.services.database.updateTable('credential').set(change).where('id', '=', paused.id).execute();
    await set({ paused_at: 1 });
    await expect(replace(paused.id)).rejects.toThrow('It is paused');
    // One that has not begun yet begins when it was to begin.
    await set({ paused_at: null, not_before: host.now + 5 * DAY });
    await expect(replace(paused.id, { overlapDays: 1, expiresAt: host.now + 5 * DAY })).rejects.toThrow(
      'The first moment must lie before the expiry.',
    );
    expect(await row((await replace(paused.id)).id)).toMatchObject({
      notBefore: host.now + 5 * DAY,
      state: 'paused',
    });
    const old = await host.appPassword('ada', ['repository']);
    await host.services.database
      .updateTable('credential')
      .set({ kind: 'oauth_access_token' })
      .where('id', '=', counted.id)
      .execute();
    await expect(replace(counted.id)).rejects.toThrow('let its application ask for another one');
    for (const overlapDays of [-1, 0.5, 31, Number.NaN, Infinity])
      await expect(replace(old.id, { overlapDays })).rejects.toMatchObject({ code: 'invalid' });
    expect(await row(old.id)).toMatchObject({ retiresAt: null });
    await expect(replace('cred_nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is made by those alone to whom the one before belongs', async () => {
    const hers = await host.appPassword('ada', ['repository']);
    const token = await host.accessToken('acme/site', ['repository']);
    const mine = await session('app_password.rotate', 'bob');
    const ofApp = await session('access_token.rotate', 'ada');
    for (const id of [hers.id, token.id]) {
      for (const grant of [mine, ofApp])
        await expect(replaceCredential(host.services, grant, id, { overlapDays: 1 })).rejects.toMatchObject({
          code: 'not_found',
        });
      expect(await row(id)).toMatchObject({ retiresAt: null });
    }
    const grant = await session('app_password.rotate', 'ada');
    const made = await replaceCredential(host.services, grant, hers.id, { overlapDays: 1 });
    expect(await row(made.id)).toMatchObject({
      owner: (await row(hers.id)).owner,
      createdBy: grant.targets[0].id,
    });
    const { detail } = await host.services.database
      .selectFrom('audit')
      .select('detail')
      .where('target_id', '=', made.id)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(String(detail))).toEqual({
      replaces: hers.id,
      label: 'test',
      overlapDays: 1,
      expiresAt: null,
    });
    const mails = await host.services.database.selectFrom('mail').select('id').execute();
    expect(mails).toHaveLength(1);
    expect(detail).not.toContain(made.secret.reveal());
  });

  it('is, as narrowing and revoking are, of its own kind alone: the audit names what it was', async () => {
    const token = await host.apiToken('ada', ['read:user:bitbucket']);
    const password = await host.appPassword('ada', ['repository']);
    for (const [narrow, revoke, other] of [
      [await session('app_password.narrow', 'ada'), await session('app_password.revoke', 'ada'), token],
      [await session('api_token.narrow', 'ada'), await session('api_token.revoke', 'ada'), password],
    ] as const) {
      await expect(
        narrowCredential(host.services, narrow, other.id, { networks: ['192.0.2.0/24'] }),
      ).rejects.toMatchObject({ code: 'not_found' });
      await expect(revokeCredential(host.services, revoke, other.id)).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(await row(other.id)).toMatchObject({ bounds: [], revokedAt: null });
    }
  });

  it('of an API token is made as one and by nobody else, and its mail leads to its page', async () => {
    const before = await host.apiToken('ada', ['read:user:bitbucket']);
    const others = [await session('app_password.rotate', 'ada'), await session('api_token.rotate', 'bob')];
    for (const grant of others) {
      await expect(
        replaceCredential(host.services, grant, before.id, { overlapDays: 1 }),
      ).rejects.toMatchObject({ code: 'not_found' });
    }
    const password = await host.appPassword('ada', ['repository']);
    const grant = await session('api_token.rotate', 'ada');
    await expect(
      replaceCredential(host.services, grant, password.id, { overlapDays: 1 }),
    ).rejects.toMatchObject({ code: 'not_found' });
    const made = await replaceCredential(host.services, grant, before.id, { overlapDays: 1 });
    expect(await row(made.id)).toMatchObject({
      kind: 'api_token',
      scopes: ['read:user:bitbucket'],
      expiresAt: host.now + 365 * DAY,
    });
    // What the mail leads to is where its page is.
    expect(personalPath('api_token', made.id)).toBe(apiTokenPath(made.id));
    expect(personalPath('app_password', password.id)).toBe(appPasswordPath(password.id));
  });

  it('tells who still comes with the one before', async () => {
    const old = await host.appPassword('ada', ['repository']);
    await opens(old.secret);
    host.now += DAY;
    const made = await replace(old.id);
    const account = { type: 'account', account: 'ada' } as const;
    const view = async (id: string) =>
      viewCredential(host.services, await enterAsOperator(host.services, 'app_password.list', [account]), id);
    expect(await view(old.id)).toMatchObject({
      successor: { id: made.id },
      predecessors: [],
      usedSince: [],
      usedLately: [{ operation: 'repository.view' }],
    });
    // Whoever holds it cannot hide that it is used behind what is refused.
    host.now += 1;
    await opens(old.secret);
    for (let i = 0; i < 60; i++)
      host.services.usage.used(
        {
          credentialId: old.id,
          operation: 'repository.push',
          targetId: '',
          outcome: 'scope_missing',
          address: '',
          agent: `x/${i}`,
        },
        host.now + 1,
      );
    expect((await view(made.id)).usedLately).toMatchObject([{ operation: 'repository.view' }]);
    expect((await view(old.id)).usedSince).toMatchObject([
      { operation: 'repository.view', address: '127.0.0.1' },
    ]);
    expect(await view(made.id)).toMatchObject({
      successor: null,
      predecessors: [{ id: old.id }],
      usedSince: [],
    });
    await revokeCredential(host.services, await operate('credential.revoke'), old.id);
    expect((await view(made.id)).predecessors).toEqual([]);
    // And whoever comes with it still, when it has ended, is who needs the new one.
    host.now += 31 * DAY;
    await refusalOf(opens(old.secret));
    expect((await view(old.id)).usedSince).toMatchObject([
      { outcome: 'credential_ended' },
      { operation: 'repository.view', outcome: 'allowed' },
    ]);
    expect((await view(old.id)).usedLately).toEqual([]);
  });

  it('is told of its latest one, whatever became of those between', async () => {
    const account = { type: 'account', account: 'ada' } as const;
    const view = async (id: string) =>
      viewCredential(host.services, await enterAsOperator(host.services, 'app_password.list', [account]), id);
    const a = await host.appPassword('ada', ['repository']);
    expect(await view(a.id)).toMatchObject({ successor: null, isLatest: true });
    host.now += 1;
    const b = await replace(a.id);
    expect(await view(a.id)).toMatchObject({ successor: { id: b.id }, isLatest: false });
    await revokeCredential(host.services, await operate('credential.revoke'), b.id);
    expect(await view(a.id)).toMatchObject({ successor: { id: b.id, state: 'revoked' }, isLatest: true });
    host.now += 1;
    const c = await replace(a.id);
    expect(await view(a.id)).toMatchObject({ successor: { id: c.id }, isLatest: false });
    expect(await view(c.id)).toMatchObject({ successor: null, isLatest: true, predecessors: [{ id: a.id }] });
  });

  it('is advised only while its secret opens something, beside one that works and behind one that has ended', async () => {
    const account = { type: 'account', account: 'ada' } as const;
    const said = async (id: string) => {
      const grant = await enterAsOperator(host.services, 'app_password.list', [account]);
      const viewed = await viewCredential(host.services, grant, id);
      const section = replacedSection({ viewed, now: new Date(host.now), hrefOf: (other) => other });
      return render(html`${section}`).replaceAll(/<[^>]+>/g, '');
    };
    const works = await host.appPassword('ada', ['repository']);
    const ended = await host.appPassword('ada', ['repository']);
    host.now += 1;
    const third = await replace(works.id);
    const fourth = await replace(ended.id, { overlapDays: 0 });
    expect(await said(works.id)).toMatch(/needs the new secret.*it can be revoked now/);
    const set = async (change: object) => {
      for (const { id } of [third, fourth])
        await host.services.database.updateTable('credential').set(change).where('id', '=', id).execute();
    };
    await set({ paused_at: host.now });
    await expect(replace(works.id)).rejects.toThrow('can be replaced itself once it is resumed.');
    expect(await said(works.id)).toMatch(/is paused and opens nothing: resume it first, and give/);
    expect(await said(ended.id)).toMatch(/is paused and opens nothing: resume it first\./);
    await set({ paused_at: null, not_before: host.now + DAY });
    for (const { id } of [works, ended]) expect(await said(id)).toMatch(/opens nothing before 20/);
    await set({ not_before: null, revoked_at: host.now });
    expect(await said(works.id)).toMatch(/was revoked: replace this one again/);
    expect(await said(ended.id)).toMatch(/was revoked: make a new one where it is still needed\./);
    for (const { id } of [works, ended])
      expect(await said(id)).not.toMatch(/needs the new secret|can be revoked now/);
  });

  it('may push where the rules of the repository named the one before', async () => {
    const [old, other] = [
      await host.accessToken('acme/app', ['repository:write']),
      await host.accessToken('acme/app', ['repository:write']),
    ];
    const { database } = host.services;
    const { id } = await database
      .selectFrom('repository')
      .select('id')
      .where('slug', '=', 'app')
      .executeTakeFirstOrThrow();
    await database
      .transaction()
      .execute((trx) =>
        createRestriction(
          trx,
          id,
          { kind: 'push', pattern: 'main', value: null, subjects: [{ type: 'credential', id: old.id }] },
          host.now,
        ),
      );
    const made = await replace(old.id);
    const names = async (credentialId: string) => {
      const principal = {
        type: 'credential',
        credentialId,
        originId: credentialId,
        owner: { type: 'repository' },
      } as never;
      return (await restrictionsFor(database, id, principal)).map((rule) => rule.names);
    };
    expect([await names(old.id), await names(made.id), await names(other.id)]).toEqual([
      [true],
      [true],
      [false],
    ]);
  });
}

describe('the successor of a credential, on SQLite,', () => replacing('sqlite'));
await describeOnPostgres('the successor of a credential, on PostgreSQL,', () => replacing('postgres'));
