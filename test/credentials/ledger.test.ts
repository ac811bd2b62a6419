import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { unneededScopes, usageOf } from '../../src/acts/credentials/uses.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { purgeUsage } from '../../src/acts/credentials/purge-usage.ts';
import {
  DAY_MS,
  lastUses,
  revokeCredentials,
  isAdmitted,
  listUses,
  operationsOf,
  usesByDay,
  UsageRecorder,
  type Outcome,
  type Use,
} from '../../src/credentials/index.ts';
import { changeInTurn } from '../../src/limits/index.ts';
import { openDatabase } from '../../src/store/open.ts';
import { enterAsJob, enterAsOperator } from '../../src/entry/index.ts';
import { agentOf } from '../../src/entry/record.ts';
import {
  declarationOf,
  expandScopes,
  OPERATIONS,
  SCOPE_NAMES,
  type OperationName,
} from '../../src/gate/index.ts';
import {
  consumersOfTokens,
  createConsent,
  endConsents,
  formerlyAllowed,
  type Consumer,
} from '../../src/oauth/index.ts';
import { holdConsent } from '../../src/oauth/consents.ts';
import { issueForConsent } from '../../src/oauth/tokens.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

const use: fc.Arbitrary<Use> = fc.record({
  credentialId: fc.constantFrom('cred_a', 'cred_b'),
  operation: fc.constantFrom('repository.fetch', 'source.read'),
  targetId: fc.constantFrom('', 'one'),
  outcome: fc.constantFrom('allowed', 'scope_missing'),
  address: fc.constantFrom('192.0.2.1', '2001:db8::1'),
  agent: fc.constant('git/2.39.5'),
});

/** What the ledger is to say, from a plain log of every use. */
function expectedOf(log: readonly (Use & { readonly at: number })[], credentialId: string, since: number) {
  const own = log.filter((each) => each.credentialId === credentialId && each.at >= since * DAY_MS);
  const alike = Map.groupBy(own, ({ at: _at, credentialId: _id, ...rest }) => JSON.stringify(rest));
  return [...alike].map(([key, list]) => {
    const times = list.map(({ at }) => at);
    const count = list.length;
    return { ...JSON.parse(key), count, firstAt: Math.min(...times), lastAt: Math.max(...times) };
  });
}

const inOrder = <Row extends object>(rows: readonly Row[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))).toSorted();

function ledgers(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost(kind);
  });
  const empty = () => host.services.database.deleteFrom('credential_ledger').execute();
  const recorder = () =>
    new UsageRecorder(host.services.database, (error) => {
      throw error;
    });

  it('says what a log of every use would say, however many processes count and whenever they write', async () => {
    const step = fc.record({
      use,
      at: fc.integer({ min: 0, max: 3 * DAY_MS }),
      by: fc.nat(1),
      writes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(3), async (steps, since) => {
        await empty();
        const recorders = [recorder(), recorder()];
        // The first time of a day is that of the process which wrote first; times go forward, as they do.
        const ordered = steps.toSorted((a, b) => a.at - b.at);
        for (const { use: each, at, by, writes } of ordered) {
          recorders[by]?.used(each, at);
          if (writes) for (const one of recorders) await one.flush();
        }
        for (const one of recorders) await one.close();
        const log = ordered.map(({ use: each, at }) => ({ ...each, at }));
        for (const id of ['cred_a', 'cred_b']) {
          const told = await listUses(host.services.database, { credentialId: id, since: since }, 1000);
          const expected = expectedOf(log, id, since);
          const without = (rows: readonly { readonly firstAt: number }[]) =>
            inOrder(rows.map(({ firstAt: _firstAt, ...rest }) => rest));
          expect(without(told)).toEqual(without(expected));
          const times = told.map(({ lastAt }) => lastAt);
          expect(times).toEqual(times.toSorted((a, b) => b - a));
          const which = { credentialId: id, since };
          expect(await listUses(host.services.database, which, 3)).toEqual(told.slice(0, 3));
          const refused = told.filter(({ outcome }) => outcome === 'scope_missing');
          expect(
            await listUses(host.services.database, { ...which, outcomes: ['scope_missing'] }, 1000),
          ).toEqual(refused);
          const opened = told.filter(({ outcome }) => isAdmitted(outcome)).map(({ operation }) => operation);
          expect(new Set(await operationsOf(host.services.database, which))).toEqual(new Set(opened));
          const days = await usesByDay(host.services.database, { credentialId: id, since: since });
          const sum = (admitted: boolean) =>
            expected
              .filter(({ outcome }) => isAdmitted(outcome) === admitted)
              .reduce((all, { count }) => all + count, 0);
          expect(days.reduce((all, day) => all + day.admitted, 0)).toBe(sum(true));
          expect(days.reduce((all, day) => all + day.refused, 0)).toBe(sum(false));
          expect(days.every(({ day }) => day >= since)).toBe(true);
        }
      }),
      { numRuns: kind === 'sqlite' ? 60 : 15 },
    );
  });

  it('has no more lines for who comes in ever new ways, tells less of them, and loses no use', async () => {
    await empty();
    const { services } = host;
    const one = { credentialId: 'cred_c', operation: 'source.read', outcome: 'allowed' } as const;
    let made = 0;
    const use = (of: Partial<Use> = {}) => {
      const number = (made += 1);
      services.usage.used(
        {
          ...one,
          targetId: `${number % 7}`,
          address: `192.0.2.${number % 250}`,
          agent: `made-up/${number}`,
          ...of,
        },
        DAY_MS,
      );
    };
    const told = () => listUses(services.database, { credentialId: 'cred_c', since: 0 }, 5000);
    for (let i = 0; i < 3000; i++) {
      use();
      if (i % 500 === 0) await services.usage.flush();
    }
    // What is known is told as before.
    use({ targetId: '1', address: '192.0.2.1', agent: 'made-up/1' });
    use({ outcome: 'observed', address: '203.0.113.66', agent: 'git/2' });
    await services.usage.flush();
    const lines = await told();
    expect(lines.length).toBeLessThanOrEqual(402);
    expect(lines.reduce((all, { count }) => all + count, 0)).toBe(3002);
    const count = (which: (line: (typeof lines)[number]) => boolean) => lines.filter(which).length;
    expect(count(({ agent }) => agent !== '')).toBe(201);
    expect(count(({ agent, address }) => agent === '' && address !== '')).toBe(100);
    expect(count(({ address, targetId }) => address === '' && targetId !== '')).toBe(7);
    expect(lines.find(({ agent }) => agent === 'made-up/1')).toMatchObject({ count: 2 });
    expect(lines.find(({ outcome }) => outcome === 'observed')).toMatchObject({ address: '203.0.113.66' });
  });

  it('keeps nothing of a request but what it tells', async () => {
    const one = recorder();
    const collect = () => {
      setFlagsFromString('--expose-gc');
      (runInNewContext('gc') as () => void)();
      return process.memoryUsage().heapUsed;
    };
    const count = (from: number, many: number) => {
      for (let i = from; i < from + many; i++) {
        const header = `${'x'.repeat(20)}/${i} ${'and so on '.repeat(1500)}`;
        // As it comes from a socket, and not as a text that was put together.
        const agent = agentOf(Buffer.from(header).toString('latin1'));
        one.used(
          {
            credentialId: `cred_${i % 900}`,
            operation: 'source.read',
            targetId: '',
            outcome: 'allowed',
            address: '192.0.2.1',
            agent,
          },
          DAY_MS,
        );
      }
    };
    count(0, 100);
    const before = collect();
    count(100, 3000);
    // 45 million bytes of headers went by.
    expect(collect() - before).toBeLessThan(10_000_000);
    await one.close();
  });

  it('has the first and the last time of a day, in whichever order they are written', async () => {
    await empty();
    const [one, two] = [recorder(), recorder()];
    const use = {
      credentialId: 'cred_f',
      operation: 'source.read',
      targetId: '',
      outcome: 'allowed',
      address: '',
      agent: '',
    } as const;
    for (const at of [3000, 2000]) one.used(use, at);
    await one.close();
    const told = () => listUses(host.services.database, { credentialId: 'cred_f', since: 0 }, 10);
    expect(await told()).toMatchObject([{ count: 2, firstAt: 2000, lastAt: 3000 }]);
    two.used(use, 1000);
    await two.close();
    expect(await told()).toMatchObject([{ count: 3, firstAt: 1000, lastAt: 3000 }]);
  });

  it('is written while all credentials of somebody are ended, and neither fails', async () => {
    const { services, location } = host;
    const database = await openDatabase(location);
    const { id } = await host.person(`ending-${kind}`);
    const ids = [];
    for (let i = 0; i < 30; i++) ids.push((await host.appPassword(`ending-${kind}`, ['repository'])).id);
    const one = recorder();
    for (let round = 1; round <= 12; round++) {
      await database.updateTable('credential').set({ revoked_at: null }).execute();
      for (const credentialId of ids.toSorted())
        one.used(
          {
            credentialId,
            operation: 'source.read',
            targetId: '',
            outcome: 'allowed',
            address: '',
            agent: '',
          },
          host.now + round,
        );
      const written = one.flush();
      await delay(round % 6);
      await changeInTurn(database, (trx) =>
        revokeCredentials(trx, { allOf: { type: 'account', id } }, null, host.now),
      );
      await written;
    }
    await one.close();
    const used = await lastUses(services.database, ids);
    expect(new Set(used.values())).toEqual(new Set([host.now + 12]));
    await database.destroy();
  });

  it('advises nothing of a key that was never let in', async () => {
    await empty();
    const { services } = host;
    services.usage.used(
      {
        credentialId: 'cred_n',
        operation: 'source.read',
        targetId: '',
        outcome: 'target_missing',
        address: '',
        agent: '',
      },
      services.clock(),
    );
    await services.usage.flush();
    const usage = await usageOf(
      services,
      { credentialId: 'cred_n' },
      { kind: 'app_password', scopes: ['wiki'] },
      { type: 'operator' },
      10,
    );
    expect([usage.uses.length, usage.unneeded]).toEqual([1, []]);
  });

  it('adds up what an application did for one account, with tokens that ended as with those that live', async () => {
    await empty();
    const { services } = host;
    const { database, keys } = services;
    const [carol, dave] = [await host.person('carol'), await host.person('dave')];
    await host.workspace('shops', 'carol');
    const target = [{ type: 'workspace', workspace: 'shops' }] as const;
    const consumer = async (name: string) => {
      const grant = await enterAsOperator(services, 'consumer.create', target);
      const input = { name, callbacks: [], scopes: ['repository'], isPrivate: true };
      return (await createOauthConsumer(services, grant, input)).consumer;
    };
    const [shop, other] = [await consumer('Shop'), await consumer('Other')];
    const tokenOf = async (of: Consumer, account: { readonly id: string }): Promise<string> => {
      const wanted = {
        type: 'tokens',
        scopes: ['repository'],
        bounds: [],
        label: null,
        expiresAt: null,
      } as const;
      const id = await createConsent(
        database,
        { ...wanted, consumerId: of.id, accountId: account.id },
        host.now,
      );
      return database.transaction().execute(async (trx) => {
        const consent = await holdConsent(trx, id);
        if (consent === undefined) throw new Error('The consent does not stand.');
        const issue = { consumer: of, consent, familyId: randomUUID(), scopes: wanted.scopes };
        const lifetimes = { accessMs: 1000, refreshMs: 1000 };
        const outcome = await issueForConsent(trx, keys, issue, lifetimes, host.now);
        if (!('issued' in outcome) || outcome.issued.type !== 'tokens') throw new Error('No tokens came.');
        return outcome.issued.accessId;
      });
    };
    const ended = await tokenOf(shop, carol);
    await endConsents(database, { accountId: carol.id, consumerId: shop.id }, host.now);
    const way = { operation: 'source.read', targetId: 'one', address: '192.0.2.1', agent: 'shop/1' } as const;
    const did = (credentialId: string, count: number, day: number, outcome: Outcome = 'allowed') => {
      for (let i = 0; i < count; i++)
        services.usage.used({ ...way, credentialId, outcome }, day * DAY_MS + i);
    };
    did(ended, 2, 5);
    did(await tokenOf(shop, carol), 1, 7);
    did(ended, 1, 8, 'credential_ended');
    did(await tokenOf(shop, dave), 5, 7);
    did(await tokenOf(other, carol), 7, 7);
    await services.usage.flush();
    const which = { consumerId: shop.id, accountId: carol.id, since: 0 };
    expect(await listUses(database, which, 10)).toEqual([
      { ...way, outcome: 'credential_ended', count: 1, firstAt: 8 * DAY_MS, lastAt: 8 * DAY_MS },
      { ...way, outcome: 'allowed', count: 3, firstAt: 5 * DAY_MS, lastAt: 7 * DAY_MS },
    ]);
    expect(await listUses(database, { ...which, outcomes: ['credential_ended'] }, 10)).toHaveLength(1);
    expect(await usesByDay(database, { ...which, since: 6 })).toEqual([
      { day: 7, admitted: 1, refused: 0 },
      { day: 8, admitted: 0, refused: 1 },
    ]);
    expect(await operationsOf(database, which)).toEqual(['source.read']);
    expect(await operationsOf(database, { ...which, consumerId: 'none' })).toEqual([]);
    // Which application it was is known of a token that ended, and whether anything was withdrawn from it.
    expect(await consumersOfTokens(database, [ended, 'cred_none'])).toEqual(new Map([[ended, shop.id]]));
    expect(await consumersOfTokens(database, [])).toEqual(new Map());
    expect(await formerlyAllowed(database, which)).toEqual({
      consumerId: shop.id,
      name: 'Shop',
      url: '',
      withdrawnAt: host.now,
    });
    for (const never of [
      { consumerId: shop.id, accountId: dave.id },
      { consumerId: other.id, accountId: carol.id },
    ])
      expect(await formerlyAllowed(database, never)).toBeUndefined();
  });

  it('keeps four hundred days', async () => {
    await empty();
    const { services } = host;
    const one = {
      credentialId: 'cred_d',
      operation: 'source.read',
      outcome: 'allowed' as const,
      address: '',
      agent: '',
    };
    for (const days of [0, 1, 400, 401, 500, 900])
      services.usage.used({ ...one, targetId: `${days} days ago` }, host.now - days * DAY_MS);
    // More than are removed in one go.
    for (let i = 0; i < 390; i++)
      services.usage.used({ ...one, targetId: String(i) }, host.now - 700 * DAY_MS);
    await services.usage.flush();
    await purgeUsage(services, await enterAsJob(services, 'purge', 'usage.purge', [{ type: 'host' }]));
    const left = await listUses(services.database, { credentialId: 'cred_d', since: 0 }, 1000);
    expect(left.map(({ targetId }) => targetId)).toEqual(['0 days ago', '1 days ago', '400 days ago']);
  });
}

describe('the ledger on SQLite', () => ledgers('sqlite'));
await describeOnPostgres('the ledger on PostgreSQL', () => ledgers('postgres'));

describe('scopes that nothing needed', () => {
  it('can all be left out, and no other could be with them', () => {
    const names = Object.keys(OPERATIONS) as OperationName[];
    const opens = (held: Iterable<string>, operation: OperationName): boolean => {
      const { scopes } = declarationOf(operation);
      return scopes === 'any' || scopes.every((scope) => expandScopes(held).has(scope));
    };
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...SCOPE_NAMES), { maxLength: 6 }),
        fc.array(fc.constantFrom(...names), { maxLength: 6 }),
        (held, asked) => {
          const used = asked.filter((operation) => opens(held, operation));
          const unneeded = unneededScopes({ kind: 'app_password', scopes: held }, used);
          const kept = held.filter((scope) => !unneeded.includes(scope));
          expect(used.filter((operation) => !opens(kept, operation))).toEqual([]);
          for (const scope of kept) {
            const fewer = kept.filter((each) => each !== scope);
            expect(
              used.some((operation) => !opens(fewer, operation)),
              scope,
            ).toBe(true);
          }
        },
      ),
    );
  });
});

describe('what a client calls itself', () => {
  it.each([
    ['git/2.39.5 (Apple Git-154)', 'git/2.39.5'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['python-requests/2.31.0', 'python-requests/2.31.0'],
    ['OpenSSH_9.2p1', 'OpenSSH_9.2p1'],
    ['Jakarta Commons-HttpClient/3.1', 'Jakarta'],
    ['', ''],
    ['<script>', ''],
    [undefined, ''],
  ])('%j is %j', (said, name) => {
    expect(agentOf(said)).toBe(name);
  });

  it('is short and of plain characters, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (said) => {
        expect(agentOf(said)).toMatch(/^[!#-+.-:A-Z^-z|~-]{0,60}$/);
      }),
    );
  });
});
