import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessGroup } from '../measure/process-group.ts';
import type { SshServer } from '../measure/ssh-client.ts';
import { freePort, listening } from './ports.ts';

const SSHD = '/usr/sbin/sshd';
/**
 * OpenSSH runs a program for keys only where nobody but root may write on the whole way to it, and the folder for
 * temporary files is everybody's.
 */
const PROGRAMS = `/run/latchkey-bench-${process.pid}`;

/** Why it cannot be measured here, as a sentence; undefined where it can. */
export function opensshHindrance(): string | undefined {
  if (process.getuid?.() !== 0)
    return 'OpenSSH is left out: its sshd lets people in only when root starts it.';
  return existsSync(SSHD)
    ? undefined
    : 'OpenSSH is left out: there is no sshd (on Debian: apt-get install openssh-server).';
}

/**
 * The system's OpenSSH before the same repositories: a static script says that the one key is known
 * (`AuthorizedKeysCommand`), and the forced command is `git-shell`.
 *
 * @param root where the repositories lie, as `NAME.git`
 * @param key file of the client's key, whose public half is beside it
 */
export async function startOpenSsh(folder: string, root: string, key: string): Promise<SshServer> {
  mkdirSync(folder, { recursive: true });
  mkdirSync(PROGRAMS, { mode: 0o755 });
  // Where sshd locks itself in before somebody is let in.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKey = join(folder, 'host-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const script = join(PROGRAMS, 'key');
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const forced = String.raw`command="git-shell -c \"$SSH_ORIGINAL_COMMAND\""`;
  writeFileSync(script, `#!/bin/sh\necho 'restrict,${forced} ${publicKey}'\n`, { mode: 0o755 });
  const port = await freePort();
  const file = join(folder, 'sshd_config');
  writeFileSync(
    file,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${hostKey}`,
      'PidFile none',
      'UsePAM no',
      'PermitRootLogin forced-commands-only',
      'AuthenticationMethods publickey',
      'AuthorizedKeysFile none',
      `AuthorizedKeysCommand ${script}`,
      'AuthorizedKeysCommandUser root',
      'AcceptEnv GIT_PROTOCOL',
      'MaxStartups 100',
      'MaxSessions 100',
      '',
    ].join('\n'),
  );
  const group = new ProcessGroup(SSHD, ['-D', '-e', '-f', file], {
    env: { HOME: '/nonexistent' },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  group.child.once('exit', () => rmSync(PROGRAMS, { recursive: true, force: true }));
  await listening({ port });
  return {
    name: 'OpenSSH, AuthorizedKeysCommand, git-shell',
    group,
    user: 'root',
    port,
    path: (repository) => join(root, `${repository}.git`),
  };
}
