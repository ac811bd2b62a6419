import { beforeAll, expect, test } from 'vitest';
import { codeIn, openOauthServer, type Client, type OauthServer } from './oauth-server.ts';

let host: OauthServer;
let shop: Client;

beforeAll(async () => {
  host = await openOauthServer('sqlite', ['--workers', '2']);
  shop = await host.consumer('Shop', ['repository', 'account']);
});

test('a refresh token used again is an attack, whichever worker saw what came of it used', async () => {
  const take = async (fields: Record<string, string>) => {
    const { status, body } = await host.post('access_token', shop, fields);
    return { status, access: String(body['access_token']), refresh: String(body['refresh_token']) };
  };
  for (let round = 0; round < 6; round++) {
    const asked = { response_type: 'code', client_id: shop.key };
    const code = codeIn(await host.authorize('ada', asked));
    const first = await take({ grant_type: 'authorization_code', code });
    const again = { grant_type: 'refresh_token', refresh_token: first.refresh };
    const second = await take(again);
    expect((await host.rest('/user', second.access)).status).toBe(200);
    // So that it does not always come to the same one.
    if (round % 2 === 0) {
      const page = await fetch(`${host.server.url}/2.0/`, { headers: { connection: 'close' } });
      // To its end: what is left of an answer when its connection is closed makes Node throw.
      await page.text();
    }
    expect((await take(again)).status, `round ${round}`).toBe(400);
    expect((await host.rest('/user', second.access)).status).toBe(401);
  }
});
