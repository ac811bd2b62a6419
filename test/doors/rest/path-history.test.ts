import { beforeAll, describe, expect, test } from 'vitest';
import { listChangesAtPath } from '../../../src/git/path-history.ts';
import type { BuiltRepository } from '../../git/build-repository.ts';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

/** The history of a file, held against `git log --follow` in the same repository. */

const R = '/2.0/repositories/team/app';
const LINES = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');
/** The tenth minute of what `BuiltRepository` writes. */
const TENTH = '2023-11-14T22:23:20Z';

const MOVED = 'deep/er/:(top) café.txt';
const asBytes = (path: string) => Buffer.from(path).toString('latin1');

let rest: RestHost;
let jane: string;
let built: BuiltRepository;
const ids: string[] = [];

interface Change {
  readonly type: string;
  readonly path: string;
  readonly size: number | null;
  readonly commit: { readonly hash: string; readonly date: string };
  readonly links: Readonly<Record<string, { readonly href: string } | undefined>>;
}

const ask = (path: string) => rest.call(`${R}/filehistory/${path}`, jane);

async function changes(path: string): Promise<readonly Change[]> {
  const found: Change[] = [];
  let next: string | undefined = `${R}/filehistory/${path}`;
  while (next !== undefined) {
    const { status, json } = await rest.call(next, jane);
    expect([next, status]).toEqual([next, 200]);
    found.push(...json.values);
    next = json.next?.replace(PUBLIC_URL, '');
    expect(found.length).toBeLessThan(500);
  }
  return found;
}
const rows = (found: readonly Change[]) => found.map(({ commit, path }) => [commit.hash, path]);
const lines = async (...args: string[]) =>
  (await built.git(args))
    .toString()
    .split('\n')
    .filter((line) => line !== '');

/** What git log says, by commit and path. */
async function followed(revision: string, path: string): Promise<string[][]> {
  const said = await lines('log', '--follow', '--format=%H', '--name-only', revision, '--', path);
  return Array.from({ length: said.length / 2 }, (_, index) => said.slice(2 * index, 2 * index + 2));
}

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository');
  built = rest.git.app;
  const say = async (
    commit: Omit<Parameters<BuiltRepository['commit']>[0], 'branch'> & { branch?: string },
  ) => {
    ids.push(await built.commit({ branch: 'topic/one', ...commit }));
  };
  await say({
    files: [
      { path: 'first.txt', content: LINES },
      { path: 'other', content: '1\n' },
    ],
  });
  for (let index = 0; index < 12; index += 1)
    await say({
      message: `Change ${index}\n`,
      ...(index === 3 && { author: 'Jane <jane@example.org>' }),
      files: [{ path: 'first.txt', content: `${LINES}${index}\n` }],
    });
  await say({
    files: [
      { path: 'first.txt', content: undefined },
      { path: asBytes(MOVED), content: `${LINES}11\nmoved\n` },
    ],
  });
  await say({ files: [{ path: asBytes(MOVED), content: 'rewritten\n' }] });
  await say({ branch: 'side', from: 'topic/one', files: [{ path: 'other', content: '2\n' }] });
  await say({ files: [{ path: 'deep/last', content: 'x' }] });
  await say({ merge: ['side'], files: [{ path: 'other', content: '2\n' }] });
  await say({ files: [{ path: 'other', content: undefined }] });
});

const at = (path: string) => path.split('/').map(encodeURIComponent).join('/');

describe('the history of a file', () => {
  test('is what git log --follow says, over its names, in pages', async () => {
    const expected = await followed('topic/one', MOVED);
    expect(expected).toHaveLength(15);
    for (const query of ['', '?pagelen=4', '?pagelen=100', '?renames=true']) {
      expect(rows(await changes(`topic/one/${at(MOVED)}${query}`))).toEqual(expected);
    }
    expect(rows(await changes(`topic%2Fone/${at(MOVED)}`))).toEqual(expected);
    expect(rows(await changes(`${ids.at(-1)}/${at(MOVED)}/`))).toEqual(expected);
    const { json } = await ask(`topic/one/${at(MOVED)}?pagelen=2`);
    expect(json.pagelen).toBe(2);
    expect(Object.keys(json).toSorted()).toEqual(['next', 'pagelen', 'values']);
  });

  test('is not led astray by names that look like what Git prints', async () => {
    const names = ['plain', `\u0001${'a'.repeat(40)}`, '\nR100', 'A', '\u00ff\u0001', 'renamed'];
    const expected: string[][] = [];
    for (const [index, name] of names.entries()) {
      const before = names[index - 1];
      const id = await built.commit({
        branch: 'names',
        files: [
          ...(before === undefined ? [] : [{ path: before, content: undefined }]),
          { path: name, content: LINES },
        ],
      });
      expected.unshift([id, Buffer.from(name, 'latin1').toString()]);
    }
    const found = await changes('names/renamed?pagelen=4');
    expect(rows(found)).toEqual(expected);
    expect(found.every(({ size }) => size === LINES.length)).toBe(true);
  });

  test('keeps to one name where asked', async () => {
    const query = '?renames=false&pagelen=7';
    for (const path of [MOVED, 'first.txt', 'other']) {
      const expected = await lines('rev-list', 'topic/one', '--', path);
      expect(rows(await changes(`topic/one/${at(path)}${query}`))).toEqual(expected.map((id) => [id, path]));
    }
  });

  test('shows each version, and leads to it', async () => {
    const found = await changes(`topic/one/${at(MOVED)}`);
    for (const change of found) {
      expect(change.type).toBe('commit_file');
      const bytes = await built.git(['show', `${change.commit.hash}:${change.path}`]);
      expect(change.size).toBe(bytes.length);
      for (const name of ['self', 'meta', 'history']) {
        const { status } = await rest.call(change.links[name]?.href.replace(PUBLIC_URL, '') ?? '', jane);
        expect([name, status]).toEqual([name, 200]);
      }
    }
    expect(found[0]?.commit).toMatchObject({ type: 'commit', hash: ids[14], parents: [{ hash: ids[13] }] });
  });

  test('goes on where the file is no more, and says so of what removed it', async () => {
    const found = await changes('topic/one/other');
    expect(rows(found)).toEqual(await followed('topic/one', 'other'));
    expect(found[0]).toMatchObject({ type: 'commit_file', path: 'other', size: null, attributes: [] });
    expect(Object.keys(found[0]?.links ?? {})).toEqual(['history']);
    expect(found[1]?.links['self']?.href).toContain(`/src/${ids[15]}/other`);
  });

  test('of a folder is that of all in it', async () => {
    const expected = await lines('rev-list', 'topic/one', '--', 'deep');
    const found = await changes('topic/one/deep/');
    expect(rows(found)).toEqual(expected.map((id) => [id, 'deep']));
    expect(
      found.every(({ type, links }) => type === 'commit_directory' && links['history'] === undefined),
    ).toBe(true);
    expect(rows(await changes('topic/one/')).length).toBe((await lines('rev-list', 'topic/one')).length);
  });

  test('stays with the commit that its first page began at', async () => {
    await built.git(['branch', 'moving', ids[12] ?? '']);
    const expected = await followed('moving', 'first.txt');
    const { json } = await ask('moving/first.txt?pagelen=5&renames=true');
    await built.commit({ branch: 'moving', files: [{ path: 'first.txt', content: 'another\n' }] });
    const rest5 = await changes(json.next.replace(`${PUBLIC_URL}${R}/filehistory/`, ''));
    expect([...rows(json.values), ...rows(rest5)]).toEqual(expected);
    expect(json.next).toContain('renames=true');
    expect(rows(await changes('moving/first.txt'))).toHaveLength(expected.length + 1);
  });
});

describe('a choice of it', () => {
  const path = `topic/one/${at(MOVED)}`;
  const chosen = async (query: Record<string, string>) =>
    (await changes(`${path}?${new URLSearchParams({ pagelen: '4', ...query }).toString()}`)).map(
      ({ commit }) => commit.hash,
    );

  test('is by path, date, hash, message and author', async () => {
    const all = (await changes(path)).map(({ commit }) => commit.hash);
    expect(await chosen({ q: 'path="first.txt"' })).toEqual(all.slice(2));
    expect(await chosen({ q: 'path ~ "CAFÉ"' })).toEqual(all.slice(0, 2));
    expect(await chosen({ q: `commit.date<=${TENTH}` })).toEqual(
      (await changes(path))
        .filter(({ commit }) => Date.parse(commit.date) <= Date.parse(TENTH))
        .map(({ commit }) => commit.hash),
    );
    expect((await chosen({ q: `commit.date<=${TENTH}` })).length).toBe(7);
    expect(await chosen({ q: 'commit.date<=2011-05-18' })).toEqual([]);
    expect(await chosen({ q: `commit.hash="${ids[5]}"` })).toEqual([ids[5]]);
    expect(await chosen({ q: 'commit.author.raw ~ "jane@" AND commit.message="Change 3\n"' })).toEqual([
      ids[4],
    ]);
  });

  test('is ordered by date', async () => {
    const all = (await changes(path)).map(({ commit }) => commit.hash);
    expect(await chosen({ sort: '-commit.date' })).toEqual(all);
    expect(await chosen({ sort: 'commit.date' })).toEqual(all.toReversed());
    expect(await chosen({ sort: 'commit.date', q: 'path="first.txt"' })).toEqual(all.slice(2).toReversed());
  });

  test('that cannot be made is refused', async () => {
    for (const [query, message] of [
      ['q=size>1', 'Field ".size" does not support filtering'],
      ['sort=path', 'Field ".path" does not support sorting'],
      ['q=commit.date>5', 'The filter could not be understood'],
      ['renames=perhaps', 'Give true or false'],
      ['pagelen=101', 'Invalid pagelen'],
      ['page=x', 'Invalid page'],
      ['page=9999999', 'begin at an earlier commit'],
    ]) {
      const { status, json } = await ask(`${path}?${query}`);
      expect([query, status]).toEqual([query, 400]);
      expect(json.error.message).toContain(message);
    }
  });

  test('is made from 5000 changes and no more', async () => {
    const commits = Array.from(
      { length: 5001 },
      (_, index) =>
        `commit refs/heads/many\ncommitter C <c@example.org> ${1_700_000_000 + index} +0000\ndata 0\nM 100644 inline often\ndata ${String(index).length}\n${index}\n`,
    );
    await built.git(['fast-import', '--quiet'], commits.join(''));
    for (const query of ['q=path="often"', 'renames=false&sort=commit.date']) {
      const refused = await ask(`many/often?${query}`);
      expect([query, refused.status]).toEqual([query, 400]);
      expect(refused.json.error.message).toContain('at most 5000 changes');
      expect((await ask(`${await built.id('many~1')}/often?${query}&pagelen=2`)).json.values).toHaveLength(2);
    }
    const query = { commit: await built.id('many'), path: 'often' };
    const newest = await lines('rev-list', '-3', 'many');
    for (const follows of [true, false]) {
      const { changes: found, isWhole } = await listChangesAtPath(built.handle, { ...query, follows }, 3);
      expect([found.map(({ commit }) => commit), isWhole]).toEqual([newest, false]);
      expect((await listChangesAtPath(built.handle, { ...query, follows }, 5001)).isWhole).toBe(true);
    }
    const last = await ask('many/often?page=501');
    expect([last.json.values.length, last.json.next]).toEqual([1, undefined]);
  });

  test('is cut to the fields that are asked for', async () => {
    const { json } = await ask(`${path}?pagelen=2&fields=values.path,values.commit.date`);
    expect(json).toEqual({
      values: (await changes(path))
        .slice(0, 2)
        .map((one) => ({ path: one.path, commit: { date: one.commit.date } })),
    });
  });
});

test('what never was there is not found, and strangers find nothing', async () => {
  for (const path of [
    'topic/one/nothing',
    'topic/one/first.txt/x',
    'topic/one/deep/er/none',
    'topic/one/FIRST.txt',
    // Git would read it as the name of a file that is there.
    'topic/one/deep%2F%2Flast',
  ]) {
    const { status, json } = await ask(path);
    expect([path, status]).toEqual([path, 404]);
    expect(json.error.message).toContain('No such file or directory');
  }
  const { status, json } = await ask('nothing/first.txt');
  expect([status, json.error.message, json.error.data]).toEqual([
    404,
    'Commit not found',
    { shas: ['nothing'] },
  ]);
  const eve = await rest.basic('eve', 'repository');
  for (const who of [undefined, eve]) {
    const hidden = await rest.call(`${R}/filehistory/topic/one/first.txt`, who);
    const missing = await rest.call(`${R.replace('app', 'none')}/filehistory/topic/one/first.txt`, who);
    expect([hidden.status, hidden.body.replaceAll('team/app', 'team/none')]).toEqual([404, missing.body]);
  }
});

test('objects lead to the diff, the patch and the history of what they show', async () => {
  const commit = (await rest.call(`${R}/commit/${ids[14]}`, jane)).json;
  const listed = (await rest.call(`${R}/commits/topic/one?pagelen=1`, jane)).json.values[0];
  const branch = (await rest.call(`${R}/refs/branches/topic/one`, jane)).json.target;
  for (const { links, hash } of [commit, listed, branch]) {
    expect(links.diff.href).toBe(`${PUBLIC_URL}${R}/diff/${hash}`);
    expect(links.patch.href).toBe(`${PUBLIC_URL}${R}/patch/${hash}`);
  }
  const file = (await rest.call(`${R}/src/topic/one/${at(MOVED)}?format=meta`, jane)).json;
  const { json } = await rest.call(file.links.history.href.replace(PUBLIC_URL, ''), jane);
  expect(json.values[0]).toMatchObject({ path: MOVED, size: file.size });
  const folder = (await rest.call(`${R}/src/topic/one/deep/?format=meta`, jane)).json;
  expect(Object.keys(folder.links)).toEqual(['self', 'meta']);
});
