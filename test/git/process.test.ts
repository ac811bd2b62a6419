import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GitFailed, GitOutputTooLarge, GitUnavailable } from '../../src/git/process-error.ts';
import {
  endGit,
  gitEnd,
  gitEnvironment,
  gitSettings,
  runGit,
  runGitChecked,
  runningGit,
  streamGit,
  waitForGit,
} from '../../src/git/process.ts';
import { useHelper, type UsedHelper } from '../../src/git/start/index.ts';
import { buildRepository } from './build-repository.ts';
import type { BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;

beforeEach(async () => {
  built = await buildRepository();
});

afterEach(async () => {
  await built.remove();
});

describe.each(['directly', 'through the helper'])('starting Git %s', (how) => {
  let helper: UsedHelper | undefined;
  beforeAll(async () => {
    if (how !== 'directly') helper = await useHelper();
  });
  afterAll(async () => helper?.stop());

  it('inherits nothing but PATH', () => {
    process.env['LATCHKEY_TEST_SECRET'] = 'x';
    const environment = gitEnvironment({ GIT_PROTOCOL: 'version=2' });
    expect(environment).toMatchObject({ GIT_CONFIG_NOSYSTEM: '1', GIT_PROTOCOL: 'version=2', LC_ALL: 'C' });
    expect(JSON.stringify(environment)).not.toContain('LATCHKEY');
    delete process.env['LATCHKEY_TEST_SECRET'];
  });

  it('carries settings in the environment, ours and those of one command', async () => {
    const env = gitSettings({ 'http.https://example.org/.extraHeader': 'Authorization: Basic c2VjcmV0' });
    const output = (
      await runGitChecked(built.handle, ['config', '--list', '--show-scope'], { env })
    ).toString();
    expect(output).toContain('command\tcore.fsync=committed,pack-metadata,reference');
    expect(output).toContain('command\tsafe.directory=*');
    expect(output).toContain('command\thttp.https://example.org/.extraheader=Authorization: Basic c2VjcmV0');
    expect(output).not.toMatch(/^(?:global|system)/m);
  });

  it('collects output, error text and exit code', async () => {
    const { stdout, code } = await runGit(built.handle, ['hash-object', '--stdin'], { input: 'hello\n' });
    expect([stdout.toString(), code]).toEqual(['ce013625030ba8dba906f756967f9e9ca394464a\n', 0]);
    const failed = await runGit(built.handle, ['cat-file', '-p', 'a'.repeat(40)]);
    expect(failed).toMatchObject({ code: 128, stderr: expect.stringContaining('Not a valid object name') });
    await expect(runGitChecked(built.handle, ['cat-file', '-p', 'a'.repeat(40)])).rejects.toThrow(GitFailed);
  });

  it('keeps passwords in URLs out of its errors', () => {
    const error = new GitFailed('fetch', 128, "fatal: unable to access 'https://me:hunter2@example.org/x'");
    expect(`${error.message}${error.stderr}`).not.toContain('hunter2');
  });

  it('ends a command that writes too much', async () => {
    const content = Buffer.alloc(300_000, 'x');
    await built.commit({ branch: 'main', files: [{ path: 'big', content }] });
    const error = await runGit(built.handle, ['cat-file', 'blob', 'main:big'], {
      maxOutputBytes: 1000,
    }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GitOutputTooLarge);
    expect(error instanceof GitOutputTooLarge && error.partial.length).toBe(1000);
    expect(await waitForGit(5_000)).toBe(0);
  });

  it('says so when a repository is gone', async () => {
    await expect(runGit({ path: `${tmpdir()}/no-such-folder` }, ['version'])).rejects.toThrow(GitUnavailable);
    expect(runningGit()).toEqual([]);
  });

  it('is aborted by a signal, and not even begun by one that was given before', async () => {
    const abort = new AbortController();
    const aborted = expect(
      runGit(built.handle, ['cat-file', '--batch'], { signal: abort.signal }),
    ).rejects.toThrow(/abort/);
    const child = streamGit(built.handle, ['cat-file', '--batch'], { signal: abort.signal });
    expect(runningGit().map((one) => one.command)).toEqual(['cat-file', 'cat-file']);
    abort.abort();
    child.stdout.resume();
    expect((await gitEnd(child)).code).not.toBe(0);
    await aborted;
    expect(await waitForGit(5_000)).toBe(0);
    expect(() => streamGit(built.handle, ['version'], { signal: abort.signal })).toThrow(/abort/);
    expect(runningGit()).toEqual([]);
  });

  it('ends what still runs when the server stops', async () => {
    const child = streamGit(built.handle, ['cat-file', '--batch']);
    child.stdout.resume();
    expect(await waitForGit(10)).toBe(1);
    expect(runningGit()).toEqual([]);
    endGit(child);
  });

  it('writes into a file that was not there, for our user alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    const stdoutPath = join(folder, 'answer');
    const child = streamGit(built.handle, ['hash-object', '--stdin'], { stdoutPath });
    child.stdin.end('hello\n');
    expect(await child.stdout.toArray()).toEqual([]);
    expect((await gitEnd(child)).code).toBe(0);
    expect(await readFile(stdoutPath, 'utf8')).toBe('ce013625030ba8dba906f756967f9e9ca394464a\n');
    expect((await stat(stdoutPath)).mode & 0o777).toBe(0o600);
    const again = streamGit(built.handle, ['version'], { stdoutPath, noInput: true });
    await expect(gitEnd(again)).rejects.toThrow(GitUnavailable);
    expect(await readFile(stdoutPath, 'utf8')).toBe('ce013625030ba8dba906f756967f9e9ca394464a\n');
    await rm(folder, { recursive: true });
  });

  it('outlives a writer to a process that is gone', async () => {
    const child = streamGit(built.handle, ['version']);
    child.stdout.resume();
    await gitEnd(child);
    child.stdin.write(Buffer.alloc(1_000_000));
    child.stdin.end();
    expect((await gitEnd(child)).code).toBe(0);
  });
});
