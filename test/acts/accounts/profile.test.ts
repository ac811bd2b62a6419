import { beforeEach, expect, it } from 'vitest';
import { changeProfile } from '../../../src/acts/accounts/profile.ts';
import { askForPasswordReset } from '../../../src/acts/accounts/reset-password.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { takeMessage, type Letter } from '../../../src/mail/index.ts';
import { nothing, openHost, type TestHost } from '../host.ts';

const FORMER = 'ada@example.org';

let host: TestHost;
beforeEach(async () => {
  host = await openHost();
  await host.person('ada');
});

const save = async (input: { displayName: string; email: string }) => {
  const grant = await enterAsOperator(host.services, 'account.update', [{ type: 'account', account: 'ada' }]);
  await changeProfile(host.services, grant, input);
};
const letters = async (): Promise<Letter[]> => {
  const { database, seals } = host.services;
  const taken: Letter[] = [];
  for (;;) {
    const letter = await takeMessage(database, seals, host.now);
    if (letter === undefined) return taken;
    if ('to' in letter) taken.push(letter);
  }
};
const askForLink = async () => {
  const grant = await host.enter('account.reset_password', { type: 'host' }, nothing, 'web');
  await askForPasswordReset(host.services, grant, 'ada');
};
const waitingLinks = async () =>
  (await host.services.database.selectFrom('password_reset').select('digest').execute()).length;

it('another address is told to the former one, and to no other', async () => {
  await save({ displayName: 'Ada', email: 'other@example.net' });
  const told = await letters();
  expect(told.map(({ to }) => to)).toEqual([FORMER]);
  expect(told[0]?.subject).toBe('Your e-mail address at localhost:7990 was changed');
  expect(told[0]?.text).toContain('other@example.net');
});

it('another address ends the links that wait', async () => {
  await askForLink();
  await save({ displayName: 'Ada', email: 'other@example.net' });
  expect(await waitingLinks()).toBe(0);
});

it('another display name alone is told to nobody, and leaves the links that wait', async () => {
  await askForLink();
  await letters();
  await save({ displayName: 'Ada Lovelace', email: FORMER });
  expect(await letters()).toEqual([]);
  expect(await waitingLinks()).toBe(1);
});

it('an address that is taken changes nothing and is told to nobody', async () => {
  await host.person('bea');
  await expect(save({ displayName: 'Ada', email: 'bea@example.org' })).rejects.toMatchObject({
    code: 'taken',
  });
  expect(await letters()).toEqual([]);
});
