import { join } from 'node:path';
import { StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommitMark } from '../../src/store/commit-mark.ts';
import type { Database, Handle } from '../../src/store/handle.ts';
import { openDatabase } from '../../src/store/open.ts';
import { prepared } from '../../src/store/prepared.ts';
import { workFolder } from '../support/git.ts';
import { describeOnPostgres } from '../support/postgres.ts';
import { run } from '../support/run.ts';
import { openHost } from '../acts/host.ts';
import { workspaceRow } from './workspace-row.ts';

const addWorkspace = (db: Handle, slug: string) =>
  db.insertInto('workspace').values(workspaceRow(slug)).execute();
const named = prepared((db, slug: string) =>
  db.selectFrom('workspace').select('name').where('slug', '=', slug),
);
const all = prepared((db) => db.selectFrom('workspace').select('slug').orderBy('slug'));
const slugs = async (db: Handle) => (await all(db)).map(({ slug }) => slug);
const nextEvent = () => new Promise((resolve) => setImmediate(resolve));

describe.each([
  { mark: 'and what every commit changes is looked at', moves: undefined },
  { mark: 'where that cannot be looked at', moves: true },
])('what SQLite answered, $mark,', ({ moves }) => {
  if (moves !== undefined)
    beforeEach(() => void vi.spyOn(CommitMark.prototype, 'mayHaveMoved').mockReturnValue(moves));
  let files = 0;
  let path: string;
  let one: Database;
  let two: Database;
  beforeEach(async () => {
    path = join(workFolder(), `kept-${moves}-${(files += 1)}.db`);
    one = await openDatabase({ sqlite: path });
    two = await openDatabase({ sqlite: path });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('is the answer to the same question as long as nothing is committed, and cannot be changed by who holds it', async () => {
    await addWorkspace(one, 'a');
    const first = await named(one, 'a');
    await nextEvent();
    expect(await named(one, 'a')).toBe(first);
    expect(await named(one, 'b')).toEqual([]);
    expect(await named(one, 'a')).toBe(first);
    expect(() => Object.assign(first[0] ?? {}, { name: 'another' })).toThrow(TypeError);
    expect(await named(two, 'a')).not.toBe(first);
  });

  it('is asked for anew when anybody committed anything: itself, another connection, another process', async () => {
    expect(await slugs(one)).toEqual([]);
    await addWorkspace(one, 'own');
    expect(await slugs(one)).toEqual(['own']);
    await addWorkspace(two, 'foreign');
    await nextEvent();
    expect(await slugs(one)).toEqual(['foreign', 'own']);
    const program = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}).exec("update workspace set slug = 'renamed' where slug = 'own'")`;
    expect((await run(process.execPath, ['--eval', program])).code).toBe(0);
    expect(await slugs(one)).toEqual(['foreign', 'renamed']);
    expect(await named(one, 'own')).toEqual([]);
  });

  it('is what it was where something was undone', async () => {
    await addWorkspace(one, 'a');
    const before = await all(one);
    const undone = two.transaction().execute(async (trx) => {
      await trx.deleteFrom('workspace').execute();
      expect(await all(trx)).toEqual([]);
      await nextEvent();
      expect(await slugs(one)).toEqual(['a']);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await nextEvent();
    expect(await all(one)).toBe(before);
  });

  it('is forgotten where it could not be asked whether anything was committed', async () => {
    await addWorkspace(one, 'a');
    expect(await slugs(one)).toEqual(['a']);
    await addWorkspace(two, 'b');
    await nextEvent();
    const asking = vi.spyOn(StatementSync.prototype, 'get').mockImplementationOnce(() => {
      throw new Error('database is locked');
    });
    await expect(slugs(one)).rejects.toThrow('database is locked');
    expect(asking).toHaveBeenCalledTimes(1);
    await nextEvent();
    expect(await slugs(one)).toEqual(['a', 'b']);
  });

  it('in a transaction is what the transaction has written, and is seen in it alone', async () => {
    expect(await slugs(one)).toEqual([]);
    await one.transaction().execute(async (trx) => {
      await addWorkspace(trx, 'inside');
      expect(await slugs(trx)).toEqual(['inside']);
      expect(await slugs(one)).toEqual([]);
    });
    expect(await slugs(one)).toEqual(['inside']);
  });

  it('is right after every one of many commits in turns', async () => {
    const expected: string[] = [];
    for (let index = 100; index < 200; index++) {
      const slug = `w${index}`;
      await addWorkspace(index % 2 === 0 ? one : two, slug);
      expected.push(slug);
      // Who wrote sees it at once; the other where it reads in another go than before.
      expect(await slugs(index % 2 === 0 ? one : two)).toEqual(expected);
      if (index % 3 !== 0) continue;
      await nextEvent();
      for (const database of [one, two]) expect(await slugs(database)).toEqual(expected);
    }
  });

  it('does not fill the memory: of very many questions some are kept, and neither long ones nor long answers', async () => {
    const first = await named(one, 'first');
    for (let index = 0; index < 1500; index++) await named(one, String(index));
    expect(await named(one, 'first')).not.toBe(first);
    const long = 'x'.repeat(5000);
    expect(await named(one, long)).not.toBe(await named(one, long));
    for (let index = 0; index < 60; index++) await addWorkspace(one, `w${index}`);
    expect(await all(one)).not.toBe(await all(one));
  });

  it('is not taken for that to another question of the same text', async () => {
    const [isA, isB] = ['a', 'b'].map((one) =>
      prepared((db, name: string) =>
        db.selectFrom('workspace').select('slug').where('slug', '=', one).where('name', '=', name),
      ),
    );
    await addWorkspace(one, 'a');
    const { name } = (await named(one, 'a'))[0]!;
    expect(await isA!(one, name)).toEqual([{ slug: 'a' }]);
    expect(await isB!(one, name)).toEqual([]);
  });

  it('is not kept for a question that only looks alike', async () => {
    const typed = prepared((db, a: string | number, b: string | number) =>
      db
        .selectFrom('workspace')
        .select(({ val, fn }) => [fn('typeof', [val(a)]).as('a'), fn('typeof', [val(b)]).as('b')])
        .limit(1),
    );
    await addWorkspace(one, 'a');
    expect(await typed(one, '1', 1)).toEqual([{ a: 'text', b: 'real' }]);
    expect(await typed(one, 1, '1')).toEqual([{ a: 'real', b: 'text' }]);
    expect(await typed(one, '1","1', '')).toEqual([{ a: 'text', b: 'text' }]);
  });
});

await describeOnPostgres('what PostgreSQL answered', () => {
  it('is asked for anew every time', async () => {
    const host = await openHost('postgres');
    const { database } = host.services;
    const before = await slugs(database);
    expect(await all(database)).not.toBe(await all(database));
    await addWorkspace(database, 'zz-more');
    expect(await slugs(database)).toEqual([...before, 'zz-more']);
  });
});
