import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObjectReader } from '../../src/git/object-reader.ts';
import * as processes from '../../src/git/process.ts';
import { RefKeeper } from '../../src/git/snapshot/keeper.ts';
import { listRefs } from '../../src/git/ref-list.ts';
import { peel, readAnnotation, readHead, readRef, readRefs, setHead } from '../../src/git/refs.ts';
import { Turns } from '../support/turns.ts';
import { buildRepository } from './build-repository.ts';
import type { BuiltRepository } from './build-repository.ts';

vi.mock('../../src/git/process.ts', { spy: true });

let built: BuiltRepository;
let reader: ObjectReader;
let first: string;
let second: string;

beforeEach(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  first = await built.commit({ branch: 'main', files: [{ path: 'a', content: '1' }] });
  second = await built.commit({ branch: 'main', files: [{ path: 'a', content: '2' }] });
  await built.git(['update-ref', 'refs/heads/feature/x', first]);
  await built.git(['update-ref', 'refs/heads/feature/é', first]);
  await built.git(['update-ref', 'refs/tags/light', first]);
});

afterEach(async () => {
  reader.close();
  await built.remove();
});

describe.each([
  ['remembered', () => new RefKeeper(reader)],
  ['that Git is asked for', () => ({ snapshot: async () => undefined, nature: () => undefined })],
])('listing refs %s', (_, refsNow) => {
  const names = async (query: Partial<Parameters<typeof listRefs>[2]>) => {
    const { refs, total } = await listRefs({ refs: refsNow(), objects: reader }, built.handle, {
      prefix: 'refs/heads/',
      offset: 0,
      limit: 10,
      ...query,
    });
    return [refs.map((ref) => ref.name), total];
  };

  it('sorts, filters and pages, and counts them all', async () => {
    expect(await names({})).toEqual([['feature/x', 'feature/é', 'main'], 3]);
    expect(await names({ sort: '-name', limit: 1 })).toEqual([['main'], 3]);
    expect(await names({ sort: '-date' })).toEqual([['main', 'feature/x', 'feature/é'], 3]);
    expect(await names({ offset: 1, limit: 1 })).toEqual([['feature/é'], 3]);
    expect(await names({ offset: 9 })).toEqual([[], 3]);
    expect(await names({ matches: (name) => name.includes('x') })).toEqual([['feature/x'], 1]);
  });

  it('lets others run while many are filtered', async () => {
    const turns = new Turns();
    const seen: number[] = [];
    const matches = (name: string) => {
      seen.push(turns.count);
      for (const until = performance.now() + 10; performance.now() < until; );
      return name !== 'main';
    };
    expect(await names({ matches })).toEqual([['feature/x', 'feature/é'], 2]);
    turns.stop();
    expect(new Set(seen).size).toBe(3);
  });

  it('tells what a tag leads to, and its annotation', async () => {
    const tag = await built.tag('v1', 'main', 'Release one\n');
    const { refs } = await listRefs({ refs: refsNow(), objects: reader }, built.handle, {
      prefix: 'refs/tags/',
      offset: 0,
      limit: 10,
    });
    expect(refs).toEqual([
      {
        ref: 'refs/tags/light',
        name: 'light',
        id: first,
        type: 'commit',
        target: first,
        targetType: 'commit',
      },
      { ref: 'refs/tags/v1', name: 'v1', id: tag, type: 'tag', target: second, targetType: 'commit' },
    ]);
    expect(await readAnnotation(reader, built.handle, refs[1]!)).toMatchObject({
      message: 'Release one\n',
      tagger: { name: 'Tina Example', email: 'tina@example.org' },
    });
    expect(await readAnnotation(reader, built.handle, refs[0]!)).toBeUndefined();
  });

  it('reads exactly the names given, never what lies below or matches', async () => {
    const source = { refs: refsNow(), objects: reader };
    expect((await readRef(source, built.handle, 'refs/heads/main'))?.id).toBe(second);
    expect((await readRef(source, built.handle, 'refs/heads/feature/é'))?.id).toBe(first);
    for (const name of [
      'refs/heads/feature',
      'refs/heads/*',
      'refs/heads/mai?',
      'refs/heads',
      'main',
      'HEAD',
      '',
      'refs/heads/MAIN',
      '--all',
    ]) {
      expect([name, await readRef(source, built.handle, name)]).toEqual([name, undefined]);
    }
    const found = await readRefs(source, built.handle, [
      'refs/heads/main',
      'refs/heads/no',
      'refs/tags/light',
    ]);
    expect([...found.keys()]).toEqual(['refs/heads/main', 'refs/tags/light']);
  });
});

describe('refs by date', () => {
  const byDate = async (refs: RefKeeper, sort: 'date' | '-date' = '-date') => {
    const query = { prefix: 'refs/heads/', offset: 0, limit: 10, sort } as const;
    return (await listRefs({ refs, objects: reader }, built.handle, query)).refs.map(({ name, id }) => [
      name,
      id,
    ]);
  };
  const askedGit = () =>
    vi.mocked(processes.runGitChecked).mock.calls.filter(([, [command]]) => command === 'for-each-ref')
      .length;

  it('are asked of Git once for all who ask, and anew when a ref moves', async () => {
    const refs = new RefKeeper(reader);
    vi.mocked(processes.runGitChecked).mockClear();
    const expected = [
      ['main', second],
      ['feature/x', first],
      ['feature/é', first],
    ];
    expect(await Promise.all([byDate(refs), byDate(refs)])).toEqual([expected, expected]);
    expect(await byDate(refs)).toEqual(expected);
    expect(askedGit()).toBe(1);
    expect(await byDate(refs, 'date')).toEqual([expected[1], expected[2], expected[0]]);
    expect(askedGit()).toBe(2);
    const third = await built.commit({ branch: 'feature/x', files: [] });
    vi.mocked(processes.runGitChecked).mockClear();
    expect(await byDate(refs)).toEqual([['feature/x', third], expected[0], expected[2]]);
    expect(await byDate(refs)).toEqual([['feature/x', third], expected[0], expected[2]]);
    expect(askedGit()).toBe(1);
  });

  it.each([
    ['moved', async () => built.git(['update-ref', 'refs/heads/main', first])],
    ['went', async () => built.git(['update-ref', '-d', 'refs/heads/main'])],
    ['came', async () => built.git(['update-ref', 'refs/heads/new', first])],
  ])('are not remembered as Git told them when a ref just %s, in case that is undone', async (_, change) => {
    const refs = new RefKeeper(reader);
    const before = await byDate(new RefKeeper(reader));
    const { runGitChecked } = await vi.importActual<typeof processes>('../../src/git/process.ts');
    vi.mocked(processes.runGitChecked).mockImplementationOnce(async (...given) => {
      await change();
      return runGitChecked(...given);
    });
    await refs.snapshot(built.handle);
    await byDate(refs);
    vi.mocked(processes.runGitChecked).mockClear();
    await built.git(['update-ref', 'refs/heads/main', second]);
    await built.git(['update-ref', '-d', 'refs/heads/new']);
    expect(await byDate(refs)).toEqual(before);
    expect(askedGit()).toBe(1);
  });
});

describe('reading refs', () => {
  it('follows tags of tags', async () => {
    await built.tag('v1', 'main', 'one\n');
    const outer = (
      await built.git(
        ['mktag'],
        `object ${await built.id('v1')}\ntype tag\ntag v2\ntagger T <t@x> 1 +0000\n\nx\n`,
      )
    )
      .toString()
      .trim();
    expect((await peel(reader, built.handle, outer)).id).toBe(second);
  });

  it('knows HEAD, and sets it to branches only', async () => {
    expect(readHead(built.handle)).toBe('refs/heads/main');
    await setHead(built.handle, 'refs/heads/feature/x');
    expect(readHead(built.handle)).toBe('refs/heads/feature/x');
    for (const bad of ['refs/tags/light', 'feature/x', 'refs/heads/a..b', 'refs/heads/x\n']) {
      await expect(setHead(built.handle, bad)).rejects.toThrow('The full name of a branch was expected.');
    }
    expect(readHead(built.handle)).toBe('refs/heads/feature/x');
  });
});
