import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEndOfFile } from './cleanup.ts';
import { run, type Outcome, type RunOptions } from './run.ts';

let workspace: string | undefined;

/** A folder for the clones and files of this test file; removed at its end. */
export function workFolder(name?: string): string {
  if (workspace === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-git-'));
    workspace = folder;
    mkdirSync(join(folder, 'home'));
    writeFileSync(join(folder, 'gitconfig'), configuration);
    atEndOfFile(() => {
      workspace = undefined;
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    });
  }
  return name === undefined ? workspace : join(workspace, name);
}

// An empty helper clears the list, so that no keychain of this machine answers or learns anything.
const configuration = `[user]
	name = Test Person
	email = person@example.org
[init]
	defaultBranch = main
[credential]
	helper =
[advice]
	detachedHead = false
[gc]
	auto = 0
[maintenance]
	auto = false
[core]
	fsync = none
`;

/** The environment in which git knows nothing of this machine's user and asks nobody for a password. */
export function gitEnvironment(): Record<string, string> {
  const folder = workFolder();
  return {
    HOME: join(folder, 'home'),
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C.UTF-8',
  };
}

/** Runs the real git; a refusal is an outcome, not an exception. The folder is the test file's unless `cwd` names another. */
export function git(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run('git', args, {
    ...options,
    cwd: options.cwd ?? workFolder(),
    env: { ...gitEnvironment(), ...options.env },
  });
}

/** The Git that is found first: for one of our own that stands before it and hands on. */
export const realGit = (): string =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'git'))
    .find((path) => existsSync(path)) ?? '';

/** As `git`, for steps that have to succeed: throws with what git printed, and returns standard output without its last newline. */
export async function gitOk(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await git(args, options);
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with code ${code}:\n${stdout}${stderr}`);
  return stdout.replace(/\n$/, '');
}

/** A new repository in the work folder with one commit on `main`, and its path. */
export async function newRepository(
  name: string,
  files: Readonly<Record<string, string>> = { 'README.md': '# Test\n' },
): Promise<string> {
  const folder = workFolder(name);
  await gitOk(['init', '--quiet', folder]);
  await commitFiles(folder, files, 'First commit');
  return folder;
}

/** Writes these files, commits everything, and returns the commit's id. */
export async function commitFiles(
  cwd: string,
  files: Readonly<Record<string, string>>,
  message = 'Change',
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(cwd, path, '..'), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  await gitOk(['add', '--all'], { cwd });
  await gitOk(['commit', '--quiet', '--message', message], { cwd });
  return gitOk(['rev-parse', 'HEAD'], { cwd });
}

/** `url` with credentials in it, percent-encoded: `http://user:secret@…`. */
export function withCredentials(url: string, user: string, secret: string): string {
  const result = new URL(url);
  result.username = user;
  result.password = secret;
  return result.href;
}
