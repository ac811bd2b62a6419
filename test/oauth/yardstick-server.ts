import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration } from 'oidc-provider';
import { vi } from 'vitest';
import { atEndOfFile } from '../support/cleanup.ts';
import { CALLBACK, type Client } from './oauth-server.ts';

/** What a scenario is put to: ours, or the yardstick. Both speak over HTTP, and in both a person says yes. */
export interface Authority {
  readonly issuer: string;
  readonly shop: Client;
  readonly other: Client;
  readonly tool: Client;
  /** Where an authorization request leads the person who says yes; null when nobody is sent back anywhere. */
  authorize(parameters: Record<string, string>): Promise<URL | null>;
  answerDevice(userCode: string, yes: boolean): Promise<void>;
}

const SCOPES = 'repository account';

/** oidc-provider, configured as near to what our host promises as its options go. People are always ada, and say yes. */
export async function openYardstick(): Promise<Authority> {
  // It says at every start that its storage and keys are for trials, as they are here.
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(async () => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shop = { id: 'shop', key: 'shop', secret: 'a secret of the shop that is long enough' };
  const other = { id: 'other', key: 'other', secret: 'another secret that is long enough' };
  const tool = { id: 'tool', key: 'tool', secret: null };
  const provider = new Provider(issuer, configuration([shop, other, tool]));
  const handle = provider.callback();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/') === true) void sayYes(provider, request, response);
    else void handle(request, response);
  });
  return {
    issuer,
    shop,
    other,
    tool,
    authorize: (parameters) => follow(`${issuer}/auth?${new URLSearchParams(parameters).toString()}`),
    async answerDevice(userCode, yes) {
      const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''), {
        ignoreExpiration: false,
      });
      if (code === undefined) throw new Error('There is no such device.');
      if (yes) {
        const grant = new provider.Grant({ accountId: 'ada', clientId: 'tool' });
        grant.addOIDCScope(SCOPES);
        Object.assign(code, { accountId: 'ada', grantId: await grant.save(), scope: code.params?.['scope'] });
      } else Object.assign(code, { error: 'access_denied', errorDescription: 'The person said no.' });
      await code.save(600);
    },
  };
}

const configuration = (clients: readonly Client[]): Configuration => ({
  clients: clients.map(({ key, secret }) => ({
    client_id: key,
    ...(secret === null ? { token_endpoint_auth_method: 'none' } : { client_secret: secret }),
    application_type: 'native',
    redirect_uris: [CALLBACK],
    response_types: ['code'],
    grant_types: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      ...(secret === null ? [] : ['client_credentials']),
    ],
  })),
  scopes: SCOPES.split(' '),
  pkce: { required: (_context, client) => client.tokenEndpointAuthMethod === 'none' },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
});

async function sayYes(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'ada' } });
    return;
  }
  const grant = new provider.Grant({ accountId: 'ada', clientId: String(params['client_id']) });
  grant.addOIDCScope(SCOPES);
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** Goes where a browser would, with its cookies, until it is sent away from the host or is shown a page. */
async function follow(start: string): Promise<URL | null> {
  const cookies = new Map<string, string>();
  let at = new URL(start);
  const { origin } = at;
  for (let hops = 0; hops < 10; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    await answer.body?.cancel();
    for (const each of answer.headers.getSetCookie()) {
      const [pair = ''] = each.split(';');
      const [name = '', value = ''] = pair.split('=');
      cookies.set(name, value);
    }
    const to = answer.headers.get('location');
    if (to === null) return null;
    at = new URL(to, at);
    if (at.origin !== origin) return at;
  }
  throw new Error('It leads in circles.');
}
