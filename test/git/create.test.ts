import { execFileSync } from 'node:child_process';
import { existsSync, rmdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RepositoryExists, createRepository, isUnfinished, sizeOnDisk } from '../../src/git/create.ts';
import { readingHandle } from '../../src/git/handle.ts';
import { ImportRefused, importRepository } from '../../src/git/import.ts';
import {
  inspectConnectivity,
  inspectFolder,
  removeStaleLocks,
  removeStaleQuarantines,
  removeUnfinished,
} from '../../src/git/inspect.ts';
import { runGitChecked } from '../../src/git/process.ts';
import { readHead } from '../../src/git/refs.ts';
import { buildRepository } from './build-repository.ts';
import type { AddressInfo } from 'node:net';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-create-'));
  path = join(folder, 'ab', 'new.git');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a new repository', () => {
  it('is bare, empty, ours in every setting, and has no hooks', async () => {
    await createRepository(path, { defaultBranch: 'trunk' });
    expect(readHead(readingHandle('x', 'repository', path))).toBe('refs/heads/trunk');
    expect((await readdir(path)).sort()).toEqual(['HEAD', 'config', 'objects', 'refs']);
    const settings = (await runGitChecked({ path }, ['config', '--local', '--list'])).toString();
    for (const line of [
      'core.bare=true',
      'transfer.fsckobjects=true',
      'uploadpack.allowfilter=true',
      'receive.autogc=false',
      'gc.auto=0',
    ]) {
      expect(settings).toContain(line);
    }
    expect(await inspectFolder(path)).toEqual({ healthy: true, problems: [] });
    expect(await inspectConnectivity(path)).toEqual({ healthy: true, problems: [] });
    expect(await readdir(join(folder, 'ab'))).toEqual(['new.git']);
  });

  it('can be SHA-256', async () => {
    await createRepository(path, { format: 'sha256' });
    const id = await runGitChecked({ path }, ['hash-object', '-w', '--stdin'], { input: 'x' });
    expect(id.toString().trim()).toHaveLength(64);
  });

  it('never replaces what is there, and one of many makers wins', async () => {
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => createRepository(path)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(RepositoryExists);
    await expect(createRepository(path)).rejects.toThrow(RepositoryExists);
    expect(await readdir(join(folder, 'ab'))).toEqual(['new.git']);
  });

  it('leaves nothing behind when it cannot be made', async () => {
    await expect(createRepository(path, { defaultBranch: 'a..b' })).rejects.toThrow(TypeError);
    await writeFile(join(folder, 'file'), '');
    await expect(createRepository(join(folder, 'file', 'x.git'))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('an imported repository', () => {
  async function source() {
    const built = await buildRepository();
    await built.commit({ branch: 'develop', files: [{ path: 'a', content: 'a' }] });
    await built.tag('v1', 'develop', 'one\n');
    const id = await built.id('refs/heads/develop');
    await built.git(['update-ref', 'refs/pull/1/head', id]);
    await built.git(['update-ref', 'refs/notes/commits', id]);
    await built.git(['symbolic-ref', 'HEAD', 'refs/heads/develop']);
    await mkdir(join(built.handle.path, 'hooks'));
    await writeFile(join(built.handle.path, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 1\n');
    await chmod(join(built.handle.path, 'hooks', 'pre-receive'), 0o755);
    await built.git(['config', 'core.sshCommand', 'evil']);
    return built;
  }

  it('takes branches, tags, notes and the default branch, and nothing else', async () => {
    const from = await source();
    await importRepository(path, from.handle.path);
    const refs = (await runGitChecked({ path }, ['for-each-ref', '--format=%(refname)']))
      .toString()
      .trim()
      .split('\n');
    expect(refs).toEqual(['refs/heads/develop', 'refs/notes/commits', 'refs/tags/v1']);
    expect(readHead(readingHandle('x', 'repository', path))).toBe('refs/heads/develop');
    expect(await readdir(path)).not.toContain('hooks');
    expect(await readFile(join(path, 'config'), 'utf8')).not.toContain('evil');
    expect(await inspectConnectivity(path)).toEqual({ healthy: true, problems: [] });
    expect((await readdir(join(path, 'objects/pack'))).some((name) => name.endsWith('.bitmap'))).toBe(true);
    expect(await sizeOnDisk(path)).toBeGreaterThan(1000);
    await importRepository(join(folder, 'url.git'), `file://${from.handle.path}`);
    await from.remove();
  });

  it('may list more refs than are read at once', async () => {
    const from = await buildRepository();
    const id = await from.commit({ branch: 'develop', files: [{ path: 'a', content: 'a' }] });
    await from.git(['symbolic-ref', 'HEAD', 'refs/heads/develop']);
    // What a host keeps of each pull request, say: listed, and not fetched.
    const refs = Array.from({ length: 20_000 }, (_, index) => `${id} refs/pull/${index}/${'x'.repeat(3500)}`);
    const packed = `# pack-refs with: peeled fully-peeled \n${refs.join('\n')}\n`;
    await writeFile(join(from.handle.path, 'packed-refs'), packed);
    await importRepository(path, from.handle.path);
    const found = await runGitChecked({ path }, ['for-each-ref', '--format=%(refname)']);
    expect(found.toString()).toBe('refs/heads/develop\n');
    expect(readHead(readingHandle('x', 'repository', path))).toBe('refs/heads/develop');
    await from.remove();
  });

  it('may be empty, or SHA-256', async () => {
    const empty = await buildRepository();
    await importRepository(path, empty.handle.path);
    expect((await inspectFolder(path)).healthy).toBe(true);
    await empty.remove();
    const long = await buildRepository('sha256');
    await long.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    await importRepository(join(folder, 'long.git'), long.handle.path);
    expect((await inspectConnectivity(join(folder, 'long.git'))).healthy).toBe(true);
    await long.remove();
  });

  it('is not made from a shallow or a partial clone, which lack what it would need', async () => {
    const from = await source();
    await from.commit({ branch: 'develop', files: [{ path: 'b', content: 'b' }] });
    await from.git(['config', 'uploadpack.allowFilter', 'true']);
    for (const [name, option, sentence] of [
      ['shallow', '--depth=1', /is shallow: it lacks older history. Run "git fetch --unshallow"/],
      ['partial', '--filter=blob:none', /lacks objects, as a partial clone does/],
    ] as const) {
      const clone = join(folder, name);
      execFileSync('git', ['clone', '--bare', '--quiet', option, `file://${from.handle.path}`, clone]);
      await expect(importRepository(path, clone)).rejects.toThrow(sentence);
      expect(existsSync(path)).toBe(false);
    }
    await from.remove();
  });

  it('has a default branch that there is, whatever HEAD of its source names', async () => {
    const from = await source();
    const id = await from.id('refs/heads/develop');
    await from.git(['update-ref', 'refs/heads/another', id]);
    const heads: string[] = [];
    for (const [name, args] of [
      ['detached', ['update-ref', '--no-deref', 'HEAD', id]],
      ['gone', ['symbolic-ref', 'HEAD', 'refs/heads/gone']],
      ['master', ['update-ref', 'refs/heads/master', id]],
      ['named', ['symbolic-ref', 'HEAD', 'refs/heads/develop']],
    ] as const) {
      await from.git([...args]);
      await importRepository(join(folder, name), from.handle.path);
      heads.push(readHead(readingHandle('x', 'repository', join(folder, name))) ?? '');
    }
    expect(heads).toEqual([
      'refs/heads/another',
      'refs/heads/another',
      'refs/heads/master',
      'refs/heads/develop',
    ]);
    await from.remove();
  });

  it('may have old faults that harm nobody, and no others', async () => {
    const from = await source();
    const tree = (await from.git(['rev-parse', 'develop^{tree}'])).toString().trim();
    const fault = (line: string) =>
      execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], {
        env: { ...process.env, GIT_DIR: from.handle.path },
        input: `tree ${tree}\nauthor ${line}\ncommitter ${line}\n\nold\n`,
      })
        .toString()
        .trim();
    for (const line of [
      'Jane<jane@example.org> 1 +0000',
      '<jane@example.org> 1 +0000',
      'Jane <jane@example.org>1 +0000',
      'Jane <jane@example.org> 01 +0000',
      'Jane <jane@example.org> 1 +518',
    ]) {
      await from.git(['update-ref', `refs/heads/old${Math.random()}`, fault(line)]);
    }
    await importRepository(path, from.handle.path);
    await from.git(['update-ref', 'refs/heads/bad', fault('Jane <jane@example.org 1 +0000')]);
    await expect(importRepository(join(folder, 'bad'), from.handle.path)).rejects.toThrow(/: badEmail: /);
    await from.remove();
  });

  it.runIf(process.getuid?.() === 0)('may belong to another user', async () => {
    const from = await source();
    await chown(from.handle.path, 65534, 65534);
    await importRepository(path, from.handle.path);
    expect((await inspectFolder(path)).healthy).toBe(true);
    await from.remove();
  });

  it.each([
    'ext::sh -c touch% /tmp/x',
    'fd::17',
    'ftp://localhost/x',
    'javascript://x',
    'host:path/x.git',
    '--upload-pack=touch',
    '/no/such/folder',
    'https://',
    'https://me:50%off@127.0.0.1:1/x.git',
    'file:///50%off',
    'file://elsewhere/x.git',
    'a\nb',
  ])('is not made from %j', async (from) => {
    const refused = await importRepository(path, from).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ImportRefused);
    expect(String(refused)).not.toContain('50%off@');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not made from a folder that is no repository, and nothing stays', async () => {
    await mkdir(join(folder, 'plain'));
    await expect(importRepository(path, join(folder, 'plain'))).rejects.toThrow(ImportRefused);
    expect(await readdir(folder)).toEqual(['plain']);
  });

  it('sends the name and password of a URL to that server only, and tells nobody', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await importRepository(path, `http://me:hunter%402@127.0.0.1:${port}/x.git`).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ImportRefused);
    expect(String(error)).not.toContain('hunter');
    expect(seen[0]).toBe(`Basic ${Buffer.from('me:hunter@2').toString('base64')}`);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('inspection', () => {
  it('sees what is missing from a folder', async () => {
    await createRepository(path);
    await writeFile(join(path, 'HEAD'), 'nonsense');
    await rm(join(path, 'objects'), { recursive: true });
    const { healthy, problems } = await inspectFolder(path);
    expect([healthy, problems.length]).toEqual([false, 2]);
    const none = join(folder, 'none');
    const missing = { healthy: false, problems: [`The folder ${none} is missing.`] };
    expect(await inspectFolder(none)).toEqual(missing);
    expect(await inspectConnectivity(none)).toEqual(missing);
  });

  it('sees what is missing from history', async () => {
    const built = await buildRepository();
    await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    await built.git(['unpack-objects', '-q'], Buffer.alloc(0)).catch(() => {});
    const tree = await built.id('main^{tree}');
    await built.git(['repack', '-a', '-d', '-q']);
    const packs = join(built.handle.path, 'objects/pack');
    const pack = (await readdir(packs)).find((name) => name.endsWith('.pack'))!;
    const bytes = await readFile(join(packs, pack));
    for (const name of await readdir(packs)) await rm(join(packs, name));
    execFileSync('git', ['unpack-objects', '-q'], { cwd: built.handle.path, input: bytes });
    await rm(join(built.handle.path, 'objects', tree.slice(0, 2), tree.slice(2)));
    const { healthy, problems } = await inspectConnectivity(built.handle.path);
    expect(healthy).toBe(false);
    expect(problems.join('\n')).toContain(tree);
    await built.remove();
  });

  const old = new Date(Date.now() - 3_600_000);
  const limit = new Date(Date.now() - 600_000);
  async function age(...names: string[]) {
    for (const name of names) await utimes(join(path, name), old, old);
  }

  it('removes stale quarantines, not those that are written to', async () => {
    await createRepository(path);
    for (const name of [
      'tmp_objdir-incoming-old',
      'incoming-old',
      'tmp_objdir-incoming-busy',
      'pack',
      'in',
    ]) {
      await mkdir(join(path, 'objects', name), { recursive: true });
      await writeFile(join(path, 'objects', name, 'tmp_pack_x'), '');
      if (!name.endsWith('busy')) await age(`objects/${name}/tmp_pack_x`);
      await age(`objects/${name}`);
    }
    expect((await removeStaleQuarantines(path, limit)).sort()).toEqual([
      'incoming-old',
      'tmp_objdir-incoming-old',
    ]);
    expect((await readdir(join(path, 'objects'))).sort()).toEqual([
      'in',
      'info',
      'pack',
      'tmp_objdir-incoming-busy',
    ]);
  });

  it('removes stale locks and repositories that were never finished', async () => {
    await createRepository(path);
    await mkdir(join(path, 'refs/heads/feature'));
    for (const name of [
      'HEAD.lock',
      'packed-refs.lock',
      'refs/heads/feature/x.lock',
      'refs/heads/new.lock',
    ]) {
      await writeFile(join(path, name), '');
    }
    // No lock of Git's is a folder.
    await mkdir(join(path, 'refs/heads/folder.lock'));
    await age('HEAD.lock', 'packed-refs.lock', 'refs/heads/feature/x.lock', 'refs/heads/folder.lock');
    expect((await removeStaleLocks(path, limit)).sort()).toEqual([
      'HEAD.lock',
      'packed-refs.lock',
      'refs/heads/feature/x.lock',
    ]);
    const unfinished = `${path}.unfinished-abc`;
    await mkdir(unfinished);
    expect(isUnfinished('new.git.unfinished-abc')).toBe(true);
    expect(await removeUnfinished(join(folder, 'ab'), limit)).toEqual([]);
    await utimes(unfinished, old, old);
    expect(await removeUnfinished(join(folder, 'ab'), limit)).toEqual(['new.git.unfinished-abc']);
    expect((await inspectFolder(path)).healthy).toBe(true);
  });
});

describe('the size on the disk', () => {
  it('is whole however many folders go while it is measured', async () => {
    const folders = Array.from({ length: 256 }, (_, index) => join(path, 'objects', `${index}`));
    for (const [index, each] of folders.entries()) {
      await mkdir(each, { recursive: true });
      if (index % 2 === 1) await writeFile(join(each, 'object'), Buffer.alloc(1000));
    }
    const empty = folders.filter((_, index) => index % 2 === 0);
    const start = performance.now();
    expect(await sizeOnDisk(path)).toBe(128_000);
    const whole = performance.now() - start;
    // Wherever in the middle the end of a repack meets it.
    for (const part of [0.1, 0.3, 0.5, 0.7]) {
      const measuring = sizeOnDisk(path);
      await delay(whole * part);
      for (const each of empty) rmdirSync(each);
      expect(await measuring).toBe(128_000);
      for (const each of empty) await mkdir(each);
    }
    expect(await sizeOnDisk(join(path, 'objects', 'gone'))).toBe(0);
  });
});
