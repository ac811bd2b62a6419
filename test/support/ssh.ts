import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { git, gitOk, workFolder } from './git.ts';
import { run, type Outcome, type RunOptions } from './run.ts';

/** The stock client of OpenSSH, which is a package of the system (on Debian openssh-client) and not of npm. */
export const hasSsh = spawnSync('ssh', ['-V']).error === undefined;
const isRequired = process.env['LATCHKEY_TEST_SSH'] === 'required';

/**
 * A suite that needs `ssh` and `ssh-keygen`. Where they are missing it is skipped and says so in its name, unless
 * LATCHKEY_TEST_SSH=required says that they must be there.
 */
export function describeWithSsh(name: string, suite: () => void): void {
  if (hasSsh || isRequired) describe(name, suite);
  else describe.skip(`${name} (skipped: there is no ssh on this machine; install OpenSSH's client)`, suite);
}

export interface SshKey {
  /** Of the private half; the public one lies beside it. */
  readonly path: string;
  /** As `.pub` files have it. */
  readonly line: string;
}

/** A new pair in the work folder, made by ssh-keygen with these arguments; Ed25519 where none are given. */
export async function newSshKey(name: string, args: readonly string[] = ['-t', 'ed25519']): Promise<SshKey> {
  const path = workFolder(name);
  const made = await run('ssh-keygen', ['-q', '-N', '', '-C', name, ...args, '-f', path]);
  if (made.code !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
  return { path, line: (await readFile(`${path}.pub`, 'utf8')).trim() };
}

export interface SshOptions {
  /** Socket of an agent instead of a file. */
  readonly agent?: string;
  /** Options of ssh, as `-o` takes them; the first of a name counts. */
  readonly options?: readonly string[];
}

/** Arguments of a client that knows nothing of this machine's user, knows one key, and learns a host once for all. */
export function sshArguments(key: SshKey | null, { agent, options = [] }: SshOptions = {}): string[] {
  const known = join(workFolder(), 'known_hosts');
  const wanted = [
    ...options,
    `UserKnownHostsFile=${known}`,
    `StrictHostKeyChecking=${existsSync(known) ? 'yes' : 'accept-new'}`,
    'GlobalKnownHostsFile=/dev/null',
    `IdentityAgent=${agent ?? 'none'}`,
    `IdentitiesOnly=${agent === undefined ? 'yes' : 'no'}`,
    'PasswordAuthentication=no',
  ];
  return ['-F', 'none', ...(key === null ? [] : ['-i', key.path]), ...wanted.flatMap((each) => ['-o', each])];
}

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');

/** What Git runs in place of `ssh`. */
export const sshEnvironment = (key: SshKey | null, options?: SshOptions): Record<string, string> => ({
  GIT_SSH_COMMAND: `ssh ${quoted(sshArguments(key, options))}`,
});

/** The real git over the real ssh with this key. A refusal is an outcome. */
export const sshGit = (
  key: SshKey | null,
  args: readonly string[],
  { ssh, ...options }: RunOptions & { readonly ssh?: SshOptions } = {},
): Promise<Outcome> => git(args, { ...options, env: { ...options.env, ...sshEnvironment(key, ssh) } });

/** The same for steps that have to succeed; returns standard output. */
export const sshGitOk = (
  key: SshKey | null,
  args: readonly string[],
  { ssh, ...options }: RunOptions & { readonly ssh?: SshOptions } = {},
): Promise<string> => gitOk(args, { ...options, env: { ...options.env, ...sshEnvironment(key, ssh) } });

/** `ssh … git@HOST WORDS`. @param more stands before the host, such as `-T`. */
export function ssh(
  host: { readonly ssh: string },
  key: SshKey | null,
  words: readonly string[],
  {
    more = [],
    user = 'git',
    ...options
  }: SshOptions & {
    readonly more?: readonly string[];
    readonly user?: string;
  } = {},
): Promise<Outcome> {
  const { hostname, port } = new URL(host.ssh);
  return run(
    'ssh',
    [...sshArguments(key, options), ...more, '-p', port || '22', `${user}@${hostname}`, ...words],
    { cwd: workFolder(), env: { HOME: workFolder('home') }, timeout: 30_000 },
  );
}
