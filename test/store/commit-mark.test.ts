import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitMark, sharesPages } from '../../src/store/commit-mark.ts';
import { workFolder } from '../support/git.ts';
import { run } from '../support/run.ts';

/** What another process says after doing this to the database. */
async function elsewhere(path: string, sql: string): Promise<string> {
  const program = `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}, { timeout: 0 });
    try { db.exec(${JSON.stringify(sql)}); console.log('done'); } catch (error) { console.log(error.message); }`;
  const { stdout, stderr, code } = await run(process.execPath, ['--eval', program]);
  expect(code, stderr).toBe(0);
  return stdout.trim();
}

const shares = sharesPages(workFolder());
const why = shares ? '' : ' (skipped: on this file system SQLite is asked every time)';

describe.runIf(shares)(`the mark of what was committed${why}`, () => {
  let files = 0;
  let path: string;
  let database: DatabaseSync;
  let mark: CommitMark;
  beforeEach(() => {
    path = join(workFolder(), `mark-${(files += 1)}.db`);
    database = new DatabaseSync(path);
    database.exec('pragma journal_mode = wal; create table t (x)');
    mark = new CommitMark(path);
    expect(mark.mayHaveMoved()).toBe(true);
    expect(mark.mayHaveMoved()).toBe(false);
  });
  afterEach(() => {
    database.close();
    mark.close();
  });

  it('moves once with every commit, and with nothing that is none', async () => {
    for (const commit of [
      'insert into t values (1)',
      'create table u (y)',
      'begin; insert into t values (2); insert into u values (3); commit',
      'delete from t',
      'vacuum',
    ]) {
      database.exec(commit);
      expect(mark.mayHaveMoved(), commit).toBe(true);
      expect(mark.mayHaveMoved(), commit).toBe(false);
      expect(await elsewhere(path, commit.replace('table u', `table "${commit.length}"`)), commit).toBe(
        'done',
      );
      expect(mark.mayHaveMoved(), commit).toBe(true);
    }
    for (const none of [
      'select * from t',
      'begin; insert into t values (4); rollback',
      'begin; insert into t values (5)',
      'rollback',
    ]) {
      database.exec(none);
      expect(mark.mayHaveMoved(), none).toBe(false);
    }
  });

  it('moves when the log begins anew', () => {
    for (let round = 0; round < 20; round++) {
      database.exec('pragma wal_checkpoint(truncate)');
      mark.mayHaveMoved();
      database.exec('insert into t values (1)');
      expect(mark.mayHaveMoved()).toBe(true);
    }
  });

  it('says of no row that was committed that it was not, whatever three connections do', () => {
    const others = [new DatabaseSync(path, { timeout: 0 }), new DatabaseSync(path, { timeout: 0 })];
    const all = [database, ...others];
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom(
        'insert into t values (1)',
        'begin',
        'commit',
        'rollback',
        'pragma wal_checkpoint',
      ),
    });
    const reader = new DatabaseSync(path, { readOnly: true });
    const count = reader.prepare('select count(*) as rows from t');
    mark.mayHaveMoved();
    let known = count.get()?.['rows'];
    try {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          for (const { who, what } of steps) {
            try {
              all[who]?.exec(what);
            } catch {
              // Somebody else writes, or there is nothing to end.
            }
            if (mark.mayHaveMoved()) known = count.get()?.['rows'];
            else expect(count.get()?.['rows']).toBe(known);
          }
        }),
      );
    } finally {
      reader.close();
      for (const other of others) other.close();
    }
  });

  it('takes no lock from SQLite when one of two is closed in the same process', async () => {
    const other = new DatabaseSync(path);
    const second = new CommitMark(path);
    second.mayHaveMoved();
    database.exec('begin immediate; insert into t values (1)');
    other.close();
    second.close();
    expect(await elsewhere(path, 'insert into t values (2)')).toBe('database is locked');
    database.exec('commit');
    expect(mark.mayHaveMoved()).toBe(true);
    expect(await elsewhere(path, 'insert into t values (2)')).toBe('done');
  });
});

it('is not asked where a file may be something else than what is mapped of it', () => {
  expect(sharesPages('/proc')).toBe(false);
});

it('may always have moved where there is no index to read', () => {
  const path = join(workFolder(), 'no-index.db');
  const database = new DatabaseSync(path);
  database.exec('create table t (x)');
  const mark = new CommitMark(path);
  expect(existsSync(`${path}-shm`)).toBe(false);
  expect([mark.mayHaveMoved(), mark.mayHaveMoved()]).toEqual([true, true]);
  database.close();
  mark.close();
});
