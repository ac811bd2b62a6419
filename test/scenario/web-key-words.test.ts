import { beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';
import { WebClient } from './web-client.ts';

/** What the pages of a person's keys say of them, in words. */

const LIST = '/account/settings/app-passwords';

let server: TestServer;
let ada: WebClient;

beforeAll(async () => {
  server = await startServer();
  const person = await world(server).account('ada');
  ada = new WebClient(server.url);
  await ada.signIn(person);
});

/** Makes an app password by the form, and returns the address of its page. */
async function made(label: string, more: Record<string, string> = {}): Promise<string> {
  const { text } = await ada.get(`${LIST}/new`);
  const token = /name="form_token" value="([^"]*)"/.exec(text)?.[1] ?? '';
  const form = { label, scopes: 'repository', form_token: token, ...more };
  expect((await ada.post(`${LIST}/new`, form)).text).toContain('it is shown this once');
  const listed = (await ada.get(LIST)).text;
  return new RegExp(`href="(${LIST}/cred_\\w+)">${label}<`).exec(listed)?.[1] ?? '';
}

describe('a key whose beginning lies ahead', () => {
  it('says when it starts, in the list and on its page', async () => {
    const page = await made('later', { 'not-before': '2099-01-01' });
    for (const path of [LIST, page]) {
      const { text } = await ada.get(path);
      expect(text, path).toContain('Starts 1 Jan 2099');
      expect(text, path).not.toContain('Paused');
    }
  });
});

describe('a key that was revoked', () => {
  it('says when, in the list and where it would be revoked again', async () => {
    const page = await made('short-lived');
    expect((await ada.post(`${page}/revoke`)).status).toBe(303);
    expect((await ada.get(`${LIST}?show=ended`)).text).toContain('Revoked just now');
    expect((await ada.get(page)).text).toMatch(/<dt>Revoked<\/dt><dd>\d{4}-\d\d-\d\d \d\d:\d\d UTC \(/);
    expect((await ada.get(page)).text).not.toContain('<dt>Expires</dt>');
    const { status, text } = await ada.get(`${page}/revoke`);
    expect(status).toBe(200);
    expect(text).toMatch(/“short-lived” was revoked.*, since \d{4}-\d\d-\d\d \d\d:\d\d UTC/s);
    expect(text).toContain(`href="${page}">See it</a>`);
    expect(text).not.toContain(`action="${page}/revoke"`);
  });
});

describe('an API token that was just made', () => {
  const TOKENS = '/account/settings/api-tokens';
  it('may leave its last day empty, which is a year from now, and is told so', async () => {
    const { text } = await ada.get(`${TOKENS}/new`);
    expect(text).toContain('Empty: a year from now.');
    expect(/<input[^>]*name="expires"[^>]*>/.exec(text)?.[0]).not.toContain('required');
  });

  const send = async (label: string, scopes: string, more: Record<string, string> = {}) => {
    const { text } = await ada.get(`${TOKENS}/new`);
    const token = /name="form_token" value="([^"]*)"/.exec(text)?.[1] ?? '';
    const form = { label, scopes, form_token: token, expires: '', ...more };
    return (await ada.post(`${TOKENS}/new`, form)).text.replaceAll('&#39;', "'");
  };

  it('has a line with the e-mail address for REST, and none of it for Git', async () => {
    const text = await send('reads', 'read:repository:bitbucket');
    expect(text).toMatch(/curl --user 'ada@example\.\w+:lkat_\w{38}' \S+\/2\.0\/repositories\//);
    expect(text).toMatch(/git clone http:\/\/ada@/);
    expect(text).not.toMatch(/git \w+ \S*ada@example/);
  });

  it('pushes where it only writes, and says before that it cannot clone', async () => {
    const scope = 'write:repository:bitbucket';
    expect(await send('writes', scope, { read_back: '1' })).toContain('It cannot clone or fetch:');
    const text = await send('writes', scope);
    expect(text).toMatch(/git push http:\/\/ada@\S+\.git HEAD/);
    expect(text).toMatch(/git push http:\/\/x-bitbucket-api-token-auth@\S+\.git HEAD/);
    expect(text).not.toContain('git clone');
  });
});
