import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { enterAsOperator } from '../../../src/entry/index.ts';
import * as processes from '../../../src/git/process.ts';
import { RepositorySizes } from '../../../src/git/sizes.ts';
import { openRest, type RestHost } from './rest-host.ts';

vi.mock('../../../src/git/process.ts', { spy: true });

let rest: RestHost;
let jane: string;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository');
});

afterEach(() => {
  vi.clearAllMocks();
});

interface Listed {
  readonly slug: string;
  readonly mainbranch: { readonly type: string; readonly name: string } | null;
}

const listed = async (query = '') =>
  new Map(
    ((await rest.call(`/2.0/repositories/team${query}`, jane)).json.values as Listed[]).map(
      ({ slug, mainbranch }) => [slug, mainbranch],
    ),
  );
const alias = (ref: string) => [
  ['symbolic-ref', 'refs/heads/alias', ref],
  ['symbolic-ref', 'HEAD', 'refs/heads/alias'],
];
const MAIN = { type: 'branch', name: 'main' };

describe('a list of repositories', () => {
  it('has the main branch of each, and cuts it out and to its name', async () => {
    expect(await listed()).toEqual(
      new Map([
        ['app', MAIN],
        ['empty', null],
        ['open', MAIN],
      ]),
    );
    expect(await listed('?q=name="open"')).toEqual(new Map([['open', MAIN]]));
    const cut = await rest.call('/2.0/repositories/team?fields=values.mainbranch.name&pagelen=1', jane);
    expect(cut.json).toEqual({ values: [{ mainbranch: { name: 'main' } }] });
    const without = await rest.call('/2.0/repositories/team?fields=-values.mainbranch&pagelen=1', jane);
    expect(without.json.values[0]).not.toHaveProperty('mainbranch');
  });

  it('starts no process for it', async () => {
    await listed();
    const started = Object.values(processes).filter((each) => vi.isMockFunction(each));
    expect(started.length).toBeGreaterThan(0);
    for (const start of started) expect(start).not.toHaveBeenCalled();
  });

  it('has the size of each, which the repository has as well', async () => {
    const { values } = (await rest.call('/2.0/repositories/team', jane)).json;
    for (const { slug, size } of values as { slug: string; size: number }[]) {
      expect(size).toBeGreaterThan(100);
      expect((await rest.call(`/2.0/repositories/team/${slug}`, jane)).json.size).toBe(size);
    }
  });

  it('measures anew what was written to in this process, or pushed to in any, and the rest after ten minutes', async () => {
    const { host, git } = rest;
    let now = Date.now();
    const sizes = new RepositorySizes(() => now);
    const grant = await enterAsOperator(host.services, 'repository.list', [
      { type: 'workspace', workspace: 'team' },
    ]);
    const { id } = git.app.handle;
    const size = async (updatedAt = 0) =>
      (await sizes.ofListed(host.services.storage, grant, [{ id, updatedAt }])).get(id);
    const file = join(git.app.folder, 'more');
    const before = (await size()) ?? 0;
    const write = (bytes: number) => writeFileSync(file, Buffer.alloc(bytes));
    write(1000);
    now += 599_999;
    expect(await size()).toBe(before);
    now += 1;
    expect(await size()).toBe(before + 1000);
    write(2000);
    expect(await size(now)).toBe(before + 2000);
    write(3000);
    sizes.forget(git.app.handle);
    expect(await size()).toBe(before + 3000);
    write(4000);
    now += 60_000;
    expect(await size()).toBe(before + 3000);
    expect(await sizes.of(git.app.handle)).toBe(before + 4000);
    rmSync(file);
  });

  it('looks at the Git data for what is asked for alone', async () => {
    const { services } = rest.host;
    const sizes = vi.spyOn(services.sizes, 'ofListed');
    const branches = vi.spyOn(services.storage, 'pathOf');
    const ask = async (fields: string) => {
      sizes.mockClear();
      branches.mockClear();
      const { json } = await rest.call(`/2.0/repositories/team?fields=${fields}`, jane);
      return [json.values[0], sizes.mock.calls.length, branches.mock.calls.length > 0];
    };
    expect(await ask('values.slug')).toEqual([{ slug: 'app' }, 0, false]);
    expect(await ask('values.mainbranch.name')).toEqual([{ mainbranch: { name: 'main' } }, 0, true]);
    expect(await ask('values.size')).toEqual([{ size: expect.any(Number) }, 1, true]);
    const [all, measured] = await ask('-values.size');
    expect(all).not.toHaveProperty('size');
    expect(measured).toBe(0);
    vi.restoreAllMocks();
  });

  it.each([
    ['a packed branch', [['pack-refs', '--all']], MAIN],
    ['another branch', [['symbolic-ref', 'HEAD', 'refs/heads/feature/x']], { ...MAIN, name: 'feature/x' }],
    ['the folder of a branch', [['symbolic-ref', 'HEAD', 'refs/heads/feature']], null],
    ['a name for a branch', alias('refs/heads/main'), MAIN],
    ['a name for none', alias('refs/heads/none'), null],
    [
      'a name with the byte of a hard space',
      [
        ['branch', '-f', 'voilà', 'main'],
        ['symbolic-ref', 'HEAD', 'refs/heads/voilà'],
      ],
      { ...MAIN, name: 'voilà' },
    ],
    ['the last of packed refs', [['pack-refs', '--all']], { ...MAIN, name: 'voilà' }],
    ['a packed ref that is not there', [['symbolic-ref', 'HEAD', 'refs/heads/b-none']], null],
    ['a tag', [['symbolic-ref', 'HEAD', 'refs/tags/v1.0']], null],
    ['a commit', [['update-ref', '--no-deref', 'HEAD', 'refs/heads/main']], null],
  ])('says of a HEAD that names %s what the repository says', async (_, commands, expected) => {
    for (const command of commands) await rest.git.app.git(command);
    expect((await listed()).get('app')).toEqual(expected);
    expect((await rest.call('/2.0/repositories/team/app', jane)).json.mainbranch).toEqual(expected);
  });

  it.each([
    ['is a link to itself', (head: string) => symlinkSync('HEAD', head)],
    [
      'names what no file can be called',
      (head: string) => writeFileSync(head, `ref: refs/heads/${'x'.repeat(300)}\n`),
    ],
  ])('is answered where a HEAD %s', async (_, make) => {
    const head = join(rest.git.open.folder, 'HEAD');
    const before = readFileSync(head);
    rmSync(head);
    make(head);
    const shown = await listed();
    rmSync(head);
    writeFileSync(head, before);
    expect(shown.get('open')).toBeNull();
    expect(shown.size).toBe(3);
  });

  it('is answered where the files of a repository are gone', async () => {
    await rm(rest.git.open.folder, { recursive: true });
    expect((await listed()).get('open')).toBeNull();
    rest.host.services.sizes.forget(rest.git.open.handle);
    const { values } = (await rest.call('/2.0/repositories/team?q=slug="open"', jane)).json;
    expect(values).toMatchObject([{ slug: 'open', size: 0 }]);
  });
});
