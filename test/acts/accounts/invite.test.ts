import { beforeAll, describe, expect, it } from 'vitest';
import { inviteAccount } from '../../../src/acts/accounts/invite.ts';
import { checkPasswordReset, resetPassword } from '../../../src/acts/accounts/reset-password.ts';
import { disableAccount, enableAccount } from '../../../src/acts/accounts/state.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { nothing, openHost, type TestHost } from '../host.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NEXT = 'nine boats under a low moon';

function invitations(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost(kind);
  });
  const invite = async (username: string) => {
    const grant = await enterAsOperator(host.services, 'account.create', [{ type: 'host' }]);
    const input = {
      username,
      email: `${username}@example.org`,
      displayName: username,
      isAdministrator: false,
    };
    const { link } = await inviteAccount(host.services, grant, input);
    return new URL(link).searchParams.get('code') ?? '';
  };
  const grant = () => host.enter('account.reset_password', { type: 'host' }, nothing, 'web');
  const check = async (token: string) => checkPasswordReset(host.services, await grant(), token);
  const choose = async (token: string) => resetPassword(host.services, await grant(), { token, next: NEXT });
  const letters = async () => (await host.services.database.selectFrom('mail').select('id').execute()).length;

  it('is good for seven days, and not a moment longer', async () => {
    const token = await invite('ada');
    host.now += 7 * DAY_MS - 1;
    expect(await check(token)).toEqual({ username: 'ada', isFirst: true });
    host.now += 1;
    await expect(check(token)).rejects.toThrow('too old');
    await expect(choose(token)).rejects.toThrow('too old');
  });

  it('is good for one password, also for two at once, which is told to nobody by mail', async () => {
    const token = await invite('bea');
    const before = await letters();
    const outcomes = await Promise.allSettled([choose(token), choose(token)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(check(token)).rejects.toThrow('used already');
    expect(await letters()).toBe(before);
  });

  it('waits while the account is disabled', async () => {
    const token = await invite('dee');
    const on = [{ type: 'host' }, { type: 'account', account: 'dee' }] as const;
    await disableAccount(host.services, await enterAsOperator(host.services, 'account.disable', on));
    await expect(choose(token)).rejects.toThrow('used already');
    await enableAccount(host.services, await enterAsOperator(host.services, 'account.enable', on));
    await choose(token);
  });

  it('makes neither link nor letter for a name that is taken', async () => {
    await invite('eli');
    const before = await letters();
    await expect(invite('eli')).rejects.toThrow('taken');
    expect(await letters()).toBe(before);
  });
}

describe('an invitation', () => invitations('sqlite'));
await describeOnPostgres('an invitation on PostgreSQL', () => invitations('postgres'));
