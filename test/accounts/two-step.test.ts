import { setTimeout as delay } from 'node:timers/promises';
import { TOTP, Secret as Seed } from 'otpauth';
import { describe, expect, it } from 'vitest';
import {
  confirmSeed,
  findPendingSignIn,
  notePasskeyUse,
  proposedSeed,
  proposeSeed,
  relyingPartyOf,
  rememberBrowser,
  replaceRecoveryCodes,
  settleTwoStep,
  startPendingSignIn,
  takeAppCode,
  takePendingSignIn,
  takeRecoveryCode,
  viewTwoStep,
} from '../../src/accounts/index.ts';
import { removeApp } from '../../src/accounts/two-step/app.ts';
import { addPasskey, removePasskeys } from '../../src/accounts/two-step/passkeys.ts';
import { changeInTurn } from '../../src/limits/index.ts';
import type { Handle } from '../../src/store/handle.ts';
import { isChallenge, issueChallenge, takeChallenge } from '../../src/accounts/two-step/challenge.ts';
import { openHost } from '../acts/host.ts';

const STEP = 30_000;

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`two-step verification, on ${kind}`, () => {
    async function withApp() {
      const host = await openHost(kind);
      const { database, seals, keys } = host.services;
      const ada = await host.person('ada');
      const seed = await proposeSeed(database, seals, ada.id, host.now);
      const code = (at: number) =>
        TOTP.generate({ secret: Seed.fromBase32(seed.reveal()), timestamp: at, digits: 6, period: 30 });
      const take = (typed: string, now = host.now) => takeAppCode(database, seals, ada.id, typed, now);
      return { host, database, seals, keys, ada, seed, code, take };
    }

    it('counts an app once a code of it was given, and seals its seed for one account', async () => {
      const { host, database, seals, ada, seed, code, take } = await withApp();
      expect(await take(code(host.now))).toBe(false);
      expect(await confirmSeed(database, seals, ada.id, '000000', host.now)).toBe(false);
      expect(await settleTwoStep(database, ada.id, host.now)).toBe('as before');
      expect(await confirmSeed(database, seals, ada.id, code(host.now), host.now)).toBe(true);
      expect(await settleTwoStep(database, ada.id, host.now)).toBe('turned on');
      expect(await proposedSeed(database, seals, ada.id)).toBeUndefined();
      const [row] = await database.selectFrom('authenticator_app').selectAll().execute();
      expect(JSON.stringify(row)).not.toContain(seed.reveal());
      // A row that is copied to another account opens nothing there.
      const eve = await host.person('eve');
      await database
        .insertInto('authenticator_app')
        .values({ ...row!, account_id: eve.id })
        .execute();
      await expect(takeAppCode(database, seals, eve.id, code(host.now), host.now)).rejects.toThrow();
    });

    it('T55: takes a code once, whoever brings it and however many at once, and no earlier one after it', async () => {
      const { host, database, seals, ada, code, take } = await withApp();
      await confirmSeed(database, seals, ada.id, code(host.now), host.now);
      expect(await take(code(host.now))).toBe(false);
      const next = host.now + STEP;
      const tries = await Promise.all(Array.from({ length: 8 }, () => take(code(next), next)));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await take(code(host.now), next)).toBe(false);
      expect(await take(code(next + STEP), next)).toBe(true);
      expect(await take(code(next + 2 * STEP), next)).toBe(false);
      expect(await take(code(next + 3 * STEP), next)).toBe(false);
    });

    it('takes ten recovery codes once each, one of two that come at once, and none of the old ones', async () => {
      const { host, database, keys, ada } = await withApp();
      const codes = await replaceRecoveryCodes(database, keys, ada.id, host.now);
      const take = (typed: string, account = ada.id) =>
        takeRecoveryCode(database, keys, account, typed, host.now);
      expect(new Set(codes.map((each) => each.reveal())).size).toBe(10);
      const [first, second, third] = codes.map((each) => each.reveal());
      expect((await Promise.all([take(first!), take(first!)])).filter(Boolean)).toHaveLength(1);
      expect(await take(first!)).toBe(false);
      expect(await take(` ${second!.toUpperCase().replaceAll('-', ' ')}`)).toBe(true);
      const eve = await host.person('eve');
      expect(await take(third!, eve.id)).toBe(false);
      expect((await viewTwoStep(database, ada.id)).recoveryCodesLeft).toBe(8);
      const rows = JSON.stringify(await database.selectFrom('recovery_code').selectAll().execute());
      expect(rows).not.toContain(third!);
      await replaceRecoveryCodes(database, keys, ada.id, host.now);
      expect(await take(third!)).toBe(false);
      for (const typed of ['', '123456', 'x'.repeat(16), `${third!}0`, "' or 1=1"]) {
        expect(await take(typed)).toBe(false);
      }
    });

    it('answers a challenge once, for its purpose, for ten minutes', async () => {
      const { host, database, keys } = await withApp();
      const challenge = Buffer.from(issueChallenge(keys, 'this', host.now)).toString('base64url');
      expect(isChallenge(keys, 'this', challenge, host.now)).toBe(true);
      expect(isChallenge(keys, 'that', challenge, host.now)).toBe(false);
      expect(isChallenge(keys, 'this', challenge, host.now + 600_001)).toBe(false);
      expect(isChallenge(keys, 'this', `${challenge.slice(0, -2)}AA`, host.now)).toBe(false);
      for (const wrong of ['', 'AAAA', challenge.slice(4)]) {
        expect(isChallenge(keys, 'this', wrong, host.now)).toBe(false);
      }
      const taken = await Promise.all([1, 2, 3].map(() => takeChallenge(database, challenge, host.now)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it('keeps a counter that moves on, and one that stays 0, and takes none that goes back', async () => {
      const { host, database, ada } = await withApp();
      const row = {
        account_id: ada.id,
        public_key: '',
        transports: '',
        name: 'key',
        host: 'localhost',
        created_at: host.now,
        last_used_at: null,
      };
      await database
        .insertInto('passkey')
        .values([
          { ...row, id: 'counts', credential_id: 'a', counter: 5 },
          { ...row, id: 'shared', credential_id: 'b', counter: 0 },
        ])
        .execute();
      const note = (id: string, counter: number) => notePasskeyUse(database, id, counter, host.now);
      expect(await note('counts', 5)).toBe(false);
      expect(await note('counts', 4)).toBe(false);
      expect(await note('counts', 0)).toBe(false);
      expect(await note('counts', 6)).toBe(true);
      expect(await note('counts', 6)).toBe(false);
      expect(await note('shared', 0)).toBe(true);
      expect(await note('shared', 0)).toBe(true);
    });

    it('is off when the app and the last passkey go at the same moment', async () => {
      const { host, database, seals, ada, code } = await withApp();
      await confirmSeed(database, seals, ada.id, code(host.now), host.now);
      const passkey = { accountId: ada.id, credentialId: 'c', publicKey: new Uint8Array(), counter: 0 };
      await addPasskey(database, { ...passkey, transports: [], name: 'key', host: 'localhost' }, host.now);
      await settleTwoStep(database, ada.id, host.now);
      const went = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const remove = (what: (trx: Handle) => Promise<unknown>, then: () => Promise<void>) =>
        changeInTurn(database, async (trx) => {
          await what(trx);
          await settleTwoStep(trx, ada.id, host.now);
          await then();
        });
      // The first does not come to its end before the second has come as far as it may.
      const first = remove(
        (trx) => removeApp(trx, ada.id),
        () => (went.resolve(), goOn.promise),
      );
      await went.promise;
      const second = remove(
        (trx) => removePasskeys(trx, ada.id, 'all'),
        async () => goOn.resolve(),
      );
      await Promise.race([second, delay(300)]);
      goOn.resolve();
      await Promise.all([first, second]);
      const account = await database.selectFrom('account').selectAll().where('id', '=', ada.id).execute();
      expect(account).toMatchObject([{ two_step_at: null }]);
    });

    it('lets a sign-in wait for ten minutes, and complete once', async () => {
      const { host, database, ada } = await withApp();
      const token = await startPendingSignIn(database, { id: ada.id, password: 'hash' }, host.now);
      const found = await findPendingSignIn(database, token, host.now);
      expect(found?.accountId).toBe(ada.id);
      expect(await findPendingSignIn(database, token, host.now + 600_001)).toBeUndefined();
      expect(await findPendingSignIn(database, `${token.slice(1)}x`, host.now)).toBeUndefined();
      const taken = await Promise.all([
        takePendingSignIn(database, found!),
        takePendingSignIn(database, found!),
      ]);
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await findPendingSignIn(database, token, host.now)).toBeUndefined();
    });

    it('knows a browser again, and takes no name that it did not give', async () => {
      const { host, database, ada } = await withApp();
      const chosen = 'A'.repeat(43);
      const first = await rememberBrowser(database, chosen, ada.id, host.now);
      expect(first).toMatchObject({ isNew: false });
      expect(first.token).not.toBe(chosen);
      expect(await rememberBrowser(database, first.token, ada.id, host.now)).toEqual(first);
      const other = await rememberBrowser(database, undefined, ada.id, host.now);
      expect(other.isNew).toBe(true);
      const eve = await host.person('eve');
      expect(await rememberBrowser(database, first.token, eve.id, host.now)).toEqual(first);
    });
  });
}

it.each([
  ['https://git.example.org', { id: 'git.example.org', origin: 'https://git.example.org' }],
  ['https://git.example.org:8443', { id: 'git.example.org', origin: 'https://git.example.org:8443' }],
  ['http://localhost:7990', { id: 'localhost', origin: 'http://localhost:7990' }],
  ['https://192.0.2.1', undefined],
  ['https://[2001:db8::1]:8443', undefined],
  ['http://git.example.org', undefined],
])('the relying party of %s is %j', (url, party) => expect(relyingPartyOf(url)).toEqual(party));
