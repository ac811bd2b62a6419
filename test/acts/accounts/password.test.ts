import { beforeAll, expect, it } from 'vitest';
import { hashPassword, startSession, verifyPassword } from '../../../src/accounts/index.ts';
import { confirm } from '../../../src/acts/accounts/confirm.ts';
import { changePassword } from '../../../src/acts/accounts/password.ts';
import { Secret } from '../../../src/credentials/index.ts';
import { Problem } from '../../../src/problem.ts';
import { openHost, type TestHost } from '../host.ts';

const PASSWORD = 'correct horse battery';
let host: TestHost;
let adaId: string;

beforeAll(async () => {
  host = await openHost();
  adaId = (await host.person('ada', { password: await hashPassword(PASSWORD) })).id;
});

async function session() {
  const where = { address: '', userAgent: '' };
  const { token } = await startSession(host.services.database, adaId, where, host.now);
  const enter = <Op extends 'account.password' | 'session.confirm'>(operation: Op) =>
    host.enter(
      operation,
      { type: 'account', self: true },
      { type: 'cookie', token: new Secret(token) },
      'web',
    );
  const told = (error: unknown) => (error instanceof Problem ? error.code : error);
  return {
    change: async (current: string, next = 'a new one of some length') =>
      changePassword(host.services, await enter('account.password'), { current, next }).then(
        () => 'changed',
        told,
      ),
    confirm: async (password: string) =>
      confirm(host.services, await enter('session.confirm'), { password, code: '', passkey: '' }).then(
        () => 'confirmed',
        told,
      ),
  };
}

it('the present password is guessed ten times within a session, here and where one confirms together', async () => {
  const { change, confirm: confirmBy } = await session();
  const answers: unknown[] = [];
  for (let tries = 0; tries < 6; tries++) answers.push(await change('wrong'));
  for (let tries = 0; tries < 6; tries++) answers.push(await confirmBy('wrong'));
  expect(answers).toEqual([...Array.from({ length: 10 }, () => 'invalid'), 'unavailable', 'unavailable']);
  expect(await change(PASSWORD)).toBe('unavailable');
  expect(await confirmBy(PASSWORD)).toBe('unavailable');
  host.now += 15 * 60_000;
  expect(await confirmBy(PASSWORD)).toBe('confirmed');
  const other = 'another one of some length';
  expect(await change(PASSWORD, other)).toBe('changed');
  expect(await change(other, PASSWORD)).toBe('changed');
});

it('a password that is right where it is changed gives no new tries where the second step is guessed', async () => {
  const { change, confirm: confirmBy } = await session();
  for (let tries = 0; tries < 8; tries++) expect(await confirmBy('wrong')).toBe('invalid');
  expect(await change(PASSWORD, PASSWORD)).toBe('invalid');
  expect(await confirmBy('wrong')).toBe('invalid');
  expect(await confirmBy('wrong')).toBe('unavailable');
});

it('what is longer than any password is not worth the work', async () => {
  const long = 'x'.repeat(5000);
  expect(await verifyPassword(long, await hashPassword(long))).toBe(false);
});
