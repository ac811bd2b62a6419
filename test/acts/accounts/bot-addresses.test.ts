import { beforeAll, expect, it } from 'vitest';
import { createAccount as insertAccount, findAccount } from '../../../src/accounts/index.ts';
import { createAccount } from '../../../src/acts/accounts/create.ts';
import { inviteAccount } from '../../../src/acts/accounts/invite.ts';
import { changeProfile } from '../../../src/acts/accounts/profile.ts';
import { attribute } from '../../../src/acts/source/attribution.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { openHost, type TestHost } from '../host.ts';

const BOT = '0123456789abcdef01234567@bots.localhost';
let host: TestHost;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
});

it('nobody takes the address of a bot for their own', async () => {
  const { services } = host;
  const refused = { code: 'invalid', fields: { email: [expect.stringContaining('kept for the bots')] } };
  const make = () => enterAsOperator(services, 'account.create', [{ type: 'host' }]);
  const asked = { username: 'eve', email: BOT, displayName: 'Eve', isAdministrator: false };
  const more = { password: 'correct horse battery', mustChangePassword: false };
  await expect(createAccount(services, await make(), { ...asked, ...more })).rejects.toMatchObject(refused);
  await expect(inviteAccount(services, await make(), asked)).rejects.toMatchObject(refused);
  const ada = await enterAsOperator(services, 'account.update', [{ type: 'account', account: 'ada' }]);
  const profile = { displayName: 'Ada', email: BOT.toUpperCase() };
  await expect(changeProfile(services, ada, profile)).rejects.toMatchObject(refused);
});

it('what a bot wrote is nobody’s who took its address before', async () => {
  const { database } = host.services;
  const mallory = {
    username: 'mallory',
    email: BOT,
    displayName: 'Mallory',
    passwordHash: '',
    isAdministrator: false,
    mustChangePassword: false,
  };
  await database.transaction().execute((trx) => insertAccount(trx, mallory, host.now));
  const people = await attribute(host.services, [BOT, 'ada@example.org']);
  expect([...people.keys()]).toEqual(['ada@example.org']);
  // Who had it before goes by it still, and may be called something else.
  const grant = await enterAsOperator(host.services, 'account.update', [
    { type: 'account', account: 'mallory' },
  ]);
  await changeProfile(host.services, grant, { displayName: 'M.', email: BOT });
  expect(await findAccount(database, 'mallory')).toMatchObject({ displayName: 'M.', email: BOT });
});
