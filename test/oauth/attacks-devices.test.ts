import { beforeAll, describe, expect, it } from 'vitest';
import {
  approveWaitingDevice,
  denyWaitingDevice,
  enterDeviceCode,
  viewDevice,
} from '../../src/acts/oauth/answer-device.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { openOauthServer, pkce, type Answer, type Client, type OauthServer } from './oauth-server.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Attacks on the device flow, over the real server. */
function attacks(kind: 'sqlite' | 'postgres'): void {
  let host: OauthServer;
  let tool: Client;
  let shop: Client;

  beforeAll(async () => {
    host = await openOauthServer(kind);
    tool = await host.consumer('Tool', ['repository', 'account'], { isPublic: true });
    shop = await host.consumer('Shop', ['repository:write', 'account']);
  });

  const begin = async (client: Client = tool, more: Record<string, string> = {}) => {
    const { status, body } = await host.post('device_authorization', client, {
      scope: 'repository account',
      ...more,
    });
    expect(status).toBe(200);
    expect(body['verification_uri_complete']).toBe(
      `${String(body['verification_uri'])}?user_code=${String(body['user_code'])}`,
    );
    return { device: String(body['device_code']), user: String(body['user_code']) };
  };
  const poll = (client: Client, device_code: string, more: Record<string, string> = {}) =>
    host.post('access_token', client, { grant_type: GRANT, device_code, ...more });
  /** As if the last poll of every device lay so long back. */
  const wait = (ms: number) =>
    host.services.database
      .updateTable('oauth_device')
      .set((where) => ({ polled_at: where('polled_at', '-', ms) }))
      .where('polled_at', 'is not', null)
      .execute();
  const refusedAs = (answer: Answer, error: string) =>
    expect(answer).toMatchObject({ status: 400, body: { error } });
  const opens = async ({ body }: Answer): Promise<boolean> =>
    (await host.rest('/user', String(body['access_token']))).status === 200;

  it('T50: who entered the code answers, and no other session', async () => {
    const { device, user } = await begin();
    const ada = await host.as('ada', 'consent.give');
    const bob = await host.as('bob', 'consent.give');
    const waiting = await enterDeviceCode(host.services, ada, user.toLowerCase().replace('-', ' '));
    const choice = { ...waiting.device.asked };
    await expect(enterDeviceCode(host.services, bob, user)).rejects.toThrow(
      /There is no device with this code/,
    );
    await expect(viewDevice(host.services, bob, waiting.device.id)).rejects.toThrow(/There is no device/);
    await expect(approveWaitingDevice(host.services, bob, waiting.device.id, choice)).rejects.toThrow(
      /There is no device/,
    );
    const bobsNo = await host.as('bob', 'consent.view');
    await expect(denyWaitingDevice(host.services, bobsNo, waiting.device.id)).rejects.toThrow(
      /There is no device/,
    );
    refusedAs(await poll(tool, device), 'authorization_pending');
    await approveWaitingDevice(host.services, ada, waiting.device.id, choice);
    await wait(60_000);
    const got = await poll(tool, device);
    expect((await host.rest('/user', String(got.body['access_token']))).body).toMatchObject({
      username: 'ada',
    });
  });

  it('an answer is given once, and two answers at once count as one', async () => {
    const { device, user } = await begin();
    const ada = await host.as('ada', 'consent.give');
    const { device: waiting } = await enterDeviceCode(host.services, ada, user);
    const no = await host.as('ada', 'consent.view');
    const answers = await Promise.allSettled([
      denyWaitingDevice(host.services, no, waiting.id),
      approveWaitingDevice(host.services, ada, waiting.id, { ...waiting.asked }),
      denyWaitingDevice(host.services, no, waiting.id),
    ]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(approveWaitingDevice(host.services, ada, waiting.id, { ...waiting.asked })).rejects.toThrow(
      /There is no device/,
    );
    await expect(enterDeviceCode(host.services, ada, user)).rejects.toThrow(/There is no device/);
    const said = answers[1]?.status === 'fulfilled';
    expect((await poll(tool, device)).status).toBe(said ? 200 : 400);
  });

  it('it is delivered to the consumer that began, with its proof, and to no other', async () => {
    const { verifier, challenge } = pkce();
    const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
    const { device, user } = await begin(tool, proof);
    await host.answerDevice('ada', user);
    refusedAs(await poll(shop, device, { code_verifier: verifier }), 'invalid_grant');
    refusedAs(await poll({ ...shop, secret: null, key: tool.key }, device), 'invalid_grant');
    refusedAs(await poll(tool, device, { code_verifier: pkce().verifier }), 'invalid_grant');
    refusedAs(await poll(tool, `${device}x`, { code_verifier: verifier }), 'invalid_grant');
    refusedAs(await poll(tool, user, { code_verifier: verifier }), 'invalid_grant');
    expect(await opens(await poll(tool, device, { code_verifier: verifier }))).toBe(true);
    for (const wrong of [
      { code_challenge: challenge, code_challenge_method: 'plain' },
      { code_challenge: challenge },
    ])
      refusedAs(await host.post('device_authorization', tool, wrong), 'invalid_request');
  });

  it('what is polled too fast waits longer each time, and two polls at once are one and one too many', async () => {
    const { device, user } = await begin();
    refusedAs(await poll(tool, device), 'authorization_pending');
    await wait(4_000);
    refusedAs(await poll(tool, device), 'slow_down');
    await wait(9_000);
    refusedAs(await poll(tool, device), 'slow_down');
    await wait(15_100);
    refusedAs(await poll(tool, device), 'authorization_pending');
    await wait(60_000);
    await host.answerDevice('ada', user);
    const both = await Promise.all([poll(tool, device), poll(tool, device)]);
    expect(both.map(({ status }) => status).toSorted((one, two) => one - two)).toEqual([200, 400]);
    expect(both.map(({ body }) => body['error'])).toContain('slow_down');
  });

  it('a device code that is redeemed twice ends what it gave', async () => {
    const { device, user } = await begin();
    await host.answerDevice('ada', user);
    const got = await poll(tool, device);
    expect(await opens(got)).toBe(true);
    await wait(60_000);
    refusedAs(await poll(tool, device), 'invalid_grant');
    expect(await opens(got)).toBe(false);
  });

  it('codes cannot be guessed: whoever tries is slowed down, and hears one thing of every wrong code', async () => {
    const { user } = await begin();
    const grant = await host.as('bob', 'consent.give');
    const heard = new Set<string>();
    for (const typed of [
      '',
      'x',
      'BCDF-GHJK',
      'AAAA-AAAA',
      `${user}B`,
      user.slice(1),
      '\u0000',
      'ＢＣＤＦ-ＧＨＪＫ',
    ])
      await enterDeviceCode(host.services, grant, typed).catch((error: Error) => heard.add(error.message));
    expect([...heard]).toEqual([expect.stringMatching(/^There is no device with this code/)]);
    for (let tries = 0; tries < 40; tries += 1)
      await enterDeviceCode(host.services, grant, 'BCDF-GHJK').catch((error: Error) =>
        heard.add(error.message),
      );
    expect([...heard].join(' ')).toMatch(/Too many tries/);
    await expect(enterDeviceCode(host.services, grant, user)).rejects.toThrow(/Too many tries/);
  });

  it('a code ends after ten minutes, for the person and for the device', async () => {
    const { device, user } = await begin();
    await host.services.database
      .updateTable('oauth_device')
      .set({ expires_at: Date.now() - 1 })
      .where('used_at', 'is', null)
      .execute();
    await expect(host.answerDevice('ada', user)).rejects.toThrow(/There is no device/);
    refusedAs(await poll(tool, device), 'expired_token');
  });

  it('a device that was approved, and whose consent was withdrawn before it asked, gets nothing', async () => {
    const { device, user } = await begin(shop);
    await host.answerDevice('ada', user);
    await host.withdraw('ada', shop.id);
    refusedAs(await poll(shop, device), 'access_denied');
  });
}

describe('attacks on devices, on SQLite', () => attacks('sqlite'));
await describeOnPostgres('attacks on devices, on PostgreSQL', () => attacks('postgres'));
