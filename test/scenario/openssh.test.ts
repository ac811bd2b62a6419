import { chmod, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { run, searchPath } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { describeWithSsh, newSshKey, type SshKey } from '../support/ssh.ts';
import { world } from '../support/world.ts';

/** What the system's OpenSSH calls, called as it does: the line for a key, and the forced command of that line. */

describeWithSsh('behind the OpenSSH of the system', () => {
  let server: TestServer;
  let bob: SshKey;

  beforeAll(async () => {
    server = await startServer({
      database: 'sqlite',
      arguments: ['--ssh-port', 'off', '--ssh-url', 'ssh://git@git.example.com'],
    });
    const make = world(server);
    await make.usual();
    await make.account('bob');
    await make.role('acme/app', 'bob', 'read');
    bob = await newSshKey('bob');
    await make.do(['ssh-key', 'add', 'bob', '--label', 'laptop'], bob.line);
  });

  const lineOf = async (key: SshKey) => {
    const [type = '', encoded = ''] = key.line.split(' ');
    const { stdout, code } = await server.cli(['openssh', 'authorized-key', type, encoded]);
    expect(code).toBe(0);
    return stdout;
  };

  it('a key that is known gets one line that forces our command, and any other gets none', async () => {
    expect(server.ssh).toBe('');
    const [type, encoded] = bob.line.split(' ');
    expect(await lineOf(bob)).toMatch(/^restrict,command="'[^"\n]+" ssh-ed25519 \S+\n$/);
    expect((await lineOf(bob)).endsWith(`" ${type} ${encoded}\n`)).toBe(true);
    expect(await lineOf(await newSshKey('stranger'))).toBe('');
    expect((await server.cli(['openssh', 'authorized-key', 'ssh-ed25519', '$(id)'])).stdout).toBe('');
  });

  it('the command clones for its person, refuses what they may not, and runs nothing else', async () => {
    const forced = /command="(.+)" ssh-/.exec(await lineOf(bob))?.[1] ?? '';
    const shim = workFolder('sshd');
    // As sshd does it: the words of the client in the environment, and the forced command by the login shell.
    await writeFile(
      shim,
      `#!/bin/sh\nfor last; do :; done\nexport SSH_ORIGINAL_COMMAND="$last" SSH_CONNECTION="192.0.2.7 1 192.0.2.1 22"\nexec ${forced}\n`,
    );
    await chmod(shim, 0o755);
    const work = await newRepository('work');
    const tip = await commitFiles(work, { 'a.txt': 'a\n' });
    const env = { GIT_SSH_COMMAND: shim, GIT_SSH_VARIANT: 'ssh' };
    const make = world(server);
    const secret = await make.appPassword('ada', ['repository:write']);
    await gitOk(['push', make.cloneUrl('acme/app', 'ada', secret), 'HEAD:refs/heads/main'], { cwd: work });
    await gitOk(['clone', '--quiet', 'git@localhost:acme/app.git', workFolder('clone')], { env });
    expect(await gitOk(['rev-parse', 'HEAD'], { cwd: workFolder('clone') })).toBe(tip);
    const pushed = await git(['push', 'git@localhost:acme/app.git', 'HEAD:refs/heads/x'], { cwd: work, env });
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('You must have write access to this repository.');
    const other = await run(shim, ['ls'], { env: { PATH: searchPath, ...env } });
    expect(other).toMatchObject({ stdout: '', code: 1 });
    expect(other.stderr).toContain('Shell access is disabled here');
  });
});
