import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { Branch, Tag } from '../../../src/doors/rest/objects/ref.ts';
import { pageOf } from '../../../src/doors/rest/paging.ts';
import { RenderedAnswers, RenderedEntries } from '../../../src/doors/rest/rendered-answers.ts';
import { openRest, type RestHost } from './rest-host.ts';

let rest: RestHost;
let jane: string;
let R = '/2.0/repositories/team/app';

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository', 'repository:admin');
});

const lists = [
  'refs',
  'refs/branches',
  'refs/tags',
  'refs/branches?sort=-target.date',
  'refs/tags?q=name~"v"',
];
const ask = (list: string, authorization = jane, headers = {}) =>
  rest.call(`${R}/${encodeURI(list)}`, authorization, { headers });
const valueOf = async (list: string, name: string) =>
  (await ask(list)).json.values.find((value: { name: string }) => value.name === name);

test('lists that were answered before are answered alike, to those who may see them', async () => {
  const rob = await rest.basic('rob', 'repository');
  const eve = await rest.basic('eve', 'repository');
  for (const list of lists) {
    const looked = vi.spyOn(RenderedAnswers.prototype, 'of');
    const first = await ask(list);
    expect(first.status).toBe(200);
    expect(first.json.values.length).toBeGreaterThan(0);
    expect((await ask(list)).body).toBe(first.body);
    expect(looked.mock.results[1]?.value).toBe(looked.mock.results[0]?.value);
    looked.mockRestore();
    expect((await ask(list, rob)).body).toBe(first.body);
    expect((await ask(list, eve)).status).toBe(404);
    expect((await ask(list, jane, { 'if-none-match': String(first.headers['etag']) })).status).toBe(304);
  }
});

test('a list of branches and one of branches and tags are told apart, and so are their orders and pages', async () => {
  const names = async (list: string) =>
    (await ask(list)).json.values.map((value: { name: string }) => value.name);
  const branches = await names('refs/branches');
  const tags = await names('refs/tags');
  expect(await names('refs')).toEqual([...branches, ...tags]);
  expect(await names('refs/branches?sort=-name')).toEqual(branches.toReversed());
  const paged = (page: number) => names(`refs/branches?pagelen=1&page=${page}`);
  expect([...(await paged(1)), ...(await paged(2))]).toEqual(branches.slice(0, 2));
  expect((await ask('refs/branches?fields=values.name')).json).toEqual({
    values: branches.map((name: string) => ({ name })),
  });
});

test('branches and tags are told apart that lead to the same, and that are called the same', async () => {
  const { git } = rest;
  for (const kind of ['branch', 'tag']) {
    for (const name of ['twin', 'triplet']) await git.app.git([kind, name, 'main']);
  }
  const shown = async (list: string) =>
    (await ask(`${list}?q=name~"t" AND name!="light/weight"&pagelen=99`)).json.values.map(
      ({ type, name }: { type: string; name: string }) => `${type} ${name}`,
    );
  const branches = ['branch feature/x', 'branch triplet', 'branch twin'];
  const tags = ['tag triplet', 'tag twin'];
  for (const [list, all] of [
    ['refs/branches', branches],
    ['refs/tags', tags],
    ['refs', [...branches, ...tags]],
  ] as const) {
    expect(await shown(list)).toEqual(all);
  }
});

test('a list is, byte for byte, what its schema lets through, whichever list put its entries into words', async () => {
  const schemas = { refs: z.union([Branch, Tag]), 'refs/branches': Branch, 'refs/tags': Tag };
  const queries = [
    '?pagelen=99',
    '?pagelen=1',
    '?pagelen=1&page=2',
    '?pagelen=99&q=name="nothing"',
    '?page=9',
  ];
  const bodies: Record<string, string[]> = {};
  for (const [list, schema] of Object.entries(schemas)) {
    for (const query of queries) {
      const { body } = await ask(list + query);
      expect(body).toBe(JSON.stringify(z.encode(pageOf<z.ZodType>(schema), JSON.parse(body))));
      (bodies[list] ??= []).push(body);
    }
  }
  const looked = vi.spyOn(RenderedEntries.prototype, 'of');
  for (const [list, [whole = '']] of Object.entries(bodies)) {
    expect((await ask(`${list}?pagelen=98`)).body.replace('98', '99')).toBe(whole);
  }
  expect(new Set(looked.mock.contexts).size).toBe(1);
  looked.mockRestore();
});

test('a branch whose name is no text is counted, and shifts no page', async () => {
  const main = await rest.git.app.id('main');
  const name = Buffer.from([0x7a, 0xff]);
  await rest.git.app.git(
    ['update-ref', '--stdin'],
    Buffer.concat([Buffer.from('create refs/heads/'), name, Buffer.from(` ${main}\n`)]),
  );
  const { size, values } = (await ask('refs?pagelen=100')).json;
  expect(values).toHaveLength(size - 1);
  const paged = [];
  for (let page = 1; page <= size; page++) {
    paged.push(...(await ask(`refs?pagelen=1&page=${page}`)).json.values);
  }
  expect(paged).toEqual(values);
  await rest.git.app.git(
    ['update-ref', '--stdin'],
    Buffer.concat([Buffer.from('delete refs/heads/'), name, Buffer.from('\n')]),
  );
});

test('a branch that moved, a tag that was made anew and a branch that is gone show at once', async () => {
  await rest.git.app.commit({ branch: 'moving', files: [{ path: 'm', content: '1' }], from: 'main' });
  await rest.git.app.tag('again', 'main', 'Before\n');
  for (const list of lists) await ask(list);
  const moved = await rest.git.app.commit({ branch: 'moving', files: [{ path: 'm', content: '2' }] });
  await rest.git.app.git(['tag', '-d', 'again']);
  await rest.git.app.tag('again', 'main', 'After\n');
  for (const list of ['refs', 'refs/branches', 'refs/branches?sort=-target.date']) {
    expect((await valueOf(list, 'moving')).target.hash).toBe(moved);
  }
  for (const list of ['refs', 'refs/tags']) expect((await valueOf(list, 'again')).message).toBe('After\n');
  const { size } = (await ask('refs/branches?pagelen=1')).json;
  await rest.git.app.git(['update-ref', '-d', 'refs/heads/moving']);
  expect((await ask('refs/branches?pagelen=1')).json.size).toBe(size - 1);
  for (const list of ['refs', 'refs/branches', 'refs/branches?sort=-target.date']) {
    expect(await valueOf(list, 'moving')).toBeUndefined();
  }
});

test('a tag of a tag leads to its commit, and to nothing while that is missing', async () => {
  const { folder } = rest.git.app;
  const made = async (args: readonly string[], input = '') =>
    (await rest.git.app.git([...args], input)).toString().trim();
  const tree = await made(['rev-parse', 'main^{tree}']);
  const commit = await made([
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@example.org',
    'commit-tree',
    '-m',
    'x',
    tree,
  ]);
  const tag = (object: string, type: string) =>
    made(['mktag'], `object ${object}\ntype ${type}\ntag t\ntagger T <t@example.org> 1 +0000\n\nx\n`);
  await made(['update-ref', 'refs/tags/outer', await tag(await tag(commit, 'commit'), 'tag')]);
  const target = async () => (await valueOf('refs/tags', 'outer')).target?.hash;
  expect(await target()).toBe(commit);
  const loose = join(folder, 'objects', commit.slice(0, 2), commit.slice(2));
  await rename(loose, `${loose}.away`);
  await expect.poll(target, { timeout: 5_000 }).toBeUndefined();
  await rename(`${loose}.away`, loose);
  await expect.poll(target, { timeout: 5_000 }).toBe(commit);
  await made(['update-ref', '-d', 'refs/tags/outer']);
});

test('a new name of an author, of a tagger and of the repository shows at once', async () => {
  const { database } = rest.host.services;
  await rest.git.app.git(['branch', 'janes', 'main~1']);
  const asJane = ['-c', 'user.name=Jane', '-c', 'user.email=JANE@example.org'];
  await rest.git.app.git([...asJane, 'tag', '-a', '-m', 'x', 'tagged', 'main']);
  for (const list of lists) await ask(list);
  expect((await valueOf('refs/branches', 'janes')).target.author.user.display_name).not.toBe('Jane Doe');
  await database
    .updateTable('account')
    .set({ display_name: 'Jane Doe' })
    .where('username', '=', 'jane')
    .execute();
  expect((await valueOf('refs/branches', 'janes')).target.author.user.display_name).toBe('Jane Doe');
  expect((await valueOf('refs/tags', 'tagged')).tagger.user.display_name).toBe('Jane Doe');
  const renamed = await rest.call(R, jane, { method: 'PUT', body: { name: 'renamed' } });
  expect(renamed.status).toBeLessThan(300);
  R = '/2.0/repositories/team/renamed';
  for (const list of lists) expect((await ask(list)).body).not.toContain('team/app/');
  expect((await valueOf('refs/branches', 'main')).links.self.href).toContain(
    '/team/renamed/refs/branches/main',
  );
});
