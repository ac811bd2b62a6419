import { beforeAll, describe, expect, it } from 'vitest';
import { takeOnce } from '../../src/limits/index.ts';
import { openHost, type TestHost } from '../acts/host.ts';
import { describeOnPostgres } from '../support/postgres.ts';

const DAY = 24 * 3600_000;

function takings(kind: 'sqlite' | 'postgres'): void {
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost(kind);
  });
  const take = (name: string, now: number) => takeOnce(host.services.database, name, now);

  it('is taken by the first, in whatever order the times of the others come', async () => {
    expect(await take('form', host.now)).toBe(true);
    for (const apart of [0, 1, -1, -DAY, DAY - 1]) expect(await take('form', host.now + apart)).toBe(false);
    expect(await take('another form', host.now - 1)).toBe(true);
  });

  it('is taken by one of many at once', async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, (_, i) => take('at once', host.now - i)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('is forgotten after a day', async () => {
    expect(await take('old', host.now)).toBe(true);
    expect(await take('another', host.now + DAY)).toBe(true);
    const rows = await host.services.database.selectFrom('attempt').select('until').execute();
    expect(rows.every(({ until }) => until > host.now + DAY)).toBe(true);
  });
}

describe('what is taken once, on sqlite', () => takings('sqlite'));
await describeOnPostgres('what is taken once, on postgres', () => takings('postgres'));
