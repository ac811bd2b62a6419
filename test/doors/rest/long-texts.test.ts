import { beforeAll, expect, test } from 'vitest';
import { openRest, type Answer, type RestHost } from './rest-host.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;
const COMMITS = 5;
const PARENTS = 5000;
/** Every character of it is six in JSON. */
const controls = Buffer.alloc(MEGABYTE, 1);

let rest: RestHost;
const get = (url: string): Promise<Answer> => rest.call(`/2.0/repositories/team/open/${url}`);

beforeAll(async () => {
  rest = await openRest();
  const git = rest.git.open;
  const data = (text: string | Buffer) => [`data ${text.length}\n`, text, '\n'];
  const person = (index: number) => `C <c@x> ${1_700_000_000 + index} +0000\n`;
  const texts: (string | Buffer)[] = [];
  for (let index = 0; index < COMMITS; index += 1) {
    texts.push('commit refs/heads/long\n', `committer ${person(index)}`, ...data(controls));
    texts.push(`tag long-${index}\nfrom refs/heads/long\ntagger ${person(index)}`, ...data(controls));
  }
  await git.git(['fast-import', '--quiet'], Buffer.concat(texts.map((text) => Buffer.from(text))));
  const tree = await git.id('long^{tree}');
  const parents = `parent ${await git.id('long')}\n`.repeat(PARENTS);
  const merge = `tree ${tree}\n${parents}author A <a@x> 1 +0000\ncommitter ${person(COMMITS)}\nMerge\n`;
  const id = await git.git(['hash-object', '-t', 'commit', '-w', '--stdin'], merge);
  await git.git(['update-ref', 'refs/heads/merge', id.toString().trim()]);
});

test('a name of a megabyte is not shown, nor what lies below it', async () => {
  const git = rest.git.open;
  const hashed = async (type: string, content: Buffer | string) =>
    (await git.git(['hash-object', '-t', type, '-w', '--literally', '--stdin'], content)).toString().trim();
  const blob = await hashed('blob', 'x');
  const treeOf = (entries: readonly (readonly [mode: string, name: string, id: string])[]) =>
    hashed(
      'tree',
      Buffer.concat(
        entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
      ),
    );
  const name = 'n'.repeat(4096 - 'fits/'.length);
  const files = Array.from({ length: 50 }, (_, index) => ['100644', `${index}`, blob] as const);
  const tree = await treeOf([
    ['40000', 'fits', await treeOf([name, `${name}n`].map((each) => ['100644', each, blob]))],
    ['40000', 'l'.repeat(MEGABYTE), await treeOf(files)],
    ['100644', 'm'.repeat(MEGABYTE), blob],
  ]);
  const person = 'A <a@x> 1 +0000';
  const commit = await hashed('commit', `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nNames\n`);
  await git.git(['update-ref', 'refs/heads/names', commit]);
  const { status, json, body } = await get('src/names/?max_depth=9&pagelen=100');
  expect(status).toBe(200);
  expect(json.values.map(({ path }: { path: string }) => path)).toEqual(['fits', `fits/${name}`]);
  expect(body.length).toBeLessThan(64 * KILOBYTE);
  expect((await get(`src/names/fits/${name}`)).status).toBe(200);
  expect((await get(`src/names/fits/${name}n`)).status).toBe(404);
  for (const page of ['src/names', 'commit/names']) {
    const shown = await rest.call(`/team/open/${page}`);
    expect(shown.status).toBe(200);
    expect(shown.body.length).toBeLessThan(3 * MEGABYTE);
  }
});

const beginning = (kilobytes: number) => `${'\u0001'.repeat(kilobytes * KILOBYTE)}…`;

test('in lists 8 KB of a message are shown, and what they are made of is no longer', async () => {
  for (const url of ['commits/long', 'refs/tags?q=name~"long-"', 'refs?q=name~"long"']) {
    const { status, json, body } = await get(encodeURI(url));
    expect(status).toBe(200);
    expect(json.values.length).toBeGreaterThanOrEqual(COMMITS);
    for (const { message, target, summary } of json.values) {
      if (message !== undefined) expect(message).toBe(beginning(8));
      for (const one of [summary, target?.summary]) if (one !== undefined) expect(one.raw).toBe(beginning(8));
    }
    expect(body.length).toBeLessThan(json.values.length * 5 * 8 * KILOBYTE * 6);
  }
});

test('a commit or tag alone is shown with 64 KB', async () => {
  const commit = (await get('commit/long')).json;
  expect(commit.message).toBe(beginning(64));
  expect(commit.summary.raw).toBe(commit.message);
  expect(commit.rendered.message.html).toBe(`<p>${commit.message}</p>`);
  expect((await get('refs/tags/long-1')).json.message).toBe(beginning(64));
});

test('a tag of any length is listed, shown and followed, whether or not its ref is packed', async () => {
  const git = rest.git.open;
  const hashed = async (text: string) =>
    (await git.git(['hash-object', '-t', 'tag', '-w', '--stdin'], text)).toString().trim();
  const head = (object: string, type: string, name: string) =>
    `object ${object}\ntype ${type}\ntag ${name}\ntagger T <t@x> 1 +0000\n\n`;
  const huge = await hashed(head(await git.id('main'), 'commit', 'huge') + '\u0001'.repeat(9 * MEGABYTE));
  await git.git(['update-ref', 'refs/tags/huge', huge]);
  await git.git(['update-ref', 'refs/tags/outer', await hashed(`${head(huge, 'tag', 'outer')}outer\n`)]);
  for (const packed of [false, true]) {
    if (packed) await git.git(['pack-refs', '--all']);
    for (const page of ['', '/commits', '/tags', '/src/huge', '/commits/outer']) {
      expect([packed, page, (await rest.call(`/team/open${page}`)).status]).toEqual([packed, page, 200]);
    }
    const { json } = await get(encodeURI('refs/tags?q=name="huge" OR name="outer"'));
    const main = await git.id('main');
    expect(json.values.map(({ target }: { target: { hash: string } }) => target.hash)).toEqual([main, main]);
    expect((await get('refs/tags/huge')).json.message).toBe(beginning(64));
    expect((await get('commit/outer')).json.hash).toBe(main);
  }
});

test('of very many parents a hundred are shown', async () => {
  expect((await get('commit/merge')).json.parents).toHaveLength(100);
  expect((await get('commits/merge?pagelen=1')).json.values[0].parents).toHaveLength(100);
  expect((await get('commit/main')).json.parents).toHaveLength(1);
});

test('pages show no more of them', async () => {
  const pages = ['commit/long', 'commits/long', 'tags', 'branches', 'commit/merge'];
  for (const page of pages) {
    const { status, body } = await rest.call(`/team/open/${page}`);
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(256 * KILOBYTE);
  }
  expect((await rest.call('/team/open/commit/merge')).body).toContain(`and ${PARENTS - 100} more`);
});
