import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
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

  /** In place of `ssh`, as sshd does it: the words of the client in the environment, and the forced command by the login shell. */
  const shimFor = async (key: SshKey) => {
    const forced = /command="(.+)" ssh-/.exec(await lineOf(key))?.[1] ?? '';
    const shim = workFolder('sshd');
    await writeFile(
      shim,
      `#!/bin/sh\nfor last; do :; done\nexport SSH_ORIGINAL_COMMAND="$last" SSH_CONNECTION="192.0.2.7 1 192.0.2.1 22"\nexec ${forced}\n`,
    );
    await chmod(shim, 0o755);
    return shim;
  };

  it('the command clones for its person, refuses what they may not, and runs nothing else', async () => {
    const shim = await shimFor(bob);
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

  it('several MB come whole both ways, and to a slow reader: through pipes, one socket for both ways, and a file', async () => {
    const work = await newRepository('large');
    await writeFile(`${work}/large.bin`, randomBytes(4_000_000));
    const tip = await commitFiles(work, { 'b.txt': 'b\n' });
    const make = world(server);
    const secret = await make.appPassword('ada', ['repository']);
    await make.repository('acme/large', { import: work });
    await make.role('acme/large', 'bob', 'write');
    const pipes = await shimFor(bob);
    const socket = workFolder('sshd-socket');
    await writeFile(socket, relayOverOneSocket(pipes));
    await chmod(socket, 0o755);
    for (const [name, shim] of Object.entries({ pipes, socket })) {
      for (const version of [0, 2]) {
        const folder = workFolder(`${name}-${version}`);
        const options = ['-c', `protocol.version=${version}`];
        await gitOk([...options, 'clone', '--quiet', 'git@localhost:acme/large.git', folder], {
          env: { GIT_SSH_COMMAND: shim, GIT_SSH_VARIANT: 'ssh' },
          timeout: 30_000,
        });
        expect(await gitOk(['rev-parse', 'HEAD'], { cwd: folder })).toBe(tip);
      }
      await writeFile(`${work}/more.bin`, randomBytes(4_000_000));
      const more = await commitFiles(work, { 'b.txt': name });
      await gitOk(['push', '--quiet', 'git@localhost:acme/large.git', `HEAD:refs/heads/${name}`], {
        cwd: work,
        env: { GIT_SSH_COMMAND: shim, GIT_SSH_VARIANT: 'ssh' },
        timeout: 30_000,
      });
      const listed = await gitOk(['ls-remote', make.cloneUrl('acme/large', 'ada', secret), name]);
      expect(listed).toBe(`${more}\trefs/heads/${name}`);
    }
    const [asked, answer] = [workFolder('asked'), workFolder('answer')];
    await writeFile(asked, '0012argument HEAD\n0000');
    const command = `exec ${pipes} "git-upload-archive 'acme/large.git'" <${asked} >${answer}`;
    expect(await run('sh', ['-c', command], { timeout: 30_000 })).toMatchObject({ stderr: '', code: 0 });
    const bytes = await readFile(answer);
    expect(bytes.length).toBeGreaterThan(4_000_000);
    expect(bytes.subarray(-4).toString()).toBe('0000');
  });

  it('a client that leaves in the middle of an answer ends the command, as what was not done', async () => {
    const shim = await shimFor(bob);
    const child = spawn(shim, ["git-upload-archive 'acme/large.git'"], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.write('0012argument HEAD\n0000');
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(20_000) })).toEqual([1, null]);
    child.stdin.destroy();
  });
});

/** In place of sshd, which gives a command one socket for both ways, and reads from it at the pace of its client. */
const relayOverOneSocket = (command: string) => `#!${process.execPath}
const { spawn } = require('node:child_process');
const words = ['-c', 'exec "$0" "$@" <&3 >&3 3>&-', '${command}', process.argv.at(-1)];
const child = spawn('sh', words, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
const socket = child.stdio[3];
process.stdin.pipe(socket);
setTimeout(() => socket.pipe(process.stdout), 1000);
child.on('exit', (code) => { process.exitCode = code; process.stdin.unref(); });
`;
