import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findContaining } from '../../src/git/containing.ts';
import { newlyReached } from '../../src/git/newly-reached.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import * as processes from '../../src/git/process.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

vi.mock('../../src/git/process.ts', { spy: true });

const COMMITS = 60;
/** Each two of them have some in common and some not; from the fortieth on, one line that is longer than is followed by reading. */
const PARENTS: readonly (readonly number[])[] = Array.from({ length: COMMITS }, (_, index) => {
  if (index < 3) return [];
  if (index >= 20) return [index - 1];
  return index % 4 === 0 ? [index - 2, index - 3] : [index % 3 === 0 ? index - 3 : index - 1];
});

let built: BuiltRepository;
let reader: ObjectReader;
let ids: readonly string[];

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  const stream = PARENTS.map(([from, ...merges], index) =>
    [
      `commit refs/heads/b${index}`,
      `mark :${index + 1}`,
      `committer Carl <carl@example.org> ${1_700_000_000 + index} +0000`,
      'data 1\nx',
      ...(from === undefined ? [] : [`from :${from + 1}`]),
      ...merges.map((at) => `merge :${at + 1}`),
      '',
    ].join('\n'),
  );
  await built.git(['fast-import', '--quiet'], stream.join(''));
  const listed = await built.git([
    'for-each-ref',
    '--format=%(refname:short) %(objectname)',
    'refs/heads/b*',
  ]);
  const byName = new Map(
    listed
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  ids = PARENTS.map((_, index) => byName.get(`b${index}`) ?? '');
});
afterAll(async () => {
  reader.close();
  await built.remove();
});

const behind = (index: number): Set<number> =>
  new Set([index, ...(PARENTS[index] ?? []).flatMap((parent) => [...behind(parent)])]);
const id = (index: number) => ids[index] ?? '';
const reached = (old: number, tip: number, candidates: readonly number[]) =>
  newlyReached(reader, built.handle, { old: id(old), new: id(tip) }, new Set(candidates.map(id)));

it('what a branch came to contain is what it leads to now and did not before, however it moved', async () => {
  const at = fc.nat(COMMITS - 1);
  let some = 0;
  await fc.assert(
    fc.asyncProperty(at, at, fc.uniqueArray(at, { maxLength: 8 }), async (old, tip, candidates) => {
      const added = behind(tip).difference(behind(old));
      const expected = candidates.filter((each) => added.has(each)).map(id);
      some += expected.length;
      expect(await reached(old, tip, candidates)).toEqual(new Set(expected));
    }),
    { numRuns: 80 },
  );
  expect(some).toBeGreaterThan(20);
});

it('an ordinary push is followed without a process, and nothing is asked where nobody waits', async () => {
  await reached(50, 51, [51]);
  vi.mocked(processes.streamGit).mockClear();
  expect(await reached(30, 50, [20, 40, 55])).toEqual(new Set([id(40)]));
  expect(await reached(1, 40, [])).toEqual(new Set());
  expect(await reached(40, 40, [40])).toEqual(new Set());
  expect(processes.streamGit).not.toHaveBeenCalled();
  expect(await reached(20, 59, [40])).toEqual(new Set([id(40)]));
  expect(processes.streamGit).toHaveBeenCalledOnce();
});

it('a commit is in the history of those that lead to it, and in none of what is not there', async () => {
  const at = fc.nat(COMMITS - 1);
  let some = 0;
  await fc.assert(
    fc.asyncProperty(at, fc.uniqueArray(at, { maxLength: 8 }), async (commit, candidates) => {
      const expected = candidates.filter((each) => behind(each).has(commit)).map(id);
      some += expected.length;
      const asked = new Set([...candidates.map(id), 'f'.repeat(40)]);
      expect(await findContaining(built.handle, id(commit), asked)).toEqual(new Set(expected));
    }),
    { numRuns: 60 },
  );
  expect(some).toBeGreaterThan(20);
});

it('what is not there cannot be said', async () => {
  const gone = newlyReached(reader, built.handle, { old: 'f'.repeat(40), new: id(59) }, new Set([id(1)]));
  await expect(gone).rejects.toThrow('rev-list');
});
