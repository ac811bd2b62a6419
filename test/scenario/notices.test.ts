import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { newPublicKey } from '../support/public-key.ts';
import { startServer } from '../support/server.ts';
import { world } from '../support/world.ts';
import { WebClient } from './web-client.ts';

it('a person hears by mail of a sign-in at a new place, of a new key and of a use of an old one, and of nothing else', async () => {
  const server = await startServer();
  const made = world(server);
  const ada = await made.account('ada');
  const folder = join(server.data, 'mail');
  const letters = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.eml'))
          .map((name) => readFileSync(join(folder, name), 'utf8'))
          .filter((letter) => letter.includes(`To: ${ada.email}`))
      : [];
  const subjects = (): string[] =>
    letters()
      .map((letter) => /^Subject: (.*)$/m.exec(letter)?.[1] ?? '')
      .toSorted();
  const arrived = async (count: number): Promise<void> => {
    for (let tries = 0; tries < 200 && subjects().length < count; tries += 1) await delay(50);
  };

  const first = new WebClient(server.url);
  expect((await first.signIn(ada)).status).toBe(303);
  // The same browser again, which is known by its cookie.
  await first.post('/-/sign-out');
  expect((await first.signIn(ada)).status).toBe(303);
  // Who guesses wrong makes no noise.
  await new WebClient(server.url).signIn({ ...ada, password: 'a wrong one altogether' });
  await delay(1500);
  expect(subjects()).toEqual([]);

  expect((await new WebClient(server.url).signIn(ada)).status).toBe(303);
  const added = await first.post('/account/settings/ssh-keys/new', {
    key: newPublicKey().line,
    label: 'Laptop',
  });
  expect(added.status).toBe(303);
  await made.workspace('acme', 'ada');
  await made.repository('acme/app');
  // At the command line the operator adds one, which is told to nobody.
  await made.do(['access-key', 'add', 'acme/app', '--label', 'By the operator'], newPublicKey().line);
  const nightly = { key: newPublicKey().line, label: 'Nightly builds' };
  expect((await first.post('/acme/app/settings/access-keys/new', nightly)).status).toBe(303);
  await arrived(3);
  expect(subjects()).toEqual([
    expect.stringMatching(/^New SSH key at localhost/),
    expect.stringMatching(/^New access key at localhost/),
    expect.stringMatching(/sign-in|signed in/i),
  ]);
  const told = letters().find((letter) => letter.includes('Subject: New access key')) ?? '';
  const [, body = ''] = told.split(/\r?\n\r?\n(.*)/s);
  const text = told.includes('base64')
    ? Buffer.from(body, 'base64').toString()
    : body.replaceAll(/=\r?\n/g, '').replaceAll(/\s+/g, ' ');
  expect(text).toContain('Nightly builds');
  expect(text).toContain('/acme/app/settings/access-keys');
  expect(text).not.toContain(nightly.key.split(' ')[1]);

  const make = 'app-password create ada --label old --scope repository --json'.split(' ');
  const old = JSON.parse(await made.do(make)) as { id: string; secret: string };
  const use = () =>
    fetch(`${server.url}/2.0/repositories/acme/app`, {
      headers: {
        authorization: `Basic ${Buffer.from(`ada:${old.secret}`).toString('base64')}`,
        'user-agent': 'forgotten-job/1.0',
      },
    });
  expect((await use()).status).toBe(200);
  await made.do(['credential', 'replace', old.id, '--overlap-days', '0']);
  for (let i = 0; i < 3; i += 1) expect((await use()).status).toBe(401);
  // Whoever looks has what was counted written, and need not be told any sooner than that.
  expect((await first.get(`/account/settings/app-passwords/${old.id}`)).status).toBe(200);
  await arrived(4);
  expect(subjects().filter((subject) => subject.startsWith('Use of'))).toEqual([
    expect.stringMatching(/^Use of a replaced app password at localhost/),
  ]);
  expect(subjects()).toHaveLength(4);
});
