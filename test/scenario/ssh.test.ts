import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { commitFiles, gitOk, newRepository, workFolder } from '../support/git.ts';
import { searchPath } from '../support/run.ts';
import { startServer, type TestServer } from '../support/server.ts';
import {
  describeWithSsh,
  newSshKey,
  ssh,
  sshArguments,
  sshGit,
  sshGitOk,
  type SshKey,
  type SshOptions,
} from '../support/ssh.ts';
import { softwareSecurityKey } from '../support/ssh-agent.ts';
import { world, type World } from '../support/world.ts';

/** The stock client of OpenSSH and the stock Git against the real server. */

const LARGE = 32 * 1024 * 1024;

const endOf = async (client: ChildProcess): Promise<unknown> => (await once(client, 'close'))[0];

/** Resident memory of the server's process in MiB. */
const memoryOf = ({ process }: TestServer): number => {
  const status = readFileSync(`/proc/${String(process.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
};

describeWithSsh('Git over SSH', () => {
  let server: TestServer;
  let make: World;
  let key: SshKey;
  let work: string;
  let address: string;

  beforeAll(async () => {
    server = await startServer();
    make = world(server);
    await make.account('ada', { displayName: 'Ada Lovelace' });
    await make.workspace('acme', 'ada');
    await make.do(['repository', 'create', 'acme/app', '--wiki']);
    key = await newSshKey('ada');
    await make.do(['ssh-key', 'add', 'ada', '--label', 'laptop'], key.line);
    address = `${server.ssh}/acme/app.git`;
    work = await newRepository('work', { 'README.md': '# Over SSH\n' });
    await sshGitOk(key, ['push', address, 'HEAD:refs/heads/main'], { cwd: work });
  });

  const refs = (path = 'acme/app') => sshGitOk(key, ['ls-remote', `${server.ssh}/${path}.git`]);

  it('tells the new address of a wiki whose repository was renamed', async () => {
    await make.do(['repository', 'create', 'acme/former', '--wiki']);
    await make.do(['repository', 'rename', 'acme/former', 'present']);
    const { stderr } = await sshGit(key, ['ls-remote', `${server.ssh}/acme/former.git/wiki`]);
    expect(stderr).toContain(`git remote set-url origin ${server.ssh}/acme/present.git/wiki\n`);
  });

  it('says why a shallow request selects nothing, in every version of the protocol', async () => {
    for (const version of ['0', '2']) {
      const args = ['-c', `protocol.version=${version}`, 'clone', '--shallow-since=2090-01-01', address];
      const { stderr } = await sshGit(key, [...args, workFolder(`selects-nothing-${version}`)]);
      expect(stderr).toContain('The shallow request selects no commit: give an earlier date');
    }
  });

  it('has nothing to say of a push that its client gives up', async () => {
    const { stdout, stderr } = await ssh(server, key, ['git-receive-pack', "'acme/app.git'"]);
    expect(stdout).toContain('refs/heads/main');
    expect(stderr).toBe('');
  });

  /** The stock client with this command, whose streams the test holds. */
  const upload = (command: string, options: SshOptions = {}) => {
    const { hostname, port } = new URL(server.ssh);
    return spawn('ssh', [...sshArguments(key, options), '-p', port, `git@${hostname}`, command], {
      env: { PATH: searchPath, HOME: workFolder('home') },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  };

  it('greets who has no command, and says that there is no shell', async () => {
    const { stdout, code } = await ssh(server, key, [], { more: ['-T'] });
    expect(code).toBe(0);
    expect(stdout).toBe(
      'authenticated via ssh key as Ada Lovelace.\n\nYou can use git to connect to Latchkey. Shell access is disabled\n',
    );
  });

  it.each([0, 1, 2])('clones, fetches and pushes in version %i of the protocol', async (version) => {
    const speak = ['-c', `protocol.version=${version}`];
    const clone = workFolder(`clone-v${version}`);
    await sshGitOk(key, [...speak, 'clone', '--quiet', address, clone]);
    const branch = `refs/heads/v${version}`;
    const tip = await commitFiles(clone, { [`v${version}.txt`]: randomBytes(20_000).toString('hex') });
    await sshGitOk(key, [...speak, 'push', address, `HEAD:${branch}`], { cwd: clone });
    expect(await refs()).toContain(`${tip}\t${branch}`);
    await sshGitOk(key, [...speak, 'fetch', address, branch], { cwd: work });
    expect(await gitOk(['rev-parse', 'FETCH_HEAD'], { cwd: work })).toBe(tip);
    // Nothing but a deletion: then a client keeps its side open until it has the report.
    await sshGitOk(key, [...speak, 'push', address, `:${branch}`], { cwd: clone });
    expect(await refs()).not.toContain(branch);
    await gitOk(['fsck', '--strict'], { cwd: clone });
  });

  it('serves shallow and partial clones, archives, and the wiki', async () => {
    const shallow = workFolder('shallow');
    await commitFiles(work, { 'second.txt': 'second\n' }, 'Second commit');
    await sshGitOk(key, ['push', address, 'HEAD:refs/heads/main'], { cwd: work });
    await sshGitOk(key, ['clone', '--quiet', '--depth', '1', address, shallow]);
    expect(await gitOk(['rev-list', '--count', 'HEAD'], { cwd: shallow })).toBe('1');
    await sshGitOk(key, ['fetch', '--quiet', '--unshallow'], { cwd: shallow });
    expect(await gitOk(['rev-list', '--count', 'HEAD'], { cwd: shallow })).toBe('2');
    const partial = workFolder('partial');
    await sshGitOk(key, ['clone', '--quiet', '--filter=blob:none', '--no-checkout', address, partial]);
    expect(await sshGitOk(key, ['show', 'HEAD:README.md'], { cwd: partial })).toBe('# Over SSH');
    const archive = workFolder('archive.tar');
    await sshGitOk(key, ['archive', `--remote=${address}`, '--output', archive, 'main', 'README.md']);
    expect((await readFile(archive)).toString('latin1')).toContain('# Over SSH');
    const wiki = `${address}/wiki`;
    const pages = await newRepository('wiki', { 'Home.md': '# Home\n' });
    await sshGitOk(key, ['push', wiki, 'HEAD:refs/heads/main'], { cwd: pages });
    await sshGitOk(key, ['clone', '--quiet', wiki, workFolder('wiki-clone')]);
    expect(existsSync(workFolder('wiki-clone/Home.md'))).toBe(true);
    expect(await refs()).not.toContain(await gitOk(['rev-parse', 'HEAD'], { cwd: pages }));
  });

  it('is on record with the key, the client and what it was for', async () => {
    await refs();
    const listed = JSON.parse(await make.do(['credential', 'list', '--user', 'ada', '--json'])) as {
      id: string;
    }[];
    const uses = async () =>
      JSON.parse(await make.do(['credential', 'uses', listed[0]?.id ?? '', '--json'])).uses;
    await expect.poll(uses, { timeout: 15_000, interval: 500 }).toContainEqual(
      expect.objectContaining({
        operation: 'repository.fetch',
        target: 'acme/app',
        outcome: 'allowed',
        address: '127.0.0.1',
        agent: expect.stringMatching(/^OpenSSH_\d/),
      }),
    );
  });

  it('takes the address in the short form, too, where the client knows the port', async () => {
    const { hostname, port } = new URL(server.ssh);
    const options = { ssh: { options: [`Port=${port}`] } };
    for (const path of ['acme/app.git', 'acme/app', '/acme/app.git/']) {
      const listed = await sshGitOk(key, ['ls-remote', `git@${hostname}:${path}`], options);
      expect(listed).toContain('refs/heads/main');
    }
  });

  it.each([
    ['ECDSA', ['-t', 'ecdsa', '-b', '384']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
  ])('lets in by a key of type %s', async (name, args) => {
    const other = await newSshKey(`key-${name}`, args);
    await make.do(['ssh-key', 'add', 'ada', '--label', name], other.line);
    expect(await sshGitOk(other, ['ls-remote', address])).toContain('refs/heads/main');
  });

  it.each(['ed25519', 'ecdsa'] as const)('lets in by a security key of type %s', async (kind) => {
    const secure = await softwareSecurityKey(kind, workFolder(`agent-${kind}`));
    await make.do(['ssh-key', 'add', 'ada', '--label', kind], secure.line);
    const through = { ssh: { agent: secure.socket } };
    expect(await sshGitOk(null, ['ls-remote', address], through)).toContain('refs/heads/main');
    // Signed, but nobody was there to touch it.
    secure.touched = false;
    const refused = await sshGit(null, ['ls-remote', address], through);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('Permission denied');
  });

  it('sends a large clone in little memory, to slow clients and while keys are exchanged anew', async () => {
    const large = await newRepository('large');
    for (let file = 0; file < 4; file += 1) {
      await writeFile(join(large, `noise-${file}`), randomBytes(LARGE / 4));
    }
    await gitOk(['config', 'core.compression', '0'], { cwd: large });
    const tip = await commitFiles(large, { note: 'large\n' });
    await make.repository('acme/large');
    const there = `${server.ssh}/acme/large.git`;
    await sshGitOk(key, ['push', '--quiet', there, 'HEAD:refs/heads/main'], { cwd: large });
    const before = memoryOf(server);
    let most = 0;
    const measuring = setInterval(() => {
      most = Math.max(most, memoryOf(server));
    }, 20);

    // A client that does not read while two others come and go.
    const slow = upload("git-upload-pack 'acme/large.git'", { options: ['SetEnv=GIT_PROTOCOL=version=2'] });
    const ended = endOf(slow);
    slow.stdin.write(`0011command=fetch0001000fno-progress0032want ${tip}\n0009done\n00000000`);
    await once(slow.stdout, 'readable');
    await Promise.all(
      [1, 2].map((each) =>
        sshGitOk(key, ['clone', '--quiet', '--no-checkout', there, workFolder(`beside-${each}`)], {
          // Anew after each 4 MiB: what the library keeps back meanwhile is waited for.
          ssh: { options: ['RekeyLimit=4M'] },
        }),
      ),
    );
    let received = 0;
    for await (const chunk of slow.stdout as AsyncIterable<Buffer>) received += chunk.length;
    expect(received).toBeGreaterThan(LARGE);
    expect(await ended).toBe(0);
    clearInterval(measuring);
    expect(most - before).toBeLessThan(60);
    for (const clone of ['beside-1', 'beside-2']) {
      expect(await gitOk(['rev-parse', 'HEAD'], { cwd: workFolder(clone) })).toBe(tip);
    }
  }, 60_000);

  it('ends Git when the client goes away', async () => {
    const running = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((name) => {
          try {
            const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
            return line.includes('upload-pack') && line.includes(server.data);
          } catch {
            return false;
          }
        }).length;
    // Version 0: Git itself waits for what the client wants.
    const client = upload("git-upload-pack 'acme/app.git'");
    await once(client.stdout, 'data');
    expect(running()).toBeGreaterThan(0);
    client.kill('SIGKILL');
    for (let waited = 0; running() > 0 && waited < 100; waited += 1) await delay(50);
    expect(running()).toBe(0);
  });

  it('decides anew for each command of a connection that stays open', async () => {
    const shared = await newSshKey('shared');
    await make.do(['ssh-key', 'add', 'ada', '--label', 'shared'], shared.line);
    const control = [`ControlPath=${workFolder('control')}`];
    const { hostname, port } = new URL(server.ssh);
    const master = spawn(
      'ssh',
      [
        ...sshArguments(shared, { options: ['ControlMaster=yes', ...control] }),
        '-N',
        '-p',
        port,
        `git@${hostname}`,
      ],
      { env: { PATH: searchPath, HOME: workFolder('home') }, stdio: 'ignore' },
    );
    try {
      for (let waited = 0; !existsSync(workFolder('control')) && waited < 100; waited += 1) await delay(50);
      const through = { ssh: { options: ['ControlMaster=no', ...control] } };
      expect(await sshGitOk(shared, ['ls-remote', address], through)).toContain('refs/heads/main');
      const [{ id }] = (await make.credentials({ user: 'ada' })).filter(
        ({ label }) => label === 'shared',
      ) as [{ id: string }];
      await make.do(['credential', 'pause', id]);
      expect((await sshGit(shared, ['ls-remote', address], through)).stderr).toContain(
        `This is an SSH key (${id}) that is paused.`,
      );
      await make.do(['credential', 'resume', id]);
      expect(await sshGitOk(shared, ['ls-remote', address], through)).toContain('refs/heads/main');
      await make.revoke(id);
      const refused = await sshGit(shared, ['ls-remote', address], through);
      expect(refused.code).not.toBe(0);
      expect(refused.stdout).toBe('');
      expect(refused.stderr).toContain('Invalid credentials\n');
      expect(refused.stderr).toContain(`This is an SSH key (${id}) that was revoked on `);
    } finally {
      master.kill();
    }
  });

  it('lets a command finish when the host is stopped, takes no new one, and is the same host afterwards', async () => {
    const client = upload("git-upload-pack 'acme/app.git'");
    const code = endOf(client);
    await once(client.stdout, 'data');
    const printed = /whose host key is (SHA256:\S+)/.exec(server.output())?.[1];
    const restarted = server.restart();
    await delay(300);
    expect((await sshGit(key, ['ls-remote', address])).code).not.toBe(0);
    client.stdin.end('0000');
    expect(await code).toBe(0);
    await restarted;
    // The client holds the host's key against the one that it learned at first.
    expect(await refs()).toContain('refs/heads/main');
    expect(server.output().match(/whose host key is \S+/g)).toEqual(
      Array.from({ length: 2 }, () => `whose host key is ${printed}`),
    );
    const known = readFileSync(join(workFolder(), 'known_hosts'), 'utf8');
    expect(known.trim().split('\n')).toHaveLength(1);
    expect(statSync(join(server.data, 'secrets', 'ssh-host-ed25519-key')).mode & 0o777).toBe(0o600);
    // What is noted of uses was written at the latest when the host stopped.
    const [credential] = (await make.credentials({ user: 'ada' })).filter(({ label }) => label === 'laptop');
    expect(credential).toMatchObject({ kind: 'ssh_key', last_used_at: expect.stringMatching(/^20\d\d-/) });
  });
});
