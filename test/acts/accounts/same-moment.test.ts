import { sql } from 'kysely';
import { TOTP, Secret as Seed } from 'otpauth';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  confirmSeed,
  hashPassword,
  pageOfSessions,
  proposeSeed,
  settleTwoStep,
  startPasswordReset,
} from '../../../src/accounts/index.ts';
import { changePassword } from '../../../src/acts/accounts/password.ts';
import { changeProfile } from '../../../src/acts/accounts/profile.ts';
import { askForPasswordReset, resetPassword } from '../../../src/acts/accounts/reset-password.ts';
import { completeSignIn, signIn } from '../../../src/acts/accounts/sign-in.ts';
import { disableAccount } from '../../../src/acts/accounts/state.ts';
import { removeStep, renewRecoveryCodes, resetTwoStep } from '../../../src/acts/accounts/two-step.ts';
import { Secret } from '../../../src/credentials/index.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { takeMessage } from '../../../src/mail/index.ts';
import type { Handle } from '../../../src/store/handle.ts';
import { openDatabase } from '../../../src/store/open.ts';
import { describeOnPostgres } from '../../support/postgres.ts';
import { nothing, openHost, type TestHost } from '../host.ts';
import { meanwhile } from '../meanwhile.ts';

const PASSWORD = 'correct horse battery';
const NEXT = 'another long pass phrase';
const STEP = 30_000;
const browser = { userAgent: 'test', known: undefined };
const self = { type: 'account', self: true } as const;

let host: TestHost;
let hash: string;
let people = 0;

/** Somebody with a password of their own, and what is done with their account. */
async function someone() {
  const name = `person${people++}`;
  const { id } = await host.person(name, { password: hash });
  const { services } = host;
  const stranger = await host.enter('session.create', { type: 'host' }, nothing, 'web');
  const forgetful = await host.enter('account.reset_password', { type: 'host' }, nothing, 'web');
  const account = { type: 'account', account: name } as const;
  const begin = () => signIn(services, stranger, { name, password: PASSWORD, browser });
  const cookie = async () => {
    const begun = await begin();
    if (!('token' in begun)) throw new Error('It asked for a second step.');
    return { type: 'cookie', token: new Secret(begun.token) } as const;
  };
  return {
    id,
    name,
    forgetful,
    signIn: begin,
    cookie,
    complete: (pending: string, code: string) =>
      completeSignIn(services, stranger, { pending, passkey: '', code, browser }),
    changePassword: async () =>
      changePassword(services, await enterAsOperator(services, 'account.password', [account]), {
        current: '',
        next: NEXT,
      }),
    /** What changes it; its person is signed in for that. */
    async changingAddress() {
      const grant = await host.enter('account.update', self, await cookie(), 'web');
      const wanted = { displayName: name, email: `${name}@elsewhere.example` };
      return () => changeProfile(services, grant, wanted);
    },
    disable: async () =>
      disableAccount(
        services,
        await enterAsOperator(services, 'account.disable', [{ type: 'host' }, account]),
      ),
    resetTwoStep: async () =>
      resetTwoStep(
        services,
        await enterAsOperator(services, 'account.reset_two_step', [{ type: 'host' }, account]),
      ),
    link: async () => (await startPasswordReset(services.database, id, 'reset', host.now)).token,
    reset: (token: string, from = services) => resetPassword(from, forgetful, { token, next: NEXT }),
    async addApp() {
      const { database, seals } = services;
      const seed = await proposeSeed(database, seals, id, host.now);
      const code = (at: number) =>
        TOTP.generate({ secret: Seed.fromBase32(seed.reveal()), timestamp: at, digits: 6, period: 30 });
      await confirmSeed(database, seals, id, code(host.now), host.now);
      await settleTwoStep(database, id, host.now);
      host.now += STEP;
      return code;
    },
    sessions: async () =>
      (await pageOfSessions(services.database, id, { offset: 0, limit: 25 }, host.now)).sessions,
  };
}

function whenever(kind: 'sqlite' | 'postgres'): void {
  beforeAll(async () => {
    hash = await hashPassword(PASSWORD);
    host = await openHost(kind);
  });

  it('a link for a new password goes to the address that the account has by then', async () => {
    const ada = await someone();
    const late = meanwhile(host.services, await ada.changingAddress());
    await askForPasswordReset(late, ada.forgetful, ada.name);
    const { database, seals } = host.services;
    const sent: string[] = [];
    for (let mail; (mail = await takeMessage(database, seals, host.now)) !== undefined; )
      if ('subject' in mail && mail.subject.startsWith('Choose a new password')) sent.push(mail.to);
    expect(sent).toEqual([`${ada.name}@elsewhere.example`]);
  });

  it('no link goes to an account that is disabled by then, and none opens it', async () => {
    const [ada, bob] = [await someone(), await someone()];
    await askForPasswordReset(meanwhile(host.services, ada.disable), ada.forgetful, ada.name);
    const links = await host.services.database
      .selectFrom('password_reset')
      .select('digest')
      .where('account_id', '=', ada.id)
      .execute();
    expect(links).toEqual([]);
    const token = await bob.link();
    await expect(bob.reset(token, meanwhile(host.services, bob.disable))).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('whoever knows the former password alone does not undo a new one', async () => {
    const ada = await someone();
    const own = await host.enter('account.password', self, await ada.cookie(), 'web');
    const late = meanwhile(host.services, ada.changePassword);
    await expect(
      changePassword(late, own, { current: PASSWORD, next: 'a third long pass phrase' }),
    ).rejects.toMatchObject({ name: 'Refused' });
  });

  it('recovery codes are not made for an account whose two-step verification is off by then', async () => {
    const ada = await someone();
    const code = await ada.addApp();
    const begun = await ada.signIn();
    if (!('pending' in begun)) throw new Error('The second step was left out.');
    const { token } = await ada.complete(begun.pending, code(host.now));
    const grant = await host.enter(
      'two_step.change',
      self,
      { type: 'cookie', token: new Secret(token) },
      'web',
    );
    const late = meanwhile(host.services, () => removeStep(host.services, grant, 'all'));
    await expect(renewRecoveryCodes(late, grant)).rejects.toMatchObject({ code: 'conflict' });
  });
}

/**
 * Begins one act while its transaction cannot go on for what somebody else has locked, and another one when it waits there.
 * Both go on when the second has had time to come as far as it may.
 */
async function heldUp(
  lock: (trx: Handle) => Promise<unknown>,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  if (!('postgres' in host.location)) throw new Error('Only on PostgreSQL.');
  const other = await openDatabase(host.location);
  const waiting = async (): Promise<number> => {
    const { rows } = await sql<{ waiting: number }>`select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(other);
    return rows[0]?.waiting ?? 0;
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (const end = performance.now() + 5000; !(await isSo()); await delay(5)) {
      if (performance.now() > end) throw new Error('It did not come as far as that.');
    }
  };
  try {
    return await other
      .transaction()
      .execute(async (trx) => {
        await lock(trx);
        const one = first();
        one.catch(() => {});
        await until(async () => (await waiting()) === 1);
        const two = second();
        two.catch(() => {});
        // In this process it waits for the first one, where nobody sees it.
        await Promise.race([two, delay(200)]).catch(() => {});
        return [one, two];
      })
      .then((both) => Promise.allSettled(both));
  } finally {
    await other.destroy();
  }
}

/** Where a sign-in comes when it has looked at the account, and before its end. */
const browsers = (trx: Handle) => sql`lock table known_browser in exclusive mode`.execute(trx);

const fulfilled = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : String(outcome.reason)));

await describeOnPostgres('a sign-in that is not at its end yet, on PostgreSQL', () => {
  beforeAll(async () => {
    hash = await hashPassword(PASSWORD);
    host = await openHost('postgres');
  });

  it.each(['changePassword', 'disable'] as const)('leaves no session behind %s', async (ending) => {
    const ada = await someone();
    expect(fulfilled(await heldUp(browsers, ada.signIn, ada[ending]))).toEqual(['done', 'done']);
    expect(await ada.sessions()).toEqual([]);
  });

  it('leaves no session behind a password that was set by a link', async () => {
    const ada = await someone();
    const token = await ada.link();
    expect(fulfilled(await heldUp(browsers, ada.signIn, () => ada.reset(token)))).toEqual(['done', 'done']);
    expect(await ada.sessions()).toEqual([]);
  });

  it.each(['changePassword', 'resetTwoStep'] as const)(
    'leaves no session behind %s, where it has two steps',
    async (ending) => {
      const ada = await someone();
      const code = await ada.addApp();
      const begun = await ada.signIn();
      const pending = 'pending' in begun ? begun.pending : '';
      const outcomes = await heldUp(browsers, () => ada.complete(pending, code(host.now)), ada[ending]);
      expect(fulfilled(outcomes)).toEqual(['done', 'done']);
      expect(await ada.sessions()).toEqual([]);
    },
  );

  it.each(['password', 'address'])(
    'nobody waits crosswise for another %s and a password that is set by a link',
    async (what) => {
      const ada = await someone();
      const change = what === 'address' ? await ada.changingAddress() : ada.changePassword;
      const token = await ada.link();
      const outcomes = fulfilled(
        await heldUp(
          (trx) => sql`select from account where id = ${ada.id} for update`.execute(trx),
          change,
          () => ada.reset(token),
        ),
      );
      expect(outcomes).toEqual(['done', expect.stringContaining('This link was used already')]);
    },
  );
});

describe('at the same moment, on SQLite', () => whenever('sqlite'));
await describeOnPostgres('at the same moment, on PostgreSQL', () => whenever('postgres'));
