import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { guard } from './guardian.ts';
import { describeOnPostgres, freshDatabase } from './postgres.ts';
import { run } from './run.ts';

async function rows(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

await describeOnPostgres('freshDatabase', () => {
  it('gives each caller a database of its own, in UTF-8 and byte order', async () => {
    const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
    await rows(one.url, 'CREATE TABLE mine (id int)');
    expect(await rows(two.url, "SELECT to_regclass('mine') AS found")).toEqual([{ found: null }]);
    expect(
      await rows(one.url, "SELECT 'Z' < 'a' AS bytewise, current_setting('server_encoding') AS e"),
    ).toEqual([{ bytewise: true, e: 'UTF8' }]);
    await one.drop();
    await expect(rows(one.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });
});

it('a guardian ends what it watches and removes its folder, and leaves alone what it was told to forget', async () => {
  const guardian = await guard('test');
  const start = async () => Number((await run('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'])).stdout);
  const [watched, forgotten] = await Promise.all([start(), start()]);
  guardian.watch(watched);
  guardian.watch(forgotten);
  guardian.forget(forgotten);
  await guardian.end();
  expect(() => process.kill(watched, 0)).toThrow('ESRCH');
  expect(process.kill(forgotten, 0)).toBe(true);
  expect(existsSync(guardian.folder)).toBe(false);
  process.kill(forgotten, 'SIGKILL');
});
