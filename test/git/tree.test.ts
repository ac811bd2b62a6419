import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ObjectNotFound, ObjectTooLarge } from '../../src/git/object-error.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import {
  MalformedTree,
  entriesIn,
  entrySize,
  findEntry,
  findPath,
  listDirectory,
  walkDirectory,
} from '../../src/git/tree.ts';
import { Turns } from '../support/turns.ts';
import { buildRepository } from './build-repository.ts';
import type { BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;
let commit: string;

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  commit = await built.commit({
    branch: 'main',
    files: [
      { path: 'readme.md', content: 'hello' },
      { path: 'run.sh', content: '#!/bin/sh', mode: '100755' },
      { path: 'link', content: 'readme.md', mode: '120000' },
      { path: 'module', content: 'c'.repeat(40), mode: '160000' },
      { path: 'docs/a/deep.txt', content: 'deep' },
      { path: 'docs/z.txt', content: 'z' },
      { path: 'caf\u00e9/x', content: 'latin-1 name' },
      { path: 'we:ird\n*[name', content: 'odd' },
    ],
  });
});

afterAll(async () => {
  reader.close();
  await built.remove();
});

const root = async () => (await findPath(reader, built.handle, commit, ''))!;

describe('trees', () => {
  it('list a directory with kinds, modes and sizes', async () => {
    const entries = await listDirectory(reader, built.handle, await root());
    const rows = await Promise.all(
      entries.map(async (entry) => [
        entry.name,
        entry.kind,
        entry.mode,
        await entrySize(reader, built.handle, entry),
      ]),
    );
    expect(rows).toEqual([
      ['caf\ufffd', 'directory', '040000', undefined],
      ['docs', 'directory', '040000', undefined],
      ['link', 'link', '120000', 9],
      ['module', 'submodule', '160000', undefined],
      ['readme.md', 'file', '100644', 5],
      ['run.sh', 'executable', '100755', 9],
      ['we:ird\n*[name', 'file', '100644', 3],
    ]);
  });

  it('find paths, of any bytes', async () => {
    expect(await findPath(reader, built.handle, commit, 'docs/a/deep.txt')).toMatchObject({
      path: 'docs/a/deep.txt',
      kind: 'file',
    });
    expect(await findPath(reader, built.handle, commit, '/docs/a/')).toMatchObject({
      path: 'docs/a',
      kind: 'directory',
    });
    expect(await findPath(reader, built.handle, commit, 'we:ird\n*[name')).toMatchObject({ kind: 'file' });
    expect(await findPath(reader, built.handle, commit, Buffer.from('caf\u00e9/x', 'latin1'))).toMatchObject({
      kind: 'file',
    });
    expect(await root()).toMatchObject({ path: '', kind: 'directory' });
  });

  it.each([
    'nothing',
    'readme.md/x',
    'docs//z.txt',
    '..',
    'docs/../readme.md',
    './readme.md',
    'docs/*',
    'DOCS',
    'module/x',
    'link/x',
    'caf\u00e9/x',
    ':(top)readme.md',
  ])('find nothing at %j', async (path) => {
    expect(await findPath(reader, built.handle, commit, path)).toBeUndefined();
  });

  it('are walked breadth first and no deeper than asked', async () => {
    const paths = async (depth: number) => {
      const found = [];
      for await (const entry of walkDirectory(reader, built.handle, await root(), depth))
        found.push(entry.path);
      return found;
    };
    const top = ['caf\ufffd', 'docs', 'link', 'module', 'readme.md', 'run.sh', 'we:ird\n*[name'];
    expect(await paths(1)).toEqual(top);
    expect(await paths(2)).toEqual([...top, 'caf\ufffd/x', 'docs/a', 'docs/z.txt']);
    expect(await paths(9)).toEqual([...top, 'caf\ufffd/x', 'docs/a', 'docs/z.txt', 'docs/a/deep.txt']);
  });

  it('are told from other objects, and broken ones refused', async () => {
    await expect(listDirectory(reader, built.handle, { ...(await root()), id: commit })).rejects.toThrow(
      ObjectNotFound,
    );
    await expect(findPath(reader, built.handle, await built.id('main:docs'), 'a')).rejects.toThrow(
      ObjectNotFound,
    );
    for (const bytes of ['100644', '100644 name', '100644 name\0short', 'mode name\0aaaaaaaaaaaaaaaaaaaa']) {
      expect(() => [...entriesIn(Buffer.from(bytes), 20)]).toThrow(MalformedTree);
    }
    expect([...entriesIn(Buffer.alloc(0), 20)]).toEqual([]);
  });

  it.each([20, 32] as const)(
    'are searched as they are read, in any order, with ids of %d bytes',
    (hashBytes) => {
      // Bytes of which ids and names are made, so that an id looks like an entry.
      const bytes = fc.uint8Array({ minLength: hashBytes, maxLength: hashBytes });
      const id = fc.oneof(bytes, fc.constant(Buffer.alloc(hashBytes, ' a\0')));
      const name = fc.oneof(
        fc.constantFrom('a', 'ab', 'a b', '100644 a', 'é', ' '),
        fc.uint8Array({ min: 1, minLength: 1, maxLength: 4 }),
      );
      const entry = fc.tuple(fc.constantFrom('100644', '40000', '040000', '120000'), name, id);
      fc.assert(
        fc.property(fc.array(entry, { maxLength: 12 }), name, fc.nat(400), (entries, other, cut) => {
          const raw = Buffer.concat(
            entries.flatMap(([mode, each, hash]) => [
              Buffer.from(`${mode} `),
              Buffer.from(each as string),
              Buffer.from('\0'),
              Buffer.from(hash),
            ]),
          );
          const parsed = [...entriesIn(raw, hashBytes)];
          expect(parsed).toHaveLength(entries.length);
          for (const wanted of [...parsed.map(({ nameBytes }) => nameBytes), Buffer.from(other as string)]) {
            const first = parsed.find(({ nameBytes }) => nameBytes.equals(wanted));
            expect(findEntry(raw, hashBytes, wanted)).toEqual(first);
          }
          const broken = raw.subarray(0, cut);
          const absent = Buffer.from('not there');
          const outcome = (search: () => unknown) => {
            try {
              return search() ?? 'nothing';
            } catch (error) {
              return error;
            }
          };
          expect(outcome(() => findEntry(broken, hashBytes, absent))).toEqual(
            outcome(() => void [...entriesIn(broken, hashBytes)]),
          );
        }),
      );
    },
  );

  describe('of very many entries', () => {
    let many: string;
    const countTexts = async <Result>(work: () => Promise<Result>) => {
      const texts = vi.spyOn(Buffer.prototype, 'toString');
      const result = await work();
      const calls = texts.mock.calls.length;
      texts.mockRestore();
      return { result, calls };
    };

    beforeAll(async () => {
      const entries = Array.from({ length: 50_000 }, (_, index) => `100644 file-${index}\0${'i'.repeat(20)}`);
      const tree = await built.git(
        ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'],
        `${entries.join('')}40000 last\0${'i'.repeat(20)}`,
      );
      const person = 'A <a@x> 1 +0000';
      const made = await built.git(
        ['hash-object', '-t', 'commit', '-w', '--stdin'],
        `tree ${tree.toString()}author ${person}\ncommitter ${person}\n\nMany\n`,
      );
      many = made.toString().trim();
    });

    it('are searched without making something of each', async () => {
      const { result, calls } = await countTexts(() => findPath(reader, built.handle, many, 'last'));
      expect(result).toMatchObject({ path: 'last', kind: 'directory' });
      expect(calls).toBeLessThan(100);
    });

    it('are read as far as somebody takes them', async () => {
      const { result, calls } = await countTexts(async () => {
        const walk = walkDirectory(
          reader,
          built.handle,
          (await findPath(reader, built.handle, many, ''))!,
          1,
        );
        return (await walk.next()).value;
      });
      expect(result).toMatchObject({ path: 'file-0' });
      expect(calls).toBeLessThan(100);
    });

    it('are listed while others run', async () => {
      const directory = (await findPath(reader, built.handle, many, ''))!;
      const walk = walkDirectory(reader, built.handle, directory, 1);
      await walk.next();
      const turns = new Turns();
      let count = 1;
      for await (const _ of walk) count += 1;
      turns.stop();
      expect(count).toBe(50_001);
      expect(turns.count).toBeGreaterThan(2);
    });
  });

  it('that are too large are refused before they are read', async () => {
    const name = 'x'.repeat(1024 * 1024);
    const large = Array.from({ length: 17 }, () => `100644 ${name}\0${'i'.repeat(20)}`).join('');
    const args = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'];
    const id = (await built.git(args, large)).toString().trim();
    await expect(listDirectory(reader, built.handle, { ...(await root()), id })).rejects.toThrow(
      ObjectTooLarge,
    );
  });

  it('of SHA-256 repositories read the same', async () => {
    const other = await buildRepository('sha256');
    const id = await other.commit({ branch: 'main', files: [{ path: 'd/x', content: 'x' }] });
    expect(await findPath(reader, other.handle, id, 'd/x')).toMatchObject({
      kind: 'file',
      id: await other.id('main:d/x'),
    });
    await other.remove();
  });
});
