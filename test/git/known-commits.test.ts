import { expect, it } from 'vitest';
import type { Commit, Signature } from '../../src/git/commit.ts';
import type { RepositoryHandle } from '../../src/git/handle.ts';
import { KnownCommits } from '../../src/git/known-commits.ts';

const ada: Signature = { name: 'Ada', email: 'ada@example.org', date: '', timestamp: 0 };
const commit = (id: string, message = ''): Commit => ({
  id,
  tree: 'tree',
  parents: [],
  author: ada,
  committer: ada,
  message,
});
const at = (path: string) => ({ path }) as RepositoryHandle;

it('knows a commit in the repository that it was read of, and in no other', () => {
  const known = new KnownCommits();
  const read = commit('a1');
  known.add(at('/one'), read);
  expect(known.get(at('/one'), 'a1')).toBe(read);
  expect(known.get(at('/two'), 'a1')).toBeUndefined();
  expect(known.get(at('/one'), 'a2')).toBeUndefined();
});

it('forgets what was unused for longest, and takes no book', () => {
  const known = new KnownCommits();
  known.add(at('/one'), commit('book', 'x'.repeat(20_000)));
  expect(known.get(at('/one'), 'book')).toBeUndefined();
  for (let index = 0; index < 10_000; index++) {
    known.add(at('/one'), commit(String(index)));
    known.get(at('/one'), '0');
  }
  expect(known.get(at('/one'), '0')).toBeDefined();
  expect(known.get(at('/one'), '1')).toBeUndefined();
  expect(known.get(at('/one'), '9999')).toBeDefined();
});
