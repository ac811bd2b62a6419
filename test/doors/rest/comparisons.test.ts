import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readSpec } from '../../../src/acts/source/comparison.ts';
import { runningGit } from '../../../src/git/process.ts';
import type { PackQueue, Turn } from '../../../src/limits/pack-queue.ts';
import { Problem } from '../../../src/problem.ts';
import { treeBomb } from '../../git/bombs.ts';
import type { BuiltRepository } from '../../git/build-repository.ts';
import { gitOk, workFolder } from '../../support/git.ts';
import { openRest, PUBLIC_URL, type RestHost } from './rest-host.ts';

/** What Latchkey says of two commits, held against what Git itself says in the same repository. */

const R = '/2.0/repositories/team/app';
const BINARY = Buffer.from(Array.from({ length: 600 }, (_, index) => (index * 7919) % 256));
const LINES = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');

let rest: RestHost;
let jane: string;
let built: BuiltRepository;
let address: string;
const ids: Record<string, string> = {};

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
}

async function get(path: string, more: RequestInit = {}, authorization = jane): Promise<Got> {
  const answer = await fetch(`${address}${R}${path}`, {
    ...more,
    headers: { ...(authorization !== '' && { authorization }), ...(more.headers as object) },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: bytes.toString('latin1') };
}

/** As Git shows it by default, and with all of what binary files hold. */
const byGit = (...args: string[]): Promise<Buffer> =>
  built.git(['diff', '--full-index', '--binary', ...args]);

/** Runs something while every Git that is started is another one, or none. */
async function withPath<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    return await work();
  } finally {
    process.env['PATH'] = path;
  }
}
const withoutGit = <Result>(work: () => Promise<Result>) => withPath('/nonexistent', work);
const errorIn = ({ text }: Got): { message: string; data?: unknown } => JSON.parse(text).error;

beforeAll(async () => {
  rest = await openRest();
  jane = await rest.basic('jane', 'repository');
  address = await rest.app.listen({ host: '127.0.0.1', port: 0 });
  built = rest.git.app;
  const say = async (name: string, commit: Parameters<BuiltRepository['commit']>[0]) => {
    ids[name] = await built.commit(commit);
  };
  await say('root', {
    branch: 'work',
    files: [
      { path: 'old name.txt', content: LINES },
      { path: 'tool', content: '#!/bin/sh\n' },
      { path: 'a white', content: 'a b\n' },
      { path: 'white', content: 'a b\nc d\n' },
      { path: 'picture', content: BINARY },
      { path: 'gone', content: 'gone\n' },
      { path: 'module', content: '1'.repeat(40), mode: '160000' },
      { path: 'becomes a link', content: 'text\n' },
      { path: 'caf\u00e9', content: 'Latin-1\n' },
    ],
  });
  await say('odd', {
    branch: 'work',
    message: 'Subject: [odd] ünï\n\nBody\n',
    files: [
      { path: 'old name.txt', content: undefined },
      { path: 'new/name.txt', content: LINES.replace('line 3\n', 'line three\n') },
      { path: 'tool', content: '#!/bin/sh\n', mode: '100755' },
      { path: 'a white', content: 'a  b\n' },
      { path: 'white', content: 'a  b\nc d\n' },
      { path: 'picture', content: Buffer.concat([BINARY, Buffer.from([0, 1, 2])]) },
      { path: 'gone', content: undefined },
      { path: 'module', content: '2'.repeat(40), mode: '160000' },
      { path: 'becomes a link', content: 'elsewhere', mode: '120000' },
      { path: 'caf\u00e9', content: 'Latin-1 \u00e9\n' },
      { path: '-dash', content: 'dash\n' },
      { path: ':(glob)*', content: 'magic\n' },
      { path: 'tab\tand "quote"', content: 'quoted\n' },
    ],
  });
  await say('side', {
    branch: 'topic/one',
    from: ids['root'] ?? '',
    files: [{ path: 'side', content: 's\n' }],
  });
  await say('sideTwo', { branch: 'topic/one', files: [{ path: 'side', content: 's\nt\n' }] });
  await say('merge', {
    branch: 'merged',
    from: 'work',
    merge: ['topic/one'],
    files: [{ path: 'side', content: 's\nt\nmerged\n' }],
  });
  await say('alone', { branch: 'alone', files: [{ path: 'alone', content: 'alone\n' }] });
});

describe('a diff', () => {
  test('of one commit is against its first parent, and of a root commit against nothing', async () => {
    for (const name of ['odd', 'side', 'merge']) {
      const id = ids[name] ?? '';
      const { status, bytes, headers } = await get(`/diff/${id}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/plain');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(bytes).toEqual(await byGit(`${id}^1`, id));
    }
    const empty = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
    expect((await get(`/diff/${ids['root']}`)).bytes).toEqual(await byGit(empty, ids['root'] ?? ''));
  });

  test('has renames, modes, submodules, links, bytes that are no UTF-8, and what is in binary files', async () => {
    const { text } = await get(`/diff/${ids['odd']}`);
    for (const part of [
      'rename from old name.txt\nrename to new/name.txt',
      'old mode 100644\nnew mode 100755',
      `-Subproject commit ${'1'.repeat(40)}\n+Subproject commit ${'2'.repeat(40)}`,
      'new file mode 120000',
      'diff --git a/caf\u00e9 b/caf\u00e9',
      'diff --git a/-dash b/-dash',
      'diff --git "a/tab\\tand \\"quote\\"" "b/tab\\tand \\"quote\\""',
      'GIT binary patch',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('can be applied, binary files and all, and so can a patch', async () => {
    const { root = '', odd = '' } = ids;
    const env = { GIT_DIR: built.handle.path, GIT_INDEX_FILE: join(workFolder(), 'index') };
    for (const path of [`/diff/${odd}`, `/diff/${odd}..${root}?topic=false&renames=false`, `/patch/${odd}`]) {
      await gitOk(['read-tree', root], { env });
      await gitOk(['apply', '--cached'], { env, input: (await get(path)).bytes });
      expect([path, await gitOk(['write-tree'], { env })]).toEqual([path, await built.id(`${odd}^{tree}`)]);
    }
  });

  test('of two commits is the change against their common ancestor, or against the base itself', async () => {
    const [change, base] = ['topic/one', 'work'];
    for (const spec of [
      `${change}..${base}`,
      `topic%2Fone..${base}`,
      `${ids['sideTwo']}..${ids['odd']?.slice(0, 12)}`,
    ]) {
      const { status, bytes } = await get(`/diff/${spec}`);
      expect([spec, status]).toEqual([spec, 200]);
      expect(bytes).toEqual(await byGit(`${base}...${change}`));
      expect(bytes.toString()).not.toContain('new/name.txt');
    }
    const straight = await byGit(base, change);
    expect(straight.toString()).toContain('rename to old name.txt');
    for (const more of ['topic=false', 'topic=0', 'merge=false']) {
      expect((await get(`/diff/${change}..${base}?${more}`)).bytes).toEqual(straight);
    }
  });

  test('takes the parameters that Bitbucket names', async () => {
    const [before, after] = [ids['root'] ?? '', ids['odd'] ?? ''];
    const cases: readonly (readonly [query: string, ...args: string[]])[] = [
      ['context=0', '-U0'],
      ['context=17', '-U17'],
      ['ignore_whitespace=true', '-w'],
      ['renames=false', '--no-renames'],
      ['renames=False&context=1&ignore_whitespace=1', '--no-renames', '-U1', '-w'],
    ];
    for (const [query, ...args] of cases) {
      const { bytes } = await get(`/diff/${after}?${query}`);
      expect([query, bytes.toString('latin1')]).toEqual([
        query,
        (await byGit(...args, before, after)).toString('latin1'),
      ]);
    }
    const plain = await get(`/diff/${after}?binary=false`);
    expect(plain.bytes).toEqual(await built.git(['diff', '--full-index', before, after]));
    expect(plain.text).toContain('Binary files a/picture and b/picture differ');
  });

  test('is limited to paths, which mean what they say', async () => {
    const after = ids['odd'] ?? '';
    const files = async (query: string) => {
      const { status, text } = await get(`/diff/${after}?${query}`);
      expect([query, status]).toEqual([query, 200]);
      return [...text.matchAll(/^diff --git (?:a|"a)\/(.*?)"? (?:b|"b)\//gm)].map(([, path]) => path);
    };
    expect(await files('path=tool&path=gone')).toEqual(['gone', 'tool']);
    expect(await files('path=/new/')).toEqual(['new/name.txt']);
    expect(await files('path=-dash')).toEqual(['-dash']);
    expect(await files('path=:(glob)*')).toEqual([':(glob)*']);
    expect(await files('path=:(exclude)tool')).toEqual([]);
    expect(await files('path=*')).toEqual([]);
    // Nowhere in a tree: not a filter that falls away.
    for (const path of ['../x', 'a//b', '.', '%00', `${'x/'.repeat(3000)}x`]) {
      expect(await files(`path=${path}`)).toEqual([]);
    }
    expect((await files('path=')).length).toBeGreaterThan(8);
    expect((await files('path=tool&path=/')).length).toBeGreaterThan(8);
  });

  test('of nothing is empty, and no Git is started for it', async () => {
    const spec = ['main..main', 'main..feature/x', `${ids['root']}..merged`];
    // Common ancestors are found once.
    for (const each of spec) await get(`/diff/${each}`);
    await withoutGit(async () => {
      for (const each of spec) {
        const { status, bytes } = await get(`/diff/${each}`);
        expect([each, status, bytes.length]).toEqual([each, 200, 0]);
      }
      for (const path of ['/patch/main..main', '/diffstat/main..main', '/merge-base/topic/one..topic/one'])
        expect([path, (await get(path)).status]).toEqual([path, 200]);
      const logged = vi.spyOn(rest.host.services.log, 'error').mockImplementation(() => {});
      expect((await get('/diff/main')).status).toBe(503);
      expect(logged).toHaveBeenCalledOnce();
      logged.mockRestore();
    });
  });

  test('has a tag, and is not made again for whoever has it', async () => {
    const first = await get(`/diff/${ids['odd']}`);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"/);
    await withoutGit(async () => {
      const again = await get(`/diff/${ids['odd']}`, { headers: { 'if-none-match': tag } });
      expect([again.status, again.bytes.length]).toEqual([304, 0]);
      const head = await get(`/diff/${ids['odd']}`, { method: 'HEAD' });
      expect([head.status, head.headers.get('etag')]).toEqual([200, tag]);
    });
    for (const query of [
      'context=1',
      'path=tool',
      'renames=false',
      'binary=false',
      'ignore_whitespace=true',
    ]) {
      const other = await get(`/diff/${ids['odd']}?${query}`, { headers: { 'if-none-match': tag } });
      expect([query, other.status]).toEqual([query, 200]);
    }
    // Only who may see it is told that it is the same.
    const stranger = await get(`/diff/${ids['odd']}`, { headers: { 'if-none-match': tag } }, '');
    expect(stranger.status).toBe(404);
    expect(stranger.headers.get('etag')).not.toBe(tag);
  });

  test('runs nothing that a repository names, neither in its attributes nor in its settings', async () => {
    const ran = join(workFolder(), 'ran');
    const script = join(workFolder(), 'script');
    writeFileSync(script, `#!/bin/sh\ntouch '${ran}'\n`);
    chmodSync(script, 0o755);
    const git = rest.git.open;
    const files = [{ path: '.gitattributes', content: '* diff=evil\n*.bin -diff\n' }];
    await git.commit({ branch: 'evil', from: 'main', files: [...files, { path: 'x', content: '1\n' }] });
    await git.commit({
      branch: 'evil',
      files: [
        { path: 'x', content: '2\n' },
        { path: 'y.bin', content: 'y\n' },
      ],
    });
    for (const key of ['diff.external', 'diff.evil.command', 'diff.evil.textconv', 'core.pager'])
      await git.git(['config', key, script]);
    await git.git(['symbolic-ref', 'HEAD', 'refs/heads/evil']);
    mkdirSync(join(git.handle.path, 'info'));
    writeFileSync(join(git.handle.path, 'info/attributes'), '* diff=evil\n');
    await git.git(['diff', 'evil~1', 'evil']);
    expect(existsSync(ran)).toBe(true);
    rmSync(ran);
    const at = `${address}/2.0/repositories/team/open`;
    for (const what of ['diff/evil', 'patch/evil', 'diffstat/evil', 'filehistory/evil/x']) {
      const answer = await fetch(`${at}/${what}`);
      expect([what, answer.status]).toEqual([what, 200]);
      const text = await answer.text();
      if (!what.startsWith('d') && !what.startsWith('p')) continue;
      // What an attribute would hide is shown as well.
      if (!what.startsWith('diffstat')) expect(text).toContain('-1\n+2\n');
      expect(text).toMatch(/\+y\n|"lines_added":1/);
    }
    expect(existsSync(ran)).toBe(false);
  });

  test('of more than is compared is refused, as are its patch and its diffstat, and a part of it is not', async () => {
    const bomb = await treeBomb(built, 4);
    await withoutGit(async () => {
      for (const path of [
        `/diff/${bomb}`,
        `/diffstat/${bomb}`,
        `/patch/${bomb}`,
        `/diff/${bomb}?path=0000`,
      ]) {
        const refused = await get(path);
        expect([path, refused.status]).toEqual([path, 555]);
        expect(errorIn(refused).message).toContain('Clone the repository');
      }
    });
    const part = await get(`/diffstat/${bomb}?path=0007/0008/0009&path=0001/0001/0001/0001`);
    expect([part.status, JSON.parse(part.text).size]).toEqual([200, 101]);
  });

  test('waits for a turn, and not for one that nobody waits for any more', async () => {
    const { packQueue } = rest.host.services;
    const state = () => (packQueue as PackQueue).state;
    const turns: Turn[] = [];
    while (!state().isBusy)
      turns.push(await packQueue.enter({ credential: `${turns.length}`, repository: 'another' }));
    const leaving = new AbortController();
    const left = get(`/diff/${ids['odd']}`, { signal: leaving.signal }).catch(() => 'left');
    await vi.waitFor(() => expect(state().waiting).toBe(1));
    leaving.abort();
    expect(await left).toBe('left');
    await vi.waitFor(() => expect(state().waiting).toBe(0));
    const late = get(`/patch/${ids['odd']}`);
    await vi.waitFor(() => expect(state().waiting).toBe(1));
    for (const turn of turns) turn.end();
    expect((await late).status).toBe(200);
    await vi.waitFor(() => expect(state()).toMatchObject({ running: 0, lent: 0 }));
  });

  test('ends with a reader who leaves before its first byte, and nothing is logged of it', async () => {
    const folder = workFolder('slow');
    mkdirSync(folder);
    writeFileSync(join(folder, 'git'), '#!/bin/sh\nexec /bin/sleep 30\n', { mode: 0o755 });
    symlinkSync('/bin/sh', join(folder, 'sh'));
    const { log } = rest.host.services;
    const logged = [vi.spyOn(log, 'error'), vi.spyOn(log, 'warn')];
    const ended = () => expect(runningGit().map(({ command }) => command)).not.toContain(verb);
    let verb = 'diff-tree';
    await withPath(folder, async () => {
      for (const what of ['diff', 'patch']) {
        verb = what === 'diff' ? 'diff-tree' : 'format-patch';
        const leaving = new AbortController();
        const left = get(`/${what}/${ids['side']}`, { signal: leaving.signal }).catch(() => 'left');
        await vi.waitFor(() => expect(runningGit().map(({ command }) => command)).toContain(verb));
        leaving.abort();
        expect(await left).toBe('left');
        await vi.waitFor(ended);
      }
    });
    await vi.waitFor(() => expect(rest.host.services.packQueue).toMatchObject({ state: { running: 0 } }));
    for (const each of logged) {
      expect(each).not.toHaveBeenCalled();
      each.mockRestore();
    }
  });

  test('ends with its reader, who keeps no turn', async () => {
    const content = Array.from({ length: 200_000 }, (_, line) => `line ${line} of a large file\n`).join('');
    const id = await built.commit({ branch: 'large', files: [{ path: 'large', content }] });
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = httpRequest(`${address}${R}/diff/${id}`, { headers: { authorization: jane } }, (answer) => {
      answer.once('data', () => {
        expect(runningGit().map(({ command }) => command)).toContain('diff-tree');
        answer.destroy();
        resolve();
      });
    });
    asked.on('error', () => {});
    asked.end();
    await promise;
    await vi.waitFor(() => {
      expect(runningGit().map(({ command }) => command)).not.toContain('diff-tree');
      expect(rest.host.services.packQueue).toMatchObject({ state: { running: 0, waiting: 0, lent: 0 } });
    });
    expect((await get(`/diff/${id}`)).text).toContain('+line 199999 of a large file');
  });
});

describe('a diffstat', () => {
  const stat = async (path: string) => {
    const { status, bytes } = await get(path);
    expect([path, status]).toEqual([path, 200]);
    return JSON.parse(bytes.toString());
  };
  type Side = { path: string; links: { self: { href: string } } } | null;
  type Entry = { status: string; lines_added: number; lines_removed: number; old: Side; new: Side };

  test('names each file with what became of it, as Git counts', async () => {
    const page = await stat(`/diffstat/${ids['odd']}`);
    expect(page).toMatchObject({ pagelen: 500, page: 1, size: 12 });
    const rows = (page.values as Entry[]).map((one) => [
      one.status,
      one.lines_added,
      one.lines_removed,
      one.old?.path ?? null,
      one.new?.path ?? null,
    ]);
    expect(rows.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(
      [
        ['added', 1, 0, null, '-dash'],
        ['added', 1, 0, null, ':(glob)*'],
        ['added', 1, 0, null, 'tab\tand "quote"'],
        ['modified', 0, 0, 'picture', 'picture'],
        ['modified', 0, 0, 'tool', 'tool'],
        ['modified', 1, 1, 'a white', 'a white'],
        ['modified', 1, 1, 'becomes a link', 'becomes a link'],
        ['modified', 1, 1, 'caf\ufffd', 'caf\ufffd'],
        ['modified', 1, 1, 'module', 'module'],
        ['modified', 1, 1, 'white', 'white'],
        ['removed', 0, 1, 'gone', null],
        ['renamed', 1, 1, 'old name.txt', 'new/name.txt'],
      ].toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
    );
  });

  test('leads to both versions of a file', async () => {
    const { values } = await stat(`/diffstat/${ids['odd']}?path=tool&path=gone&path=-dash`);
    const links = (values as Entry[]).flatMap((one) =>
      [one.old, one.new].flatMap((side) => side?.links.self.href ?? []),
    );
    expect(links).toHaveLength(4);
    for (const link of links) {
      expect((await get(link.replace(`${PUBLIC_URL}${R}`, ''))).status).toBe(200);
    }
    const { values: found } = await stat('/diffstat/topic/one..work');
    expect(found).toMatchObject([{ status: 'added', lines_added: 2, old: null, new: { path: 'side' } }]);
    expect(found[0].new.links.self.href).toBe(`${PUBLIC_URL}${R}/src/${ids['sideTwo']}/side`);
  });

  test('leaves out what differs in white space alone, and finds no renames, where asked', async () => {
    const paths = ({ values }: { values: Entry[] }) => values.map((one) => one.new?.path ?? one.old?.path);
    const all = await stat(`/diffstat/${ids['odd']}`);
    const without = await stat(`/diffstat/${ids['odd']}?ignore_whitespace=true`);
    expect(paths(all)).toContain('white');
    expect(paths(without)).toEqual(paths(all).filter((path) => path?.endsWith('white') !== true));
    const counted = (
      await built.git(['diff', '-w', '--numstat', '--no-renames', ids['root'] ?? '', ids['odd'] ?? ''])
    )
      .toString('latin1')
      .trim()
      .split('\n');
    const apart = await stat(`/diffstat/${ids['odd']}?ignore_whitespace=true&renames=false`);
    expect(apart.size).toBe(counted.length);
    expect((apart.values as Entry[]).map((one) => `${one.lines_added}\t${one.lines_removed}`)).toEqual(
      counted.map((line) => line.replaceAll('-\t', '0\t').split('\t').slice(0, 2).join('\t')),
    );
    expect((apart.values as Entry[]).map((one) => one.status)).not.toContain('renamed');
  });

  test('goes in pages of up to 5000', async () => {
    const seen: string[] = [];
    let next: string | undefined = `/diffstat/${ids['odd']}?pagelen=5&renames=true&topic=false`;
    for (let pages = 0; next !== undefined; pages += 1) {
      expect(pages).toBeLessThan(4);
      const page = await stat(next);
      seen.push(...(page.values as Entry[]).map((one) => one.new?.path ?? one.old?.path ?? ''));
      next = page.next?.replace(`${PUBLIC_URL}${R}`, '');
      if (next !== undefined) expect(next).toContain('renames=true&topic=false');
    }
    expect(new Set(seen).size).toBe((await stat(`/diffstat/${ids['odd']}?pagelen=5000`)).size);
    for (const bad of ['pagelen=5001', 'pagelen=0', 'page=0'])
      expect((await get(`/diffstat/main?${bad}`)).status).toBe(400);
    expect((await stat('/diffstat/main..main')).size).toBe(0);
  });
});

describe('a patch', () => {
  const patches = (...args: string[]) => built.git(['format-patch', '--stdout', '--full-index', ...args]);

  test('of one commit is what git format-patch writes, of a root commit and a merge too', async () => {
    for (const name of ['root', 'odd', 'sideTwo']) {
      const { status, headers, bytes } = await get(`/patch/${ids[name]}`);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/plain']);
      expect(bytes).toEqual(await patches('-1', ids[name] ?? ''));
    }
    const { text } = await get(`/patch/${ids['merge']}`);
    expect(text).toContain(`From ${ids['merge']} `);
    expect(text).toContain('create mode 100644 side\n');
    expect(text.match(/^From [0-9a-f]{40} /gm)).toHaveLength(1);
  });

  test('of two commits is every commit of the change that the base lacks, oldest first', async () => {
    const { bytes, text } = await get('/patch/topic%2Fone..work');
    expect(bytes).toEqual(await patches('work..topic/one'));
    expect([...text.matchAll(/^From ([0-9a-f]{40}) /gm)].map(([, id]) => id)).toEqual([
      ids['side'],
      ids['sideTwo'],
    ]);
    expect((await get('/patch/merged..work')).bytes).toEqual(await patches('work..merged'));
    for (const none of ['work..work', 'work..merged']) {
      const empty = await get(`/patch/${none}`);
      expect([none, empty.status, empty.bytes.length]).toEqual([none, 200, 0]);
    }
  });

  test('has a tag as a diff has', async () => {
    const { headers } = await get('/patch/topic/one..work');
    const same = { headers: { 'if-none-match': headers.get('etag') ?? '' } };
    expect((await get('/patch/topic/one..work', same)).status).toBe(304);
    expect((await get('/patch/topic/one', same)).status).toBe(200);
    expect((await get('/patch/topic/one', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('a merge base', () => {
  test('is the best common ancestor, as a commit', async () => {
    for (const [spec, found] of [
      ['topic/one..work', 'root'],
      ['work..topic%2Fone', 'root'],
      ['merged..work', 'odd'],
      [`${ids['sideTwo']}..merged`, 'sideTwo'],
      ['work..work', 'odd'],
    ]) {
      const { status, text } = await get(`/merge-base/${spec}`);
      expect([spec, status, JSON.parse(text).hash]).toEqual([spec, 200, ids[found ?? '']]);
    }
    const { text } = await get('/merge-base/topic/one..work');
    expect(text).toBe((await get(`/commit/${ids['root']}`)).text);
    expect((await built.git(['merge-base', 'topic/one', 'work'])).toString().trim()).toBe(ids['root']);
  });

  test('is not found where there is none, and what needs one says so', async () => {
    const none = await get('/merge-base/alone..work');
    expect([none.status, errorIn(none).message]).toEqual([404, 'These two have no common ancestor.']);
    const refused = await get('/diff/alone..work');
    expect(refused.status).toBe(400);
    expect(errorIn(refused).message).toContain('topic=false');
    expect((await get('/diff/alone..work?topic=false')).bytes).toEqual(await byGit('work', 'alone'));
    expect((await get('/patch/alone..work')).bytes).toEqual(
      await built.git(['format-patch', '--stdout', '--full-index', 'work..alone']),
    );
    expect((await get('/merge-base/work')).status).toBe(400);
  });
});

describe('what is asked wrongly', () => {
  const ROUTES = ['diff', 'diffstat', 'patch', 'merge-base'];

  test('hears which revision is not there', async () => {
    for (const route of ROUTES) {
      for (const [spec, missing] of [
        ['nothing..work', 'nothing'],
        ['work..nothing', 'nothing'],
        [`${'e'.repeat(40)}..work`, 'e'.repeat(40)],
        ['work~1..work', 'work~1'],
        ['--output=x..work', '--output=x'],
        ['work..main%40%7B1%7D', 'main@{1}'],
      ]) {
        const answer = await get(`/${route}/${spec}`);
        expect([route, spec, answer.status]).toEqual([route, spec, 404]);
        expect(errorIn(answer)).toMatchObject({ message: 'Commit not found', data: { shas: [missing] } });
      }
    }
  });

  test('hears what a spec is', async () => {
    for (const route of ROUTES) {
      for (const spec of ['..work', 'work..', 'work...topic/one', 'a..b..c', 'work...']) {
        const answer = await get(`/${route}/${spec}`);
        expect([route, spec, answer.status]).toEqual([route, spec, 400]);
        expect(errorIn(answer).message).toContain('such as feature..main');
      }
    }
  });

  test('hears what a parameter takes', async () => {
    for (const [query, word] of [
      ['context=-1', 'context'],
      ['context=x', 'context'],
      ['context=1e3', 'context'],
      ['context=100001', 'context'],
      ['context=', 'context'],
      ['binary=maybe', 'binary'],
      ['renames=', 'renames'],
      ['ignore_whitespace=2', 'ignore_whitespace'],
      ['topic=yes', 'topic'],
      ['merge=true', 'merge'],
      ['merge=false&topic=false', 'merge'],
    ]) {
      const answer = await get(`/diff/work?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
      expect(errorIn(answer).message.startsWith(`${word}: `)).toBe(true);
    }
    expect((await get('/diff/work?context=1&context=2')).status).toBe(400);
  });

  test('by strangers is what is not there, whatever they ask', async () => {
    const eve = await rest.basic('eve', 'repository');
    for (const route of ROUTES) {
      for (const spec of ['topic/one..work', 'nothing..work', '..work']) {
        for (const who of ['', eve]) {
          const hidden = await get(`/${route}/${spec}`, {}, who);
          const missing = await fetch(`${address}/2.0/repositories/team/none/${route}/${spec}`, {
            headers: who === '' ? {} : { authorization: who },
          });
          expect(hidden.status).toBe(404);
          expect(hidden.text.replaceAll('team/app', 'team/none')).toBe(await missing.text());
        }
      }
    }
    const narrow = await rest.basic('jane', 'account');
    expect((await get('/diff/work', {}, narrow)).status).toBe(403);
  });

  test('as a spec of any kind is read, or refused in a sentence', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'work',
        'main',
        'topic/one',
        '..',
        '...',
        '.',
        '/',
        '-',
        '--',
        '@{',
        '^',
        '~',
        ':',
        ' ',
        '%',
        'refs/heads/',
      ),
      fc.string({ maxLength: 4 }),
    );
    const spec = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(spec, (text) => {
        try {
          const { change, base } = readSpec(text);
          expect(base === undefined ? change : `${change}..${base}`).toBe(text);
          expect([change, base]).not.toContain('');
          expect(`${change} ${base}`).not.toContain('..');
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          expect(error.code).toBe('invalid');
        }
      }),
      { numRuns: 1000 },
    );
    await fc.assert(
      fc.asyncProperty(spec, fc.constantFrom(...ROUTES), async (text, route) => {
        const { statusCode } = await rest.app.inject({
          url: `${R}/${route}/${encodeURIComponent(text.toWellFormed())}`,
          headers: { authorization: jane },
        });
        expect([200, 400, 404]).toContain(statusCode);
      }),
      { numRuns: 150 },
    );
  });
});
