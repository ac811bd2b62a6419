import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { narrowCredential } from '../../src/acts/credentials/narrow.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { issueTokens } from '../../src/acts/oauth/token.ts';
import { touchCredentials } from '../../src/credentials/touch.ts';
import { enter, enterAsOperator } from '../../src/entry/index.ts';
import { basic } from '../acts/host.ts';
import { meanwhile } from '../acts/meanwhile.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { codeIn, openOauthServer } from './oauth-server.ts';

type Server = Awaited<ReturnType<typeof openOauthServer>>;
type Shop = Awaited<ReturnType<Server['consumer']>>;

const HOST = [{ type: 'host' }] as const;

/** The tokens that ada's consent gave, with the ids of their credentials. */
async function lineOf(host: Server, shop: Shop) {
  const code = codeIn(await host.authorize('ada', { response_type: 'code', client_id: shop.key, scope: '' }));
  const { body } = await host.post('access_token', shop, { grant_type: 'authorization_code', code });
  const rows = await host.services.database
    .selectFrom('credential')
    .select(['id', 'kind'])
    .where('kind', 'in', ['oauth_access_token', 'oauth_refresh_token'])
    .orderBy('created_at', 'desc')
    .limit(2)
    .execute();
  const idOf = (kind: string) => rows.find((row) => row.kind === kind)?.id ?? '';
  return {
    access: { id: idOf('oauth_access_token'), token: String(body['access_token']) },
    refresh: { id: idOf('oauth_refresh_token'), token: String(body['refresh_token']) },
  };
}

describe('a consumer', () => {
  let host: Server;
  let shop: Shop;
  beforeAll(async () => {
    host = await openOauthServer('sqlite');
    shop = await host.consumer('Shop', ['repository:write', 'account']);
  });

  it('whose secret was revoked at this moment gets no token', async () => {
    const { database } = host.services;
    const other = await host.consumer('Other', ['account']);
    const { refresh } = await lineOf(host, other);
    const grant = await enter(host.services, {
      operation: 'oauth.token',
      targets: HOST,
      presented: basic(other.key, other.secret ?? ''),
      surface: 'oauth',
      address: '127.0.0.1',
    });
    const count = () =>
      database
        .selectFrom('credential')
        .select((row) => row.fn.countAll().as('n'))
        .executeTakeFirst();
    const before = await count();
    const late = meanwhile(host.services, () =>
      database
        .updateTable('credential')
        .set({ revoked_at: 1 })
        .where('kind', '=', 'oauth_consumer_secret')
        .where('label', '=', 'Other')
        .execute(),
    );
    const asked: Record<string, string> = { grant_type: 'refresh_token', refresh_token: refresh.token };
    await expect(issueTokens(late, grant, (name) => asked[name])).rejects.toMatchObject({
      refusal: { code: 'credential_ended' },
    });
    expect(await count()).toEqual(before);
  });

  it('keeps what lives where a token is revoked that had ended', async () => {
    const { access, refresh } = await lineOf(host, shop);
    await host.services.database
      .updateTable('credential')
      .set({ revoked_at: 1 })
      .where('id', '=', access.id)
      .execute();
    const renewed = await host.post('access_token', shop, {
      grant_type: 'refresh_token',
      refresh_token: refresh.token,
    });
    const opens = () => host.rest('/user', String(renewed.body['access_token']));
    const operator = await enterAsOperator(host.services, 'credential.revoke', HOST);
    await expect(revokeCredential(host.services, operator, access.id)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await opens()).status).toBe(200);
    // The one that was exchanged stands for what it was exchanged for.
    await revokeCredential(host.services, operator, refresh.id);
    expect((await opens()).status).toBe(401);
  });
});

await describeOnPostgres('narrowing a line of tokens, on PostgreSQL', () => {
  it('waits for the writing of uses, and not crosswise', async () => {
    const host = await openOauthServer('postgres');
    const shop = await host.consumer('Shop', ['repository:write', 'account']);
    let line = await lineOf(host, shop);
    // Uses are written in the order of ids: the one that is named comes last in it.
    while (line.access.id > line.refresh.id) line = await lineOf(host, shop);
    const grant = await enterAsOperator(host.services, 'credential.narrow', HOST);
    const at = Date.now() + 1000;
    const narrowed = await host.services.database.transaction().execute(async (trx) => {
      await touchCredentials(trx, [[line.access.id, at]]);
      const narrowing = narrowCredential(host.services, grant, line.refresh.id, {
        networks: ['127.0.0.1/32'],
      });
      const outcome = narrowing.then(
        () => 'narrowed',
        (error: Error) => error.message,
      );
      await delay(500);
      await touchCredentials(trx, [[line.refresh.id, at]]);
      return { outcome };
    });
    expect(await narrowed.outcome).toBe('narrowed');
  });
});
