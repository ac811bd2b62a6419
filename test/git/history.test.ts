import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchProcess } from '../../src/git/batch-process.ts';
import * as commits from '../../src/git/commits.ts';
import { History } from '../../src/git/history.ts';
import { Turns } from '../../src/limits/turns.ts';
import * as last from '../../src/git/last-commits.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { RefKeeper } from '../../src/git/snapshot/keeper.ts';
import { findPath, listDirectory } from '../../src/git/tree.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

vi.mock('../../src/git/commits.ts', { spy: true });
vi.mock('../../src/git/last-commits.ts', { spy: true });

let built: BuiltRepository;
let reader: ObjectReader;
let refs: RefKeeper;
let history: History;

beforeAll(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  refs = new RefKeeper(reader);
});
beforeEach(() => {
  history = new History({ refs, objects: reader }, new Turns(2, 10));
  vi.mocked(commits.listCommitsByGit).mockClear();
  vi.mocked(commits.countAheadBehind).mockClear();
});
afterAll(async () => {
  reader.close();
  await built.remove();
});

interface Made {
  /** How many commits ago each parent was made. */
  readonly parents: readonly number[];
  readonly time: number;
}

/** Makes commits in turn, each a branch of its own, and one tag of each kind. */
async function make(made: readonly Made[]): Promise<void> {
  const stream = made.map(({ parents, time }, index) => {
    const [from, ...merges] = [...new Set(parents)].map((ago) => index - ago).filter((at) => at >= 0);
    const lines = [
      `commit refs/heads/b${index}`,
      `mark :${index + 1}`,
      `committer Carl <carl@example.org> ${1_700_000_000 + time} +0000`,
      `data 1\nx`,
      ...(from === undefined ? [] : [`from :${from + 1}`]),
      ...merges.map((at) => `merge :${at + 1}`),
    ];
    return `${lines.join('\n')}\n`;
  });
  const old = (await built.git(['for-each-ref', '--format=delete %(refname)'])).toString();
  await built.git(['update-ref', '--stdin'], old);
  const tags =
    'reset refs/tags/light\nfrom :1\n\ntag v1\nfrom :1\ntagger T <t@example.org> 1 +0000\ndata 1\nx\n';
  await built.git(['fast-import', '--quiet', '--force'], stream.join('') + tags);
  const blob = (await built.git(['hash-object', '-w', '--stdin'], 'file')).toString().trim();
  await built.git(['update-ref', 'refs/tags/blob', blob]);
}

describe('history', () => {
  it('is what Git lists, in the order in which Git lists it, whatever the times say', async () => {
    const commit = fc.record({
      parents: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
      // Few different ones, so that many are the same and some lie before those of their parents.
      time: fc.integer({ min: 0, max: 8 }),
    });
    const page = fc.record({
      offset: fc.integer({ min: 0, max: 12 }),
      limit: fc.integer({ min: 1, max: 12 }),
      include: fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(commit, { minLength: 1, maxLength: 14 }),
        fc.array(page, { minLength: 3, maxLength: 6 }),
        async (made, pages) => {
          await make(made);
          for (const { offset, limit, include } of pages) {
            const ids = await Promise.all(
              (include ?? []).map((at) => built.id(`refs/heads/b${at % made.length}`)),
            );
            const query = { offset, limit, ...(include !== undefined && { include: [...new Set(ids)] }) };
            const wanted = await commits.listCommitsByGit(reader, built.handle, query);
            vi.mocked(commits.listCommitsByGit).mockClear();
            expect(await history.list(built.handle, query)).toEqual(wanted);
            expect(await history.list(built.handle, query)).toEqual(wanted);
            expect(commits.listCommitsByGit).not.toHaveBeenCalled();
          }
        },
      ),
      {
        numRuns: 12,
        // Shrinking outlasts the time a test has; the seed tells enough.
        endOnFailure: true,
        examples: [
          [
            // Two first commits that are the same one, and a merge that names both.
            [
              { parents: [], time: 1 },
              { parents: [], time: 1 },
              { parents: [1, 2], time: 2 },
            ],
            [{ offset: 0, limit: 5, include: undefined }],
          ],
        ],
      },
    );
  }, 60_000);

  it('follows the refs at once, and is asked of the disk only where they moved', async () => {
    await make([{ parents: [], time: 1 }]);
    const first = await history.list(built.handle, { offset: 0, limit: 5 });
    const reading = vi.spyOn(reader, 'readObject');
    expect(await history.list(built.handle, { offset: 0, limit: 5 })).toEqual(first);
    expect(reading).not.toHaveBeenCalled();
    const id = await built.commit({ branch: 'b0', files: [] });
    const next = await history.list(built.handle, { offset: 0, limit: 5 });
    expect(next.commits.map((commit) => commit.id)).toEqual([id, first.commits[0]?.id]);
    expect(reading).toHaveBeenCalledTimes(3);
    reading.mockRestore();
  });

  it('reads of a page that begins a commit later that commit alone', async () => {
    await make(Array.from({ length: 40 }, (_, time) => ({ parents: time === 0 ? [] : [1], time })));
    const page = async (branch: string) =>
      (
        await history.list(built.handle, {
          include: [await built.id(`refs/heads/${branch}`)],
          offset: 0,
          limit: 30,
        })
      ).commits.map(({ id }) => id);
    const earlier = await page('b38');
    const asked = vi.spyOn(BatchProcess.prototype, 'ask');
    const later = await page('b39');
    const contents = asked.mock.calls.filter(([verb]) => verb === 'contents');
    expect(contents.map(([, id]) => id)).toEqual([await built.id('refs/heads/b39')]);
    expect(later.slice(1)).toEqual(earlier.slice(0, 29));
    expect(commits.listCommitsByGit).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('is read once for all who ask at once', async () => {
    await make([
      { parents: [], time: 1 },
      { parents: [1], time: 2 },
    ]);
    const reading = vi.spyOn(reader, 'readObject');
    const pages = await Promise.all(
      Array.from({ length: 20 }, () => history.list(built.handle, { offset: 0, limit: 5 })),
    );
    expect(new Set(pages.map(({ commits: listed }) => listed.length))).toEqual(new Set([2]));
    expect(reading.mock.calls.length).toBeLessThan(10);
    reading.mockRestore();
  });

  it('is found by Git once where a path is asked for or something is left out, and each time where the page is far', async () => {
    await make([
      { parents: [], time: 1 },
      { parents: [1], time: 2 },
    ]);
    const [old, young] = [await built.id('refs/heads/b0'), await built.id('refs/heads/b1')];
    const ids = async (query: Partial<commits.CommitQuery>) =>
      (await history.list(built.handle, { offset: 0, limit: 5, ...query })).commits.map(({ id }) => id);
    for (let time = 1; time <= 2; time++) {
      expect(await ids({ exclude: [old] })).toEqual([young]);
      expect(await ids({ exclude: [young] })).toEqual([]);
      expect(await ids({ path: 'nothing' })).toEqual([]);
      expect(await ids({ path: 'nothing', exclude: [old] })).toEqual([]);
      expect(await ids({})).toEqual([young, old]);
      expect(commits.listCommitsByGit).toHaveBeenCalledTimes(4);
    }
    for (let time = 1; time <= 2; time++) expect(await ids({ offset: 1000 })).toEqual([]);
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(6);
    expect(await ids({ include: [young], path: 'nothing' })).toEqual([]);
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(7);
  });

  it('is asked for once, however the path is spelled and in whatever order revisions are left out', async () => {
    await make([
      { parents: [], time: 1 },
      { parents: [], time: 2 },
      { parents: [], time: 3 },
    ]);
    const ids = await Promise.all(['b0', 'b1', 'b2'].map((name) => built.id(`refs/heads/${name}`)));
    const [first = '', second = '', third = ''] = ids;
    const page = { include: [third], offset: 0, limit: 5 };
    for (const path of ['x', '/x', 'x/', '//x//']) await history.list(built.handle, { ...page, path });
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(1);
    for (const exclude of [
      [first, second],
      [second, first],
    ]) {
      expect((await history.list(built.handle, { ...page, exclude })).commits.map(({ id }) => id)).toEqual([
        third,
      ]);
    }
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(2);
    for (const path of ['', '/', '//']) await history.list(built.handle, { ...page, path });
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(2);
  });

  it('does not keep more than it may, whatever is large in commits', async () => {
    const first = await built.commit({ branch: 'large', files: [] });
    const parents = `parent ${first}\n`.repeat(75_000);
    const tree = await built.id('large^{tree}');
    const raw = `tree ${tree}\n${parents}author A <a@x> 1 +0000\ncommitter C <c@x> 1 +0000\n\nMerge\n`;
    const id = (await built.git(['hash-object', '-t', 'commit', '-w', '--stdin'], raw)).toString().trim();
    const page = (limit: number) => history.list(built.handle, { include: [id], offset: 0, limit });
    const reading = vi.spyOn(reader, 'readObject');
    await page(1);
    await page(1);
    expect(reading).toHaveBeenCalledTimes(2);
    for (const limit of [2, 3, 4, 5]) await page(limit);
    reading.mockClear();
    await page(1);
    expect(reading.mock.calls.map(([, asked]) => asked)).toContain(id);
    reading.mockRestore();
    await built.git(['update-ref', '-d', 'refs/heads/large']);
  });

  it('is left to Git where a commit is not as Git writes it, the second time as the first', async () => {
    const first = await built.commit({ branch: 'odd', files: [] });
    const tree = await built.id('odd^{tree}');
    const raw = `tree ${tree}\nparent ${first}\nauthor A <a@x> 1 +0000\ncommitter C <c<@x> 1 +0000\n\nOdd\n`;
    const id = (await built.git(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], raw))
      .toString()
      .trim();
    for (const limit of [2, 3]) {
      const page = await history.list(built.handle, { include: [id], offset: 0, limit });
      expect(page.commits.map((commit) => commit.id)).toEqual([id, first]);
    }
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(2);
    await built.git(['update-ref', '-d', 'refs/heads/odd']);
  });

  it('of more branches than are walked is found by Git once, and anew when one of them moves', async () => {
    await make([{ parents: [], time: 1 }]);
    const many = Array.from(
      { length: 2_002 },
      (_, index) =>
        `commit refs/heads/many${index}\ncommitter C <c@example.org> ${index + 1} +0000\ndata 1\nx\n`,
    );
    await built.git(['fast-import', '--quiet', '--force'], many.join(''));
    const query = { offset: 0, limit: 3 };
    const wanted = await commits.listCommitsByGit(reader, built.handle, query);
    expect(wanted.commits[1]?.id).toBe(await built.id('refs/heads/many2001'));
    vi.mocked(commits.listCommitsByGit).mockClear();
    const pages = await Promise.all(Array.from({ length: 4 }, () => history.list(built.handle, query)));
    expect(pages).toEqual([wanted, wanted, wanted, wanted]);
    expect(await history.list(built.handle, query)).toEqual(wanted);
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(1);
    await built.git(['update-ref', '-d', 'refs/heads/many2001']);
    const rest = await history.list(built.handle, query);
    expect(rest.commits.map(({ id }) => id)).toEqual([
      wanted.commits[0]?.id,
      wanted.commits[2]?.id,
      await built.id('refs/heads/many1999'),
    ]);
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(2);
  });

  it('is left to Git a second after somebody gave commits other parents, and walked again a second after that is undone', async () => {
    await make([
      { parents: [], time: 1 },
      { parents: [1], time: 2 },
    ]);
    const [old, young] = [await built.id('refs/heads/b0'), await built.id('refs/heads/b1')];
    const list = async (query: Partial<commits.CommitQuery>) =>
      (await history.list(built.handle, { offset: 0, limit: 5, ...query })).commits.length;
    const now = vi.spyOn(performance, 'now');
    const secondPasses = () => now.mockReturnValue(performance.now() + 1001);
    const distance = () => history.distance(built.handle, old, young);
    expect(await list({ include: [young] })).toBe(2);
    expect(await distance()).toEqual({ ahead: 1, behind: 0 });
    await mkdir(join(built.handle.path, 'info'), { recursive: true });
    await writeFile(join(built.handle.path, 'info', 'grafts'), `${young}\n`);
    secondPasses();
    expect(await list({ include: [young] })).toBe(1);
    expect(await distance()).toEqual({ ahead: 1, behind: 1 });
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(1);
    expect(commits.countAheadBehind).toHaveBeenCalledTimes(2);
    await rm(join(built.handle.path, 'info', 'grafts'));
    secondPasses();
    expect(await list({ include: [young] })).toBe(2);
    expect(await distance()).toEqual({ ahead: 1, behind: 0 });
    expect(commits.listCommitsByGit).toHaveBeenCalledTimes(1);
    expect(commits.countAheadBehind).toHaveBeenCalledTimes(2);
    now.mockRestore();
  });

  it.each(['stay', 'end meanwhile', 'begin meanwhile'])(
    'does not remember what Git found while commits had other parents, which %s',
    async (they) => {
      await make([
        { parents: [], time: 1 },
        { parents: [1], time: 2 },
      ]);
      const young = await built.id('refs/heads/b1');
      const grafts = join(built.handle.path, 'info', 'grafts');
      const query = { include: [young], path: 'nothing', offset: 0, limit: 5 };
      await history.list(built.handle, { ...query, path: 'other' });
      await mkdir(join(built.handle.path, 'info'), { recursive: true });
      if (they !== 'begin meanwhile') await writeFile(grafts, `${young}\n`);
      const actual = await vi.importActual<typeof commits>('../../src/git/commits.ts');
      vi.mocked(commits.listCommitsByGit).mockImplementationOnce(async (...given) => {
        if (they === 'begin meanwhile') await writeFile(grafts, `${young}\n`);
        const page = await actual.listCommitsByGit(...given);
        if (they === 'end meanwhile') await rm(grafts);
        return page;
      });
      await history.list(built.handle, query);
      await rm(grafts, { force: true });
      const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1001);
      vi.mocked(commits.listCommitsByGit).mockClear();
      for (let time = 1; time <= 2; time++) await history.list(built.handle, query);
      expect(commits.listCommitsByGit).toHaveBeenCalledTimes(1);
      now.mockRestore();
    },
  );
});

describe('the last commits of a directory', () => {
  it('are found by Git once', async () => {
    const commit = await built.commit({
      branch: 'files',
      files: [
        { path: 'a', content: 'a' },
        { path: 'docs/b', content: 'b' },
      ],
    });
    const root = await findPath(reader, built.handle, commit, '');
    if (root === undefined) throw new Error('There is no root.');
    const entries = await listDirectory(reader, built.handle, root);
    const of = async (some: typeof entries) => [
      ...(await history.lastCommits(built.handle, commit, root, some)).keys(),
    ];
    for (let time = 1; time <= 2; time++) {
      expect((await of(entries)).toSorted()).toEqual(['a', 'docs']);
      expect(await of(entries.slice(0, 1))).toEqual(['a']);
    }
    expect(last.lastCommits).toHaveBeenCalledTimes(2);
  });

  it('are looked for again where Git did not come to its end', async () => {
    const commit = await built.commit({ branch: 'gone', files: [{ path: 'a', content: 'a' }] });
    const root = await findPath(reader, built.handle, commit, '');
    if (root === undefined) throw new Error('There is no root.');
    const entries = await listDirectory(reader, built.handle, root);
    vi.mocked(last.lastCommits).mockClear();
    const nowhere = '1'.repeat(40);
    for (let time = 1; time <= 2; time++) {
      expect((await history.lastCommits(built.handle, nowhere, root, entries)).size).toBe(0);
      expect(last.lastCommits).toHaveBeenCalledTimes(time);
    }
  });
});
