import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOauthServer, type Client, type OauthServer } from './oauth-server.ts';
import { describeOnPostgres } from '../support/postgres.ts';

/**
 * A strict client that nobody here wrote drives every grant and every endpoint. What it is told is what any client reads
 * from the metadata; the one option is plain http, which it refuses unless told.
 */
const http = { [oauth.allowInsecureRequests]: true } as const;

function scenario(kind: 'sqlite' | 'postgres'): void {
  let host: OauthServer;
  let as: oauth.AuthorizationServer;
  let secretClient: Client;
  let publicClient: Client;

  beforeAll(async () => {
    host = await openOauthServer(kind);
    secretClient = await host.consumer('Continuous build', ['repository:write', 'account']);
    publicClient = await host.consumer('Command line', ['repository', 'account'], { isPublic: true });
    const issuer = new URL(host.server.url);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...http });
    as = await oauth.processDiscoveryResponse(issuer, response);
  });

  const clientOf = (client: Client): oauth.Client => ({ client_id: client.key });
  const ways = (client: Client): readonly oauth.ClientAuth[] =>
    client.secret === null
      ? [oauth.None()]
      : [oauth.ClientSecretBasic(client.secret), oauth.ClientSecretPost(client.secret)];

  async function byCode(client: Client, auth: oauth.ClientAuth, scope: string) {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const redirect = 'http://127.0.0.1:43117/cb';
    const led = await host.authorize('ada', {
      response_type: 'code',
      client_id: client.key,
      redirect_uri: redirect,
      scope,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    if (!('to' in led)) throw new Error(led.refused);
    const parameters = oauth.validateAuthResponse(as, clientOf(client), led.to, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      clientOf(client),
      auth,
      parameters,
      redirect,
      verifier,
      http,
    );
    return oauth.processAuthorizationCodeResponse(as, clientOf(client), response);
  }

  it('reads the metadata of the server and of the resource, each by its RFC', async () => {
    expect(as.code_challenge_methods_supported).toEqual(['S256']);
    const issuer = new URL(host.server.url);
    const response = await oauth.resourceDiscoveryRequest(issuer, http);
    const resource = await oauth.processResourceDiscoveryResponse(issuer, response);
    expect(resource.authorization_servers).toEqual([as.issuer]);
  });

  it('goes through the code flow with PKCE, refreshes, asks about and revokes, as a private and as a public client', async () => {
    for (const client of [secretClient, publicClient]) {
      for (const auth of ways(client)) {
        const got = await byCode(client, auth, 'repository account');
        expect(got).toMatchObject({
          token_type: 'bearer',
          expires_in: 7200,
          scope: 'repository account',
          scopes: 'repository account',
        });
        expect(got.access_token.length).toBeLessThan(60);
        const user = await oauth.protectedResourceRequest(
          got.access_token,
          'GET',
          new URL(`${host.server.url}/2.0/user`),
          undefined,
          undefined,
          http,
        );
        expect(await user.json()).toMatchObject({ type: 'user', username: 'ada' });

        const refreshed = await oauth.processRefreshTokenResponse(
          as,
          clientOf(client),
          await oauth.refreshTokenGrantRequest(as, clientOf(client), auth, got.refresh_token ?? '', http),
        );
        expect(refreshed.refresh_token).not.toBe(got.refresh_token);
        expect((await host.rest('/user', refreshed.access_token)).status).toBe(200);
        if (client.secret !== null) await knows(client, auth, refreshed.access_token);

        await oauth.processRevocationResponse(
          await oauth.revocationRequest(as, clientOf(client), auth, refreshed.refresh_token ?? '', http),
        );
        expect((await host.rest('/user', refreshed.access_token)).status).toBe(401);
        expect((await host.rest('/user', got.access_token)).status).toBe(401);
      }
    }
  });

  async function knows(client: Client, auth: oauth.ClientAuth, token: string): Promise<void> {
    const ask = async () =>
      oauth.processIntrospectionResponse(
        as,
        clientOf(client),
        await oauth.introspectionRequest(as, clientOf(client), auth, token, http),
      );
    expect(await ask()).toMatchObject({
      active: true,
      username: 'ada',
      scope: 'account repository',
      client_id: client.key,
    });
  }

  it('goes through client credentials, and acts as the app user of the consumer', async () => {
    for (const auth of ways(secretClient)) {
      const got = await oauth.processClientCredentialsResponse(
        as,
        clientOf(secretClient),
        await oauth.clientCredentialsGrantRequest(as, clientOf(secretClient), auth, {}, http),
      );
      expect(got.refresh_token).toBeUndefined();
      expect(got.scope).toBe('repository:write account');
      const { status, body } = await host.rest('/user', got.access_token);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        type: 'app_user',
        kind: 'oauth_consumer',
        display_name: 'Continuous build',
      });
      expect((await host.rest('/repositories/acme/app', got.access_token)).status).toBe(200);
    }
  });

  it('goes through the device flow, waits as it is told, and stops at a no', async () => {
    const begin = async () =>
      oauth.processDeviceAuthorizationResponse(
        as,
        clientOf(publicClient),
        await oauth.deviceAuthorizationRequest(
          as,
          clientOf(publicClient),
          oauth.None(),
          { scope: 'repository' },
          http,
        ),
      );
    const poll = async (code: string) =>
      oauth.processDeviceCodeResponse(
        as,
        clientOf(publicClient),
        await oauth.deviceCodeGrantRequest(as, clientOf(publicClient), oauth.None(), code, http),
      );
    const first = await begin();
    expect(first).toMatchObject({ interval: 5, expires_in: 600 });
    expect(first.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    await expect(poll(first.device_code)).rejects.toMatchObject({
      error: 'authorization_pending',
      status: 400,
    });
    await expect(poll(first.device_code)).rejects.toMatchObject({ error: 'slow_down', status: 400 });
    await host.answerDevice('ada', first.user_code);
    await waited(host);
    const got = await poll(first.device_code);
    expect(got).toMatchObject({ token_type: 'bearer', scope: 'repository' });

    const second = await begin();
    await host.answerDevice('ada', second.user_code, 'no');
    await expect(poll(second.device_code)).rejects.toMatchObject({ error: 'access_denied', status: 400 });
  });

  it('hears a no of the person, and every error in the form that RFC 6749 gives it', async () => {
    const state = oauth.generateRandomState();
    const led = await host.authorize(
      'ada',
      { response_type: 'code', client_id: secretClient.key, redirect_uri: 'http://127.0.0.1:1/cb', state },
      'no',
    );
    if (!('to' in led)) throw new Error(led.refused);
    expect(() => oauth.validateAuthResponse(as, clientOf(secretClient), led.to, state)).toThrow(
      oauth.AuthorizationResponseError,
    );
    const wrong = { ...secretClient, secret: `${secretClient.secret}x` };
    for (const auth of ways(wrong)) {
      const response = await oauth.clientCredentialsGrantRequest(as, clientOf(wrong), auth, {}, http);
      await expect(
        oauth.processClientCredentialsResponse(as, clientOf(wrong), response),
      ).rejects.toMatchObject({
        status: 401,
      });
    }
  });
}

/** As if the interval of every waiting device had passed. */
async function waited({ services }: OauthServer): Promise<void> {
  await services.database.updateTable('oauth_device').set({ polled_at: null }).execute();
}

describe('oauth4webapi, on SQLite', () => scenario('sqlite'));
await describeOnPostgres('oauth4webapi, on PostgreSQL', () => scenario('postgres'));
