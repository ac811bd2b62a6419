import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { RevisionNotFound, resolveRevision, splitRevisionAndPath } from '../../src/git/revision.ts';
import { RefKeeper } from '../../src/git/snapshot/keeper.ts';
import type { RefSource } from '../../src/git/refs.ts';
import { buildRepository } from './build-repository.ts';
import type { BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;
let source: RefSource;
let first: string;
let second: string;
let tag: string;

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  source = { refs: new RefKeeper(reader), objects: reader };
  first = await built.commit({ branch: 'main', files: [{ path: 'a', content: '1' }] });
  second = await built.commit({ branch: 'main', files: [{ path: 'a', content: '2' }] });
  tag = await built.tag('v1', 'main', 'one\n');
  const refs = {
    'heads/feature/x': first,
    'heads/both': first,
    'tags/both': second,
    'heads/beef': first,
    [`heads/${second}`]: first,
  };
  for (const [name, id] of Object.entries(refs)) await built.git(['update-ref', `refs/${name}`, id]);
  await built.git(['update-ref', 'refs/tags/file', await built.id('main:a')]);
});

afterAll(async () => {
  reader.close();
  await built.remove();
});

const resolve = async (text: string) => {
  const { commit, ref } = await resolveRevision(source, built.handle, text);
  return [commit === first ? 'first' : commit === second ? 'second' : commit, ref];
};

describe('a revision', () => {
  it('is a hash, a branch, a tag, HEAD or a full ref', async () => {
    expect(await resolve(first)).toEqual(['first', undefined]);
    expect(await resolve(first.toUpperCase())).toEqual(['first', undefined]);
    expect(await resolve(first.slice(0, 12))).toEqual(['first', undefined]);
    expect(await resolve('main')).toEqual(['second', 'refs/heads/main']);
    expect(await resolve('feature/x')).toEqual(['first', 'refs/heads/feature/x']);
    expect(await resolve('v1')).toEqual(['second', 'refs/tags/v1']);
    expect(await resolve(tag)).toEqual(['second', undefined]);
    expect(await resolve('HEAD')).toEqual(['second', 'refs/heads/main']);
    expect(await resolve('refs/heads/feature/x')).toEqual(['first', 'refs/heads/feature/x']);
  });

  it('is a branch before a tag, a full hash before a branch, a branch before a shortened hash', async () => {
    expect(await resolve('both')).toEqual(['first', 'refs/heads/both']);
    expect(await resolve(second)).toEqual(['second', undefined]);
    expect(await resolve('beef')).toEqual(['first', 'refs/heads/beef']);
  });

  it.each([
    '',
    'no',
    'main~1',
    'main^',
    'main^{tree}',
    'main@{0}',
    '@',
    ':a',
    'main:a',
    'HEAD~',
    '--all',
    '-1',
    'abc',
    'dead',
    'heads/main',
    'file',
    'main\n',
    'main\0x',
    '..',
    'feature',
    'main..v1',
    `${'d'.repeat(40)}`,
    'x'.repeat(5000),
  ])('is not %j', async (text) => {
    const error = await resolveRevision(source, built.handle, text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RevisionNotFound);
    expect(error instanceof RevisionNotFound && error.revision).toBe(text);
  });

  it('is ambiguous where two commits begin alike', async () => {
    const other = await buildRepository();
    const seen = new Map<string, string>();
    let clash: string | undefined;
    // Fast: one import of many commits, whose first four digits must clash sooner or later.
    const lines = Array.from(
      { length: 1200 },
      (_, i) => `commit refs/heads/b\ncommitter C <c@x> ${1_700_000_000 + i} +0000\ndata 1\nx\n`,
    ).join('\n');
    await other.git(['fast-import', '--quiet'], lines);
    for (const id of (await other.git(['rev-list', '--all'])).toString().trim().split('\n')) {
      const prefix = id.slice(0, 4);
      if (seen.has(prefix)) clash = prefix;
      seen.set(prefix, id);
    }
    const error = await resolveRevision(source, other.handle, clash ?? '').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ ambiguous: true, revision: clash });
    await other.remove();
  });

  it('does not exist in an empty repository', async () => {
    const empty = await buildRepository();
    await expect(resolveRevision(source, empty.handle, 'HEAD')).rejects.toThrow(RevisionNotFound);
    await empty.remove();
  });
});

describe('a revision with a path', () => {
  it.each([
    ['feature/x/docs/readme.md', 'feature/x', 'docs/readme.md'],
    ['feature/x', 'feature/x', ''],
    ['feature/x/', 'feature/x', ''],
    ['main/a', 'main', 'a'],
    ['HEAD/a/b', 'HEAD', 'a/b'],
    ['v1/feature/x', 'v1', 'feature/x'],
    ['refs/heads/main/a', 'refs/heads/main', 'a'],
    ['main/odd:na~me/*', 'main', 'odd:na~me/*'],
  ])('splits %s', async (text, revision, path) => {
    expect(await splitRevisionAndPath(source, built.handle, text)).toMatchObject({ revision, path });
  });

  it('splits hashes, whole and cut short', async () => {
    expect(await splitRevisionAndPath(source, built.handle, `${second}/a/b`)).toMatchObject({
      commit: second,
      path: 'a/b',
      ref: undefined,
    });
    expect(await splitRevisionAndPath(source, built.handle, `${first.slice(0, 10)}/a`)).toMatchObject({
      commit: first,
      path: 'a',
    });
  });

  it.each(['', '/', 'no/such', 'feature', 'feature/y/z', 'main~1/a'])('finds nothing in %j', async (text) => {
    await expect(splitRevisionAndPath(source, built.handle, text)).rejects.toThrow(RevisionNotFound);
  });
});
