import { describe, expect, it } from 'vitest';
import { beginAttempt, networkOf, passwordLimits, secondStepLimits } from '../../src/limits/index.ts';
import { openHost } from '../acts/host.ts';

const refused = { code: 'unavailable' };
const MINUTE = 60_000;
const at = (address: string, knownBrowser?: string) => ({ address, knownBrowser });

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`the limits on signing in, on ${kind}`, () => {
    async function counting() {
      const { services, now } = await openHost(kind);
      const times = { now };
      const password = (name: string, address: string, known?: string) =>
        beginAttempt(services.database, passwordLimits(name, at(address, known)), times.now);
      const code = (account: string, signIn: string, known?: string) =>
        beginAttempt(
          services.database,
          secondStepLimits(account, signIn, at('10.0.0.1', known), true),
          times.now,
        );
      return { services, times, password, code };
    }

    it('count failures of a name from a network, forget them on success, and end by themselves', async () => {
      const { password, times } = await counting();
      for (let tries = 1; tries < 10; tries++) await password('ada', '10.0.0.1');
      const succeeded = await password(' ADA ', '10.0.0.1');
      await expect(password('ada', '10.0.0.1')).rejects.toMatchObject(refused);
      await succeeded();
      for (let tries = 0; tries < 10; tries++) await password('ada', '10.0.0.1');
      await expect(password('ada', '10.0.0.1')).rejects.toThrow(/Wait 15 minutes/);
      times.now += 15 * MINUTE;
      await expect(password('ada', '10.0.0.1')).resolves.toBeTypeOf('function');
    });

    it('never lock the owner out of a browser that they know, whoever guesses elsewhere', async () => {
      const { password } = await counting();
      for (let network = 1; network <= 20; network++) {
        for (let tries = 0; tries < 10; tries++)
          await password('ada', `10.0.${network}.1`).catch(() => undefined);
      }
      await expect(password('ada', '192.0.2.1')).rejects.toMatchObject(refused);
      await expect(password('ada', '10.0.1.1', 'browser')).resolves.toBeTypeOf('function');
      await expect(password('eve', '192.0.2.1')).resolves.toBeTypeOf('function');
    });

    it('count many tries at once as many', async () => {
      const { password } = await counting();
      const tries = await Promise.allSettled(Array.from({ length: 30 }, () => password('ada', '10.0.0.1')));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    });

    it('let one right password try five codes, and all of them twenty an hour', async () => {
      const { code, times } = await counting();
      let judged = 0;
      for (let signIn = 0; signIn < 30; signIn++) {
        for (let tries = 0; tries < 6; tries++) {
          judged += await code('ada', `sign-in ${signIn}`).then(
            () => 1,
            () => 0,
          );
        }
      }
      expect(judged).toBe(20);
      await expect(code('ada', 'another', 'browser')).resolves.toBeTypeOf('function');
      await expect(code('bob', 'another')).resolves.toBeTypeOf('function');
      times.now += 60 * MINUTE;
      await expect(code('ada', 'later')).resolves.toBeTypeOf('function');
    });

    it('are over at once where they were counted by a clock that was ahead and is right again', async () => {
      const { password, times } = await counting();
      const right = times.now;
      times.now += 365 * 24 * 60 * MINUTE;
      for (let tries = 0; tries < 10; tries++) await password('ada', '10.0.0.1');
      await expect(password('ada', '10.0.0.1')).rejects.toMatchObject(refused);
      times.now = right;
      for (let tries = 0; tries < 10; tries++) await password('ada', '10.0.0.1');
      await expect(password('ada', '10.0.0.1')).rejects.toThrow(/Wait 15 minutes/);
      times.now += 15 * MINUTE;
      await expect(password('ada', '10.0.0.1')).resolves.toBeTypeOf('function');
    });

    it('count on where clocks read a little apart, whichever is asked first', async () => {
      const { password, times } = await counting();
      for (let tries = 0; tries < 10; tries++) {
        await password('ada', '10.0.0.1');
        times.now -= 1;
      }
      await expect(password('ada', '10.0.0.1')).rejects.toMatchObject(refused);
    });

    it('keep nothing of what was typed', async () => {
      const { password, services } = await counting();
      await password('my secret password', '10.0.0.1');
      const rows = await services.database.selectFrom('attempt').selectAll().execute();
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toContain('secret');
    });
  });
}

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::6', '2001:db8:1:2::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s lies in the network %s', (address, network) => expect(networkOf(address)).toBe(network));
