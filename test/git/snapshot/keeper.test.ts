import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObjectReader } from '../../../src/git/object-reader.ts';
import { RefKeeper } from '../../../src/git/snapshot/keeper.ts';
import { plainFormat } from '../../../src/git/snapshot/plain-config.ts';
import { repositoryConfig } from '../../../src/git/repository-config.ts';
import { buildRepository, type BuiltRepository } from '../build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;
let first: string;
let second: string;

beforeEach(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  first = await built.commit({ branch: 'main', files: [{ path: 'a', content: '1' }] });
  second = await built.commit({ branch: 'main', files: [{ path: 'a', content: '2' }] });
});

afterEach(async () => {
  reader.close();
  await built.remove();
});

const at = (name: string) => join(built.handle.path, name);
const refsOf = async (keeper: RefKeeper) =>
  (await keeper.snapshot(built.handle))?.refs.map(({ name, id }) => `${id} ${name}`);
/** As if everything had been written long ago, so that times alone tell what changed. */
const later = () => Date.now() + 60_000;

describe('the refs of a repository', () => {
  for (const [when, clock] of [
    ['just now', Date.now],
    ['long ago', later],
  ] as const) {
    it(`written ${when} are seen at the next question, whoever writes them`, async () => {
      const keeper = new RefKeeper(reader, { clock });
      expect(await refsOf(keeper)).toEqual([`${second} refs/heads/main`]);
      await built.git(['update-ref', 'refs/heads/main', first]);
      expect(await refsOf(keeper)).toEqual([`${first} refs/heads/main`]);
      await built.git(['update-ref', 'refs/heads/deep/er/x', second]);
      expect(await refsOf(keeper)).toEqual([`${second} refs/heads/deep/er/x`, `${first} refs/heads/main`]);
      await built.git(['pack-refs', '--all']);
      expect(await refsOf(keeper)).toEqual([`${second} refs/heads/deep/er/x`, `${first} refs/heads/main`]);
      await built.git(['update-ref', '-d', 'refs/heads/deep/er/x']);
      expect(await refsOf(keeper)).toEqual([`${first} refs/heads/main`]);
      // Somebody with an editor, who leaves the folder as it was.
      await built.git(['update-ref', 'refs/heads/main', second]);
      await writeFile(at('refs/heads/main'), `${first}\n`);
      expect(await refsOf(keeper)).toEqual([`${first} refs/heads/main`]);
      await built.git(['symbolic-ref', 'HEAD', 'refs/heads/other']);
      expect((await keeper.snapshot(built.handle))?.head).toEqual({
        symbolic: 'refs/heads/other',
        id: null,
        peeled: null,
      });
    });
  }

  it('that did not change are not read again, and what was answered from them is kept', async () => {
    const keeper = new RefKeeper(reader, { clock: later });
    const before = await keeper.snapshot(built.handle);
    let made = 0;
    const make = async () => Buffer.from(String((made += 1)));
    const both = await Promise.all([before?.answer('x', make), before?.answer('x', make)]);
    expect(both.map(String)).toEqual(['1', '1']);
    const after = await keeper.snapshot(built.handle);
    expect(after).toBe(before);
    expect(String(await after?.answer('x', make))).toBe('1');
    expect(keeper.weight).toBeGreaterThan(0);
  });

  it('are read again while they are so young that a second change might not show, and stay the same where nothing did', async () => {
    const keeper = new RefKeeper(reader);
    expect(await keeper.snapshot(built.handle)).toBe(await keeper.snapshot(built.handle));
  });

  it('are shared by those who ask at once, and by nobody who asks later', async () => {
    const keeper = new RefKeeper(reader);
    const asked = [keeper.snapshot(built.handle), keeper.snapshot(built.handle)];
    expect(asked[0]).toBe(asked[1]);
    await asked[0];
    expect(keeper.snapshot(built.handle)).not.toBe(asked[0]);
  });

  it('are left to Git where something is not as Git writes it, and ours again once it is', async () => {
    const keeper = new RefKeeper(reader, { clock: later });
    const put = async (name: string, text: string) => {
      expect(await keeper.snapshot(built.handle), name).toBeDefined();
      await mkdir(join(at(name), '..'), { recursive: true });
      await writeFile(at(name), text);
      expect(await keeper.snapshot(built.handle), name).toBeUndefined();
      await rm(at(name));
    };
    await put('refs/heads/broken', '');
    await put('refs/heads/missing', `${first.slice(0, -4)}beef\n`);
    await put('refs/heads/bad name', `${first}\n`);
    await put('packed-refs', `${first} refs/heads/x`);
    await put('shallow', `${first}\n`);
    await put('refs/heads/huge', 'x'.repeat(100_000));
    expect(await keeper.snapshot(built.handle)).toBeDefined();
    await rm(built.handle.path, { recursive: true });
    expect(await keeper.snapshot(built.handle)).toBeUndefined();
    expect(keeper.nature(built.handle)).toBeUndefined();
  });

  it('have a digest of their tags that changes with them alone', async () => {
    const keeper = new RefKeeper(reader);
    const digest = async () => (await keeper.snapshot(built.handle))?.tagsDigest;
    const empty = await digest();
    await built.git(['update-ref', 'refs/heads/other', first]);
    expect(await digest()).toBe(empty);
    await built.tag('v1', 'main', 'one');
    const one = await digest();
    expect(one).not.toBe(empty);
    await built.git(['update-ref', 'refs/tags/v1', first]);
    expect(await digest()).not.toBe(one);
  });

  it('are forgotten, the longest unused first, where they would take too much memory', async () => {
    const keeper = new RefKeeper(reader, { limits: { bytes: 100, repositories: 1 } });
    const other = await buildRepository();
    try {
      await other.commit({ branch: 'main', files: [] });
      const before = await keeper.snapshot(built.handle);
      await keeper.snapshot(other.handle);
      expect(await keeper.snapshot(built.handle)).not.toBe(before);
    } finally {
      await other.remove();
    }
  });
});

describe('the settings of a repository', () => {
  it('are plain as we write them, with sections that refs do not depend on, and with nothing else', () => {
    for (const format of ['sha1', 'sha256'] as const) {
      const config = repositoryConfig(format);
      expect(plainFormat(config)).toBe(format);
      expect(plainFormat(`${config}# a comment\n[gc]\n\tpruneExpire = now\n`)).toBe(format);
      for (const more of [
        '[transfer]\n\thideRefs = refs/x\n',
        '[include]\n\tpath = other\n',
        '[includeIf "gitdir:/x"]\n\tpath = other\n',
        '[gc] auto = 1 [core]\n\tbare = false\n',
        '[gc]\n\tx = 1 \\\n[uploadpack] hideRefs = refs/x\n',
        '[extensions]\n\trefStorage = reftable\n',
      ]) {
        expect(plainFormat(config + more), more).toBeUndefined();
      }
    }
    expect(plainFormat('')).toBeUndefined();
  });
});
