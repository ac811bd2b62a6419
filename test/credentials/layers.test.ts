import { describe, expect, it } from 'vitest';
import {
  chooseBounds,
  claimUse,
  findById,
  listCredentials,
  pushLayer,
  type BoundsInput,
} from '../../src/credentials/index.ts';
import { describeBound } from '../../src/gate/index.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

function layers(kind: 'sqlite' | 'postgres'): void {
  let opened: Promise<TestHost> | undefined;
  const start = async () => {
    opened ??= openHost(kind).then(async (host) => {
      await host.person('ada');
      return host;
    });
    const host = await opened;
    const { database } = host.services;
    const { id } = await host.appPassword('ada', ['repository']);
    const narrow = (input: BoundsInput) =>
      database.transaction().execute((trx) => pushLayer(trx, id, chooseBounds(input)));
    const claim = (pushes: boolean) =>
      database
        .transaction()
        .execute(async (trx) => {
          const spent = await claimUse(trx, id, pushes);
          if (spent !== null) throw new Error(spent.kind);
        })
        .then(
          () => 'claimed',
          (error: unknown) => (error instanceof Error ? error.message : error),
        );
    const bounds = async () =>
      ((await findById(database, id))?.bounds ?? []).map((bound) => describeBound(bound));
    return { database, id, narrow, claim, bounds };
  };

  it('are laid one upon the other, even by many at once', async () => {
    const { narrow, bounds, database, id } = await start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => narrow({ maximumBytes: i + 2 })));
    expect((await bounds()).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, i) => `at most ${i + 2} bytes in a push`).toSorted(),
    );
    const [listed] = (await listCredentials(database, 'every', 0)).filter((each) => each.id === id);
    expect(listed?.bounds).toHaveLength(20);
  });

  it('are not laid without end', async () => {
    const { narrow, bounds } = await start();
    for (let i = 0; i < 50; i++) await narrow({ authorSelf: true });
    await expect(narrow({ authorSelf: true })).rejects.toThrow('The credential was narrowed 50 times');
    expect(await bounds()).toHaveLength(50);
  });

  it('that count are claimed all or none', async () => {
    const { narrow, claim, bounds } = await start();
    await narrow({ uses: 5, pushes: 2 });
    await narrow({ uses: 3 });
    expect([await claim(true), await claim(true), await claim(true)]).toEqual([
      'claimed',
      'claimed',
      'pushes',
    ]);
    expect(await bounds()).toEqual([
      'at most 2 pushes (2 used)',
      'at most 5 uses (2 used)',
      'at most 3 uses (2 used)',
    ]);
    expect([await claim(false), await claim(false)]).toEqual(['claimed', 'uses']);
    expect(await bounds()).toEqual([
      'at most 2 pushes (2 used)',
      'at most 5 uses (3 used)',
      'at most 3 uses (3 used)',
    ]);
  });

  it('that count are claimed by as many as there are left, however many come', async () => {
    const { narrow, claim, bounds } = await start();
    await narrow({ uses: 7, pushes: 4 });
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => claim(i % 2 === 0)));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(7);
    expect(new Set(outcomes)).toEqual(
      new Set(['claimed', 'uses', 'pushes'].filter((each) => outcomes.includes(each))),
    );
    expect((await bounds())[1]).toBe('at most 7 uses (7 used)');
  });

  it('that cannot be read let nothing be claimed', async () => {
    const { database, id, claim } = await start();
    await database
      .insertInto('credential_bound')
      .values({ credential_id: id, layer: 0, kind: 'uses', value: '{"limit":"many"}' })
      .execute();
    expect(await claim(false)).toBe('uses');
  });
}

describe('layers of bounds', () => layers('sqlite'));
await describeOnPostgres('layers of bounds on PostgreSQL', () => layers('postgres'));
