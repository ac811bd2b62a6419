import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { world } from '../support/world.ts';

test('a lost password is replaced by the operator: the old one and all sessions end, keys go on working', async () => {
  const server = await startServer();
  const make = world(server);
  const jane = await make.account('jane');
  const secret = await make.appPassword('jane', ['account']);
  const signIn = (password: string) =>
    fetch(`${server.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: server.url,
        'sec-fetch-site': 'same-origin',
      },
      body: new URLSearchParams({ name: 'jane', password }).toString(),
    });
  const before = await signIn(jane.password);
  expect(before.status).toBe(303);
  const cookie = before.headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ');
  const home = () => fetch(`${server.url}/account/settings`, { headers: { cookie }, redirect: 'manual' });
  expect((await home()).status).toBe(200);

  const argument = await server.cli(['user', 'password', 'jane', '--password-stdin'], { input: 'short\n' });
  expect(argument).toMatchObject({ code: 1, stdout: '' });
  expect((await home()).status).toBe(200);

  await make.do(['user', 'password', 'jane', '--password-stdin'], 'another long password\n');
  expect((await home()).status).not.toBe(200);
  expect((await signIn(jane.password)).status).not.toBe(303);
  expect((await signIn('another long password')).status).toBe(303);
  const authorization = `Basic ${Buffer.from(`jane:${secret}`).toString('base64')}`;
  expect((await fetch(`${server.url}/2.0/user`, { headers: { authorization } })).status).toBe(200);
});
