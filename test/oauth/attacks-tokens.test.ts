import { beforeAll, describe, expect, it } from 'vitest';
import { rotateConsumerSecret } from '../../src/acts/oauth/rotate-secret.ts';
import { changeOauthConsumer, deleteOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import type { OperationName } from '../../src/gate/index.ts';
import { listEverything } from '../../src/acts/credentials/everything.ts';
import { narrowCredential } from '../../src/acts/credentials/narrow.ts';
import { pauseCredential, resumeCredential } from '../../src/acts/credentials/pause.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { findBySecret, livingIds, Secret } from '../../src/credentials/index.ts';
import { pageOfCredentials } from '../../src/credentials/list.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import {
  basicHeader,
  codeIn,
  openOauthServer,
  type Answer,
  type Client,
  type OauthServer,
} from './oauth-server.ts';

/** Attacks on tokens and secrets, over the real server. */
function attacks(kind: 'sqlite' | 'postgres'): void {
  let host: OauthServer;
  let shop: Client;
  let other: Client;
  let tool: Client;

  beforeAll(async () => {
    host = await openOauthServer(kind);
    shop = await host.consumer('Shop', ['repository:write', 'account']);
    other = await host.consumer('Other', ['repository:write', 'account']);
    tool = await host.consumer('Tool', ['repository', 'account'], { isPublic: true });
  });

  const tokens = async (
    client: Client,
    who = 'ada',
    scope = '',
  ): Promise<{ access: string; refresh: string }> => {
    const asked = { response_type: 'code', client_id: client.key, scope };
    const code = codeIn(await host.authorize(who, asked));
    const { status, body } = await host.post('access_token', client, {
      grant_type: 'authorization_code',
      code,
    });
    expect(status).toBe(200);
    return { access: String(body['access_token']), refresh: String(body['refresh_token']) };
  };
  const refresh = (client: Client, refresh_token: string, more: Record<string, string> = {}) =>
    host.post('access_token', client, { grant_type: 'refresh_token', refresh_token, ...more });
  const newOf = ({ body }: Answer) => ({
    access: String(body['access_token']),
    refresh: String(body['refresh_token']),
  });
  const opens = async (token: string): Promise<boolean> => (await host.rest('/user', token)).status === 200;
  const operate = <Op extends OperationName>(operation: Op) =>
    enterAsOperator(host.services, operation, [{ type: 'workspace', workspace: 'acme' }]);
  const refusedAs = (answer: Answer, error: string, status = 400) => {
    expect(answer).toMatchObject({ status, body: { error } });
    expect(answer.body['error_description']).toMatch(/^[ !#-[\]-~]+$/);
  };
  const alarms = async () =>
    (
      await host.services.database
        .selectFrom('audit')
        .select('detail')
        .where('operation', '=', 'oauth.token')
        .where('detail', 'like', '%used twice%')
        .execute()
    ).length;
  /** As if the exchange of every refresh token lay so long back. */
  const later = (ms: number) =>
    host.services.database
      .updateTable('oauth_token')
      .set((where) => ({ used_at: where('used_at', '-', ms) }))
      .where('used_at', 'is not', null)
      .execute();

  it('concurrent refreshes do not fork a family: at most one pair lives, and two that are used end it (GHSA-392p-2q2v-4372)', async () => {
    const first = await tokens(shop);
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(shop, first.refresh)));
    const served = answers.filter(({ status }) => status === 200).map(newOf);
    expect(served.length).toBeGreaterThan(0);
    const living = await host.services.database
      .selectFrom('credential')
      .innerJoin('oauth_token', 'oauth_token.credential_id', 'credential.id')
      .select('credential.id')
      .where('oauth_token.consumer_id', '=', shop.id)
      .where('credential.kind', '=', 'oauth_refresh_token')
      .where('credential.revoked_at', 'is', null)
      .where('oauth_token.used_at', 'is', null)
      .execute();
    expect(living).toHaveLength(1);
    const open = await Promise.all(served.map(({ access }) => opens(access)));
    expect(open.filter(Boolean)).toHaveLength(1);
    // Whoever holds a pair that was replaced shows by it that two hold the family.
    const replaced = served.find((_each, index) => open[index] === false);
    if (replaced !== undefined) {
      refusedAs(await refresh(shop, replaced.refresh), 'invalid_grant');
      expect(await Promise.all(served.map(({ access }) => opens(access)))).not.toContain(true);
    }
  });

  it('T53: an answer that was lost is given anew, within 30 seconds and while nothing of it was used', async () => {
    const first = await tokens(shop);
    const lost = newOf(await refresh(shop, first.refresh));
    const again = await refresh(shop, first.refresh);
    expect(again.status).toBe(200);
    expect(await opens(lost.access)).toBe(false);
    expect(await opens(newOf(again).access)).toBe(true);
    const next = await refresh(shop, newOf(again).refresh);
    expect(next.status).toBe(200);
    expect(await opens(newOf(next).access)).toBe(true);
  });

  it('a refresh token that is used again later ends its family, and raises an alarm', async () => {
    const first = await tokens(shop);
    const stranger = await tokens(shop, 'bob');
    const before = await alarms();
    const second = newOf(await refresh(shop, first.refresh));
    await later(31_000);
    refusedAs(await refresh(shop, first.refresh), 'invalid_grant');
    expect(await opens(second.access)).toBe(false);
    expect(await opens(first.access)).toBe(false);
    refusedAs(await refresh(shop, second.refresh), 'invalid_grant');
    expect(await alarms()).toBe(before + 1);
    // Nobody else's tokens, and nobody's for another reason (T52).
    expect(await opens(stranger.access)).toBe(true);
    expect((await refresh(shop, stranger.refresh)).status).toBe(200);
  });

  it('a repeat is an attack as soon as anything of the answer was used, soon as it comes', async () => {
    const first = await tokens(shop);
    const second = newOf(await refresh(shop, first.refresh));
    expect(await opens(second.access)).toBe(true);
    refusedAs(await refresh(shop, first.refresh), 'invalid_grant');
    expect(await opens(second.access)).toBe(false);
    const third = await tokens(shop);
    const fourth = newOf(await refresh(shop, third.refresh));
    const fifth = newOf(await refresh(shop, fourth.refresh));
    refusedAs(await refresh(shop, third.refresh), 'invalid_grant');
    expect(await opens(fifth.access)).toBe(false);
  });

  it('what a token was narrowed to afterwards holds for what comes of it, however often it is refreshed', async () => {
    const { database } = host.services;
    const idsOf = async (): Promise<string[]> => {
      const rows = await database
        .selectFrom('credential')
        .innerJoin('oauth_token', 'oauth_token.credential_id', 'credential.id')
        .select(['credential.id', 'credential.kind'])
        .where('oauth_token.consumer_id', '=', shop.id)
        .where('credential.revoked_at', 'is', null)
        .where('oauth_token.used_at', 'is', null)
        .orderBy('credential.created_at', 'desc')
        .execute();
      const newest = (kind: string) => rows.find((row) => row.kind === kind)?.id ?? '';
      return [newest('oauth_access_token'), newest('oauth_refresh_token')];
    };
    const layers = async (id = '') =>
      (await database.selectFrom('credential_bound').selectAll().where('credential_id', '=', id).execute())
        .length;
    const narrow = async (id = '', networks = ['192.0.2.0/24']) =>
      void (await narrowCredential(
        host.services,
        await enterAsOperator(host.services, 'credential.narrow', [{ type: 'host' }]),
        id,
        { networks },
      ));
    const first = await tokens(shop);
    expect(await opens(first.access)).toBe(true);
    const [, refreshId] = await idsOf();
    await narrow(refreshId);
    // What came of it and lives, at once.
    expect((await host.rest('/user', first.access)).status).toBe(403);
    let { refresh: held } = first;
    for (let round = 0; round < 3; round++) {
      const next = newOf(await refresh(shop, held));
      expect(await opens(next.access)).toBe(false);
      expect((await host.rest('/user', next.access)).status).toBe(403);
      expect(await Promise.all((await idsOf()).map(layers))).toEqual([1, 1]);
      held = next.refresh;
    }
    // A second layer, of the access token alone: its successors have both, and none has one twice.
    const [accessId] = await idsOf();
    await narrow(accessId, ['198.51.100.0/24']);
    for (let round = 0; round < 2; round++) {
      const next = newOf(await refresh(shop, held));
      expect(await Promise.all((await idsOf()).map(layers))).toEqual([2, 1]);
      held = next.refresh;
    }
    // What was narrowed and then taken for a lost answer stays narrow.
    const second = await tokens(shop);
    await refresh(shop, second.refresh);
    await narrow((await idsOf())[1]);
    const again = newOf(await refresh(shop, second.refresh));
    expect((await host.rest('/user', again.access)).status).toBe(403);
  });

  it('a person who revokes a token ends what it came of and what comes of it, whichever they take', async () => {
    const { services } = host;
    const living = async () => {
      const which = { ended: false, page: 1 };
      return (await listEverything(services, await host.as('bob', 'own_credential.list'), which)).credentials;
    };
    const revoke = async (id = '') =>
      revokeCredential(services, await host.as('bob', 'own_credential.revoke'), id);
    for (const each of await living()) await revoke(each.id).catch(() => undefined);
    for (const kind of ['oauth_access_token', 'oauth_refresh_token'] as const) {
      const untouched = await tokens(other, 'bob');
      const first = await tokens(shop, 'bob');
      const second = newOf(await refresh(shop, first.refresh));
      // What was exchanged is not among what lives: two access tokens and one that refreshes, beside another application's pair.
      const ofShop = (await living()).filter(({ label }) => label === 'Shop');
      expect(ofShop.map((each) => each.kind).toSorted()).toEqual([
        'oauth_access_token',
        'oauth_access_token',
        'oauth_refresh_token',
      ]);
      await revoke(ofShop.find((each) => each.kind === kind)?.id);
      for (const dead of [first.access, second.access]) expect(await opens(dead)).toBe(false);
      for (const dead of [first.refresh, second.refresh])
        refusedAs(await refresh(shop, dead), 'invalid_grant');
      expect((await living()).map(({ label }) => label)).not.toContain('Shop');
      expect(await opens(untouched.access)).toBe(true);
    }
  });

  it('the operator ends the family, too, by a token that was exchanged, and confines nothing by one', async () => {
    const { database } = host.services;
    const enter = <Op extends 'credential.revoke' | 'credential.narrow'>(operation: Op) =>
      enterAsOperator(host.services, operation, [{ type: 'host' }]);
    const first = await tokens(shop);
    const second = newOf(await refresh(shop, first.refresh));
    const { id } = await database
      .selectFrom('credential')
      .innerJoin('oauth_token', 'oauth_token.credential_id', 'credential.id')
      .select('credential.id')
      .where('oauth_token.used_at', 'is not', null)
      .where('oauth_token.successor_id', 'is not', null)
      .where('credential.revoked_at', 'is', null)
      .orderBy('credential.created_at', 'desc')
      .executeTakeFirstOrThrow();
    const confinement = { networks: ['192.0.2.0/24'] };
    await expect(
      narrowCredential(host.services, await enter('credential.narrow'), id, confinement),
    ).rejects.toThrow(`There is no active credential ${id} here.`);
    await revokeCredential(host.services, await enter('credential.revoke'), id);
    expect(await opens(second.access)).toBe(false);
    refusedAs(await refresh(shop, second.refresh), 'invalid_grant');
  });

  it('a paused line opens nothing and is not exchanged, by whichever token it is named, and goes on where it stopped', async () => {
    const enter = <Op extends 'credential.pause' | 'credential.resume'>(operation: Op) =>
      enterAsOperator(host.services, operation, [{ type: 'host' }]);
    const first = await tokens(shop);
    const other = await tokens(shop);
    const second = newOf(await refresh(shop, first.refresh));
    const idOf = async (token: string) =>
      (await findBySecret(host.services.database, host.services.keys, new Secret(token)))!.row.id;
    for (const named of [second.access, second.refresh]) {
      await pauseCredential(host.services, await enter('credential.pause'), await idOf(named));
      expect((await host.rest('/user', second.access)).status).toBe(403);
      // Neither by what came of the exchange, nor as one whose answer was lost. No client takes it for gone.
      for (const presented of [second.refresh, first.refresh])
        refusedAs(await refresh(shop, presented), 'unauthorized_client');
      const described = await host.post('introspect', shop, { token: second.access });
      expect(described.body).toMatchObject({ active: false });
      await resumeCredential(host.services, await enter('credential.resume'), await idOf(named));
      expect(await opens(second.access)).toBe(true);
    }
    // Had it been exchanged while it was paused, this would be an attack.
    expect(await opens(newOf(await refresh(shop, second.refresh)).access)).toBe(true);
    expect(await opens(other.access)).toBe(true);
  });

  it('what a paused secret of a consumer asked for opens nothing, and it asks for nothing more', async () => {
    const paused = await host.consumer('Paused', ['repository', 'account']);
    const bot = newOf(await host.post('access_token', paused, { grant_type: 'client_credentials' }));
    const { id } = (await findBySecret(
      host.services.database,
      host.services.keys,
      new Secret(paused.secret ?? ''),
    ))!.row;
    const [pausing, resuming] = [
      await enterAsOperator(host.services, 'credential.pause', [{ type: 'host' }]),
      await enterAsOperator(host.services, 'credential.resume', [{ type: 'host' }]),
    ];
    const repository = '/repositories/acme/app';
    const { database, keys } = host.services;
    const botId = (await findBySecret(database, keys, new Secret(bot.access)))!.row.id;
    /** Where lists show what the secret asked for. */
    const shown = async () => {
      const statesOf = async (ended: boolean) => {
        const page = await pageOfCredentials(
          database,
          (where) => where.and([where('owner_id', '=', paused.id), where('kind', '=', 'oauth_access_token')]),
          { ended, offset: 0, limit: 9 },
          Date.now(),
        );
        expect(page.size).toBe(page.credentials.length);
        return page.credentials.map(({ state }) => state);
      };
      return { living: await statesOf(false), over: await statesOf(true) };
    };
    expect((await host.rest(repository, bot.access)).status).toBe(200);
    expect(await shown()).toEqual({ living: ['active'], over: [] });
    await pauseCredential(host.services, pausing, id);
    expect((await host.rest(repository, bot.access)).status).toBe(403);
    expect(await shown()).toEqual({ living: ['paused'], over: [] });
    const asked = await host.post('access_token', paused, { grant_type: 'client_credentials' });
    expect(asked.status).toBeGreaterThanOrEqual(400);
    expect(asked.body).not.toHaveProperty('access_token');
    await resumeCredential(host.services, resuming, id);
    expect((await host.rest(repository, bot.access)).status).toBe(200);
    await rotateConsumerSecret(host.services, await operate('consumer.rotate'), paused.key, 0);
    expect((await host.rest(repository, bot.access)).status).toBe(401);
    expect(await shown()).toEqual({ living: [], over: ['expired'] });
    const ids = await livingIds(database, 'every', Date.now());
    expect(ids).not.toContain(botId);
  });

  it('T52: a dead token at an ordinary route ends nothing', async () => {
    const first = await tokens(shop);
    const second = newOf(await refresh(shop, first.refresh));
    for (const dead of [first.refresh, second.refresh])
      expect((await host.rest('/user', dead)).status).toBe(401);
    expect(await opens(second.access)).toBe(true);
  });

  it('a refresh gives no scope that was not granted, less where less is asked, and what is left unasked is not lost', async () => {
    const first = await tokens(shop, 'ada', 'repository account');
    for (const scope of [
      'repository:write',
      'repository account repository:write',
      'nonsense',
      'repository:admin',
    ])
      refusedAs(await refresh(shop, first.refresh, { scope }), 'invalid_scope');
    const narrow = await refresh(shop, first.refresh, { scope: 'repository' });
    expect(narrow.body).toMatchObject({ scope: 'repository', scopes: 'repository' });
    expect((await host.rest('/user', newOf(narrow).access)).status).toBe(403);
    const whole = await refresh(shop, newOf(narrow).refresh);
    expect(String(whole.body['scope']).split(' ').toSorted()).toEqual(['account', 'repository']);
  });

  it('a refresh token belongs to its consumer', async () => {
    const { access, refresh: mine } = await tokens(shop);
    for (const client of [other, tool]) refusedAs(await refresh(client, mine), 'invalid_grant');
    refusedAs(await refresh({ ...shop, secret: null }, mine), 'invalid_client', 401);
    expect(await opens(access)).toBe(true);
    expect((await refresh(shop, mine)).status).toBe(200);
  });

  it('T51: a secret of one kind at the endpoint of another opens nothing', async () => {
    const { access, refresh: later } = await tokens(shop);
    const code = codeIn(await host.authorize('ada', { response_type: 'code', client_id: shop.key }));
    const begun = await host.post('device_authorization', shop, { scope: 'repository' });
    const device = String(begun.body['device_code']);
    const password = await host.world.appPassword('ada', ['repository', 'account']);
    const token = await host.world.accessToken('acme/app', ['repository']);
    const secrets = { access, later, code, device, password, token, secret: String(shop.secret) };
    const but = (...names: readonly (keyof typeof secrets)[]) =>
      Object.entries(secrets).filter(([name]) => !names.some((each) => each === name));

    for (const [name, secret] of but('later')) {
      const answer = await refresh(shop, secret);
      expect([name, answer.status, answer.body['error']]).toEqual([name, 400, 'invalid_grant']);
    }
    for (const [name, secret] of but('code')) {
      const answer = await host.post('access_token', shop, {
        grant_type: 'authorization_code',
        code: secret,
      });
      expect([name, answer.status, answer.body['error']]).toEqual([name, 400, 'invalid_grant']);
    }
    for (const [name, secret] of but('device')) {
      const fields = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: secret };
      const answer = await host.post('access_token', shop, fields);
      expect([name, answer.status, answer.body['error']]).toEqual([name, 400, 'invalid_grant']);
    }
    for (const [name, secret] of but('secret')) {
      const answer = await host.post(
        'access_token',
        { ...shop, secret },
        { grant_type: 'client_credentials' },
      );
      expect([name, answer.status, answer.body['error']]).toEqual([name, 401, 'invalid_client']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    }
    for (const [name, secret] of but('access', 'token')) {
      const { status, headers } = await host.rest('/user', secret);
      expect([name, status]).toEqual([name, 401]);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="Latchkey", error="invalid_token"/);
    }
    for (const user of ['ada', 'x-token-auth', shop.key]) {
      for (const [name, secret] of but('access', 'token', 'password')) {
        const response = await fetch(`${host.server.url}/acme/app.git/info/refs?service=git-upload-pack`, {
          headers: { authorization: basicHeader(user, secret) },
        });
        expect([name, user, response.status]).toEqual([name, user, 401]);
      }
    }
    // A session's cookie is not looked at, and a credential in the query neither.
    const asked = await fetch(`${host.server.url}/site/oauth2/access_token?client_id=${shop.key}`, {
      method: 'POST',
      headers: { cookie: `__Host-latchkey=${access}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    expect(asked.status).toBe(401);
  });

  it('T49: who acts is never read from the body', async () => {
    const { id } = await host.services.database
      .selectFrom('account')
      .select('id')
      .where('username', '=', 'bob')
      .executeTakeFirstOrThrow();
    const claims = {
      user_id: id,
      account_id: id,
      sub: `{${id}}`,
      username: 'bob',
      workspace: 'bob',
      consumer_id: other.id,
    };
    const bot = await host.post('access_token', shop, { grant_type: 'client_credentials', ...claims });
    expect((await host.rest('/user', newOf(bot).access)).body).toMatchObject({
      type: 'app_user',
      display_name: 'Shop',
    });
    const code = codeIn(
      await host.authorize('ada', { response_type: 'code', client_id: shop.key, ...claims }),
    );
    const got = await host.post('access_token', shop, { grant_type: 'authorization_code', code, ...claims });
    expect((await host.rest('/user', newOf(got).access)).body).toMatchObject({ username: 'ada' });
    const mixed = await host.post('access_token', shop, {
      grant_type: 'client_credentials',
      client_id: other.key,
    });
    refusedAs(mixed, 'invalid_client', 401);
  });

  it('a client that cannot prove who it is is told about consumers, and one that has no secret so', async () => {
    const ask = (client: Client, more = {}) =>
      host.post('access_token', client, { grant_type: 'client_credentials', ...more });
    for (const client of [
      { ...shop, secret: 'bad' },
      { ...shop, key: 'unknown', secret: 'bad' },
      { ...shop, secret: '' },
    ]) {
      const answer = await ask(client);
      refusedAs(answer, 'invalid_client', 401);
      expect(answer.body['error_description']).toMatch(/^Invalid OAuth client credentials/);
      expect(answer.body['error_description']).not.toMatch(/[?]|password/);
    }
    const open = await ask({ ...tool, secret: '' });
    refusedAs(open, 'unauthorized_client');
    expect(open.body['error_description']).toMatch(/marked as .public./);
    refusedAs(await ask({ ...tool, secret: '' }, { client_id: shop.key }), 'invalid_request');
  });

  it('T58: a consumer learns of its own tokens and of no other, and ends no other', async () => {
    const mine = await tokens(shop);
    const password = await host.world.appPassword('ada', ['repository']);
    for (const token of [mine.access, mine.refresh]) {
      expect((await host.post('introspect', shop, { token })).body).toMatchObject({
        active: true,
        username: 'ada',
      });
      const told = await host.post('introspect', other, { token });
      expect([told.status, told.body]).toEqual([200, { active: false }]);
      refusedAs(await host.post('introspect', tool, { token }), 'invalid_client', 401);
      refusedAs(await host.post('introspect', null, { token }), 'invalid_client', 401);
      for (const client of [other, tool])
        expect((await host.post('revoke', client, { token })).status).toBe(200);
    }
    for (const token of [password, String(shop.secret), 'nothing', '']) {
      const told = await host.post('introspect', shop, { token });
      if (token === '') refusedAs(told, 'invalid_request');
      else expect(told.body).toEqual({ active: false });
      if (token !== '') expect((await host.post('revoke', shop, { token })).status).toBe(200);
    }
    expect(await opens(mine.access)).toBe(true);
    expect((await host.post('access_token', shop, { grant_type: 'client_credentials' })).status).toBe(200);
    // The access token alone; then the refresh token with all that came of it.
    await host.post('revoke', shop, { token: mine.access, token_type_hint: 'refresh_token' });
    expect(await opens(mine.access)).toBe(false);
    expect((await host.post('introspect', shop, { token: mine.access })).body).toEqual({ active: false });
    const next = newOf(await refresh(shop, mine.refresh));
    await host.post('revoke', shop, { token: next.refresh });
    expect(await opens(next.access)).toBe(false);
    refusedAs(await refresh(shop, next.refresh), 'invalid_grant');
  });

  it('a public consumer acts for nobody, and a private one for its own workspace alone', async () => {
    const refused = await host.post('access_token', tool, { grant_type: 'client_credentials' });
    refusedAs(refused, 'unauthorized_client');
    // As Bitbucket says it, without the quotes that RFC 6749 §5.2 has no room for.
    expect(refused.body['error_description']).toMatch(
      /^Cannot use client_credentials with a consumer marked as 'public'\./,
    );
    const unnamed = await host.post('access_token', null, { grant_type: 'client_credentials' });
    refusedAs(unnamed, 'invalid_client', 401);
    expect(unnamed.body['error_description']).toBe(
      'Requests must be authenticated using OAuth client credentials.',
    );
    await host.world.workspace('bobs', 'bob');
    await host.world.repository('bobs/hidden');
    await host.world.repository('bobs/open', { public: true });
    const { access } = newOf(await host.post('access_token', shop, { grant_type: 'client_credentials' }));
    expect((await host.rest('/repositories/acme/app', access)).status).toBe(200);
    expect((await host.rest('/repositories/bobs/hidden', access)).status).toBe(404);
    expect((await host.rest('/repositories/bobs/open', access)).status).toBe(403);
    expect((await host.rest('/user/emails', access)).status).toBe(403);
    refusedAs(
      await host.post('access_token', shop, { grant_type: 'client_credentials', scope: 'repository:admin' }),
      'invalid_scope',
    );
  });

  it('what a consumer loses, its tokens lose at once; a deleted one has none', async () => {
    const gone = await host.consumer('Gone', ['repository', 'account']);
    const mine = await tokens(gone);
    const bot = newOf(await host.post('access_token', gone, { grant_type: 'client_credentials' }));
    const input = { name: 'Gone', callbacks: ['http://127.0.0.1/cb'], scopes: ['repository'] };
    await changeOauthConsumer(host.services, await operate('consumer.update'), gone.key, input);
    for (const token of [mine.access, bot.access]) {
      expect((await host.rest('/user', token)).status).toBe(403);
      expect((await host.rest('/repositories/acme/app', token)).status).toBe(200);
    }
    expect((await host.post('introspect', gone, { token: mine.access })).body).toMatchObject({
      scope: 'repository',
    });
    await deleteOauthConsumer(host.services, await operate('consumer.delete'), gone.key);
    for (const token of [mine.access, bot.access]) {
      const { status, body } = await host.rest('/repositories/acme/app', token);
      expect(status).toBe(401);
      // Genuine, and its holder hears what became of it.
      expect(JSON.stringify(body)).toMatch(/was revoked/);
    }
    refusedAs(await refresh(gone, mine.refresh), 'invalid_client', 401);
    expect(await host.authorize('ada', { response_type: 'code', client_id: gone.key })).toHaveProperty(
      'refused',
    );
  });

  it('a secret that was replaced works for the overlap and no longer, and what it asked for ends with it', async () => {
    const renewed = await host.consumer('Renewed', ['repository', 'account']);
    const bot = newOf(await host.post('access_token', renewed, { grant_type: 'client_credentials' }));
    const rotate = async (days: number) =>
      (
        await rotateConsumerSecret(host.services, await operate('consumer.rotate'), renewed.key, days)
      ).secret.reveal();
    const second = { ...renewed, secret: await rotate(7) };
    for (const client of [renewed, second])
      expect((await host.post('access_token', client, { grant_type: 'client_credentials' })).status).toBe(
        200,
      );
    const third = { ...renewed, secret: await rotate(0) };
    for (const client of [renewed, second])
      refusedAs(
        await host.post('access_token', client, { grant_type: 'client_credentials' }),
        'invalid_client',
        401,
      );
    expect((await host.rest('/user', bot.access)).status).toBe(401);
    expect((await host.post('access_token', third, { grant_type: 'client_credentials' })).status).toBe(200);
  });

  it('a disabled person’s tokens open nothing and make no new ones', async () => {
    const hers = await tokens(shop, 'bob');
    const code = codeIn(await host.authorize('bob', { response_type: 'code', client_id: shop.key }));
    const set = (state: 'active' | 'disabled') =>
      host.services.database.updateTable('account').set({ state }).where('username', '=', 'bob').execute();
    await set('disabled');
    expect((await host.rest('/user', hers.access)).status).toBe(403);
    expect((await host.post('introspect', shop, { token: hers.access })).body).toEqual({ active: false });
    refusedAs(await refresh(shop, hers.refresh), 'invalid_grant');
    refusedAs(
      await host.post('access_token', shop, { grant_type: 'authorization_code', code }),
      'invalid_grant',
    );
    await set('active');
    expect((await refresh(shop, hers.refresh)).status).toBe(200);
  });

  it('an expired token says so in the words that clients wait for, and by RFC 6750', async () => {
    const { access } = await tokens(shop);
    const before = Date.now() - 1;
    await host.services.database
      .updateTable('credential')
      .set({ expires_at: before })
      .where('kind', '=', 'oauth_access_token')
      .where('revoked_at', 'is', null)
      .execute();
    const { status, body, headers } = await host.rest('/user', access);
    expect(status).toBe(401);
    expect(body).toMatchObject({ type: 'error', error: { message: 'Access token expired.' } });
    expect(headers.get('www-authenticate')).toMatch(/error="invalid_token".*resource_metadata="http/);
    const narrow = await tokens(shop, 'ada', 'repository');
    const lacks = await host.rest('/user', narrow.access);
    expect(lacks.status).toBe(403);
    expect(lacks.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".* scope="account"/);
  });
}

describe('attacks on tokens, on SQLite', () => attacks('sqlite'));
await describeOnPostgres('attacks on tokens, on PostgreSQL', () => attacks('postgres'));
