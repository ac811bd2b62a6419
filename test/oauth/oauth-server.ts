import { createHash, randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { startSession } from '../../src/accounts/index.ts';
import { approveAuthorization, denyAuthorization, type Choice } from '../../src/acts/oauth/consent.ts';
import { readAuthorizationRequest } from '../../src/acts/oauth/authorization.ts';
import {
  approveWaitingDevice,
  denyWaitingDevice,
  enterDeviceCode,
} from '../../src/acts/oauth/answer-device.ts';
import { withdrawConsent } from '../../src/acts/oauth/consents.ts';
import { readSettings } from '../../src/config.ts';
import { Secret } from '../../src/credentials/index.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { enter, enterAsOperator } from '../../src/entry/index.ts';
import type { Grant, OperationName } from '../../src/gate/index.ts';
import { openServices, type Services } from '../../src/services.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { worldWithin } from '../support/world-within.ts';
import type { Person, World } from '../support/world.ts';

/** A client as `latchkey oauth-consumer create` prints it. */
export interface Client {
  readonly id: string;
  readonly key: string;
  readonly secret: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Where an authorization request led: to the client with an answer, or nowhere, since the request cannot be trusted. */
export type Led = { readonly to: URL } | { readonly refused: string };

export interface OauthServer {
  readonly server: TestServer;
  readonly world: World;
  /** Owner of `acme`, who can sign in. */
  readonly ada: Person;
  readonly bob: Person;
  /** On the data of the running server, beside it: where a test makes time pass, and people say yes. */
  readonly services: Services;
  consumer(
    name: string,
    scopes: readonly string[],
    options?: { callbacks?: readonly string[]; isPublic?: boolean; workspace?: string },
  ): Promise<Client>;
  /** A form to an endpoint under `/site/oauth2/`, as a client sends it: a private one by Basic. */
  post(endpoint: string, client: Client | null, fields: Record<string, string> | string): Promise<Answer>;
  /** What a signed-in person does with an authorization request; the whole of it, unless told. */
  authorize(
    who: string,
    parameters: Record<string, string> | URLSearchParams,
    choice?: Partial<Choice> | 'no',
  ): Promise<Led>;
  /** A person enters the code of a device and answers. */
  answerDevice(who: string, userCode: string, choice?: Partial<Choice> | 'no'): Promise<void>;
  withdraw(who: string, consumerId: string): Promise<void>;
  as<Op extends OperationName>(who: string, operation: Op): Promise<Grant<Op>>;
  /** REST with a Bearer. */
  rest(path: string, token: string, method?: string): Promise<Answer>;
}

/** The one callback of a consumer, unless it is told others. */
export const CALLBACK = 'http://127.0.0.1/cb';

/** A real server process with accounts `ada` and `bob`, workspace `acme` of ada's, and its private repository `acme/app`. */
export async function openOauthServer(
  kind: 'sqlite' | 'postgres' = inject('database'),
  options: readonly string[] = [],
): Promise<OauthServer> {
  const database = kind === 'postgres' ? (await freshDatabase()).url : undefined;
  const server = await startServer({
    database: 'sqlite',
    arguments: options,
    ...(database !== undefined && { environment: { LATCHKEY_DATABASE: database } }),
  });
  const settings = readSettings({ data: server.data, database }, { LATCHKEY_LOG: 'silent' });
  const services = await openServices(settings, server.url);
  atEndOfFile(() => services.close());
  const made = worldWithin(services, server);
  const bob = await made.account('bob');
  const { ada } = await made.usual();
  const sessions = new Map<string, string>();

  const sessionOf = async (who: string): Promise<string> => {
    const known = sessions.get(who);
    if (known !== undefined) return known;
    const { id } = await services.database
      .selectFrom('account')
      .select('id')
      .where('username', '=', who)
      .executeTakeFirstOrThrow();
    const { token } = await startSession(
      services.database,
      id,
      { address: '127.0.0.1', userAgent: 'test' },
      Date.now(),
    );
    sessions.set(who, token);
    return token;
  };

  const as: OauthServer['as'] = async (who, operation) =>
    enter(services, {
      operation,
      targets: [{ type: 'account', self: true }],
      presented: { type: 'cookie', token: new Secret(await sessionOf(who)) },
      surface: 'web',
      address: '127.0.0.1',
    });

  const send = async (url: string, init: RequestInit): Promise<Answer> => {
    // Each on a connection of its own, so that with several workers it comes to the next one.
    const headers = { ...(init.headers as Record<string, string>), connection: 'close' };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    const text = await response.text();
    let body: Record<string, unknown> = {};
    try {
      body = JSON.parse(text) as Record<string, unknown>;
    } catch {
      body = { text };
    }
    return { status: response.status, headers: response.headers, body };
  };

  return {
    server,
    world: made,
    ada,
    bob,
    services,
    async consumer(name, scopes, { callbacks = [CALLBACK], isPublic = false, workspace = 'acme' } = {}) {
      const grant = await enterAsOperator(services, 'consumer.create', [{ type: 'workspace', workspace }]);
      const input = { name, callbacks, scopes, isPrivate: !isPublic };
      const { consumer, secret } = await createOauthConsumer(services, grant, input);
      return { id: consumer.id, key: consumer.key, secret: secret?.secret.reveal() ?? null };
    },
    post(endpoint, client, fields) {
      const parameters = new URLSearchParams(fields);
      const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
      if (client?.secret != null) headers['authorization'] = basicHeader(client.key, client.secret);
      else if (client !== null) parameters.set('client_id', client.key);
      return send(`${server.url}/site/oauth2/${endpoint}`, {
        method: 'POST',
        headers,
        body: parameters.toString(),
      });
    },
    async authorize(who, parameters, choice = {}) {
      const grant = await as(who, 'consent.give');
      const asked: Record<string, string[]> = {};
      for (const [name, value] of new URLSearchParams(parameters)) (asked[name] ??= []).push(value);
      try {
        const request = await readAuthorizationRequest(services, grant, asked);
        if ('to' in request) return { to: new URL(request.to) };
        if (choice === 'no')
          return { to: new URL(denyAuthorization(services, await as(who, 'consent.view'), request)) };
        const whole = {
          scopes: request.asked.scopes,
          repositories: request.asked.repositories,
          label: request.asked.label,
          expiresAt: request.asked.expiresAt,
        };
        return { to: new URL(await approveAuthorization(services, grant, request, { ...whole, ...choice })) };
      } catch (error) {
        return { refused: error instanceof Error ? error.message : String(error) };
      }
    },
    async answerDevice(who, userCode, choice = {}) {
      const grant = await as(who, 'consent.give');
      const { device } = await enterDeviceCode(services, grant, userCode);
      const { scopes, repositories, label, expiresAt } = device.asked;
      if (choice === 'no') return denyWaitingDevice(services, await as(who, 'consent.view'), device.id);
      const answer = { scopes, repositories, label, expiresAt, ...choice };
      return approveWaitingDevice(services, grant, device.id, answer);
    },
    async withdraw(who, consumerId) {
      await withdrawConsent(services, await as(who, 'consent.revoke'), consumerId);
    },
    as,
    rest: (path, token, method = 'GET') =>
      send(`${server.url}/2.0${path}`, { method, headers: { authorization: `Bearer ${token}` } }),
  };
}

export const basicHeader = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

/** A verifier and its S256 challenge, made as RFC 7636 says and not by our code. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The code in an answer of `authorize`; fails when there is none. */
export function codeIn(led: Led): string {
  const code = 'to' in led ? led.to.searchParams.get('code') : null;
  if (code === null) throw new Error(`There is no code: ${'to' in led ? led.to.href : led.refused}`);
  return code;
}
