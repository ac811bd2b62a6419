import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, inject, it } from 'vitest';
import { disableAccount } from '../../../src/acts/accounts/state.ts';
import { pauseCredential, resumeCredential } from '../../../src/acts/credentials/pause.ts';
import { revokeSshKey } from '../../../src/acts/keys/ssh-keys.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { gitOk, newRepository } from '../../support/git.ts';
import {
  describeWithSsh,
  newSshKey,
  ssh as runSsh,
  sshGit,
  sshGitOk,
  type SshKey,
  type SshOptions,
} from '../../support/ssh.ts';
import { openDoor } from './door-host.ts';

/** What the stock client prints where it is refused, and what it gets nothing of. */

const MISSING =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.\n';

describeWithSsh('the SSH door refuses', () => {
  let door: Awaited<ReturnType<typeof openDoor>>;
  let ada: SshKey;
  let bob: SshKey;
  let work: string;

  beforeAll(async () => {
    door = await openDoor(inject('database'));
    ada = await newSshKey('ada');
    bob = await newSshKey('bob');
    await door.sshKey('ada', ada.line);
    await door.sshKey('bob', bob.line);
    work = await newRepository('work');
    await sshGitOk(ada, ['push', `${door.ssh}/acme/app.git`, 'HEAD:refs/heads/main'], { cwd: work });
  });

  const newKey = async (name: string, user: string, input = {}) => {
    const key = await newSshKey(name);
    return { key, id: await door.sshKey(user, key.line, input) };
  };
  /** A refused `ls-remote`: what was printed before Git's own last lines. */
  const refusedList = async (key: SshKey | null, path = 'acme/app.git', options: SshOptions = {}) => {
    const { stdout, stderr, code } = await sshGit(key, ['ls-remote', `${door.ssh}/${path}`], {
      ssh: options,
    });
    expect({ stdout, refused: code !== 0 }, stderr).toEqual({ stdout: '', refused: true });
    return stderr.split('fatal: ')[0] ?? '';
  };
  const refusedPush = async (key: SshKey, path: string) => {
    const before = await refs();
    const { stderr, code } = await sshGit(key, ['push', `${door.ssh}/${path}`, 'HEAD:refs/heads/x'], {
      cwd: work,
    });
    expect(code).not.toBe(0);
    expect(await refs()).toBe(before);
    return stderr.split('fatal: ')[0] ?? '';
  };
  const refs = () => sshGitOk(ada, ['ls-remote', `${door.ssh}/acme/app.git`]);
  const account = (user: string) => [{ type: 'account', account: user }] as const;

  it('a key that is not known, whoever it says it is, and says which was tried (T54)', async () => {
    const stranger = await newSshKey('stranger');
    const tried: string[] = [];
    for (const user of ['git', 'ada', 'nobody']) {
      const { stdout, stderr, code } = await runSsh(door, stranger, ['git-upload-pack', "'acme/app.git'"], {
        user,
      });
      expect({ stdout, code }).toEqual({ stdout: '', code: 255 });
      tried.push(stderr.replaceAll(`${user}@`, ''));
    }
    expect(tried[0]).toMatch(
      /No key that your client offered is known here, or it is paused, was revoked or has expired: SHA256:\S+\.\s/,
    );
    expect(tried[0]).toContain('Permission denied (publickey');
    expect(new Set(tried).size).toBe(1);
    expect((await runSsh(door, null, [])).stderr).toContain('Your client offered no key.');
  });

  it('a key that was revoked or has expired, and passes on to the next key of the client', async () => {
    const { key, id } = await newKey('ending', 'ada');
    expect(await sshGitOk(key, ['ls-remote', `${door.ssh}/acme/app.git`])).toContain('refs/heads/main');
    await revokeSshKey(
      door.host.services,
      await enterAsOperator(door.host.services, 'ssh_key.revoke', account('ada')),
      id,
    );
    expect(await refusedList(key)).toContain('Permission denied');
    const both = await sshGitOk(key, ['ls-remote', `${door.ssh}/acme/app.git`], {
      ssh: { options: [`IdentityFile=${ada.path}`] },
    });
    expect(both).toContain('refs/heads/main');

    const expiring = await newKey('expiring', 'ada', { expiresAt: door.host.now + 60_000 });
    expect(await sshGitOk(expiring.key, ['ls-remote', `${door.ssh}/acme/app.git`])).toContain('main');
    door.host.now += 61_000;
    expect(await refusedList(expiring.key)).toContain('Permission denied');
  });

  it('a key that is paused, and passes on to the next one, until it is resumed', async () => {
    const { services } = door.host;
    const { key, id } = await newKey('paused', 'ada');
    const list = ['ls-remote', `${door.ssh}/acme/app.git`];
    const pausing = await enterAsOperator(services, 'credential.pause', [{ type: 'host' }]);
    await pauseCredential(services, pausing, id);
    expect(await refusedList(key)).toContain('it is paused, was revoked or has expired');
    const next = { ssh: { options: [`IdentityFile=${ada.path}`] } };
    expect(await sshGitOk(key, list, next)).toContain('refs/heads/main');
    const resuming = await enterAsOperator(services, 'own_credential.resume', account('ada'));
    await resumeCredential(services, resuming, id);
    expect(await sshGitOk(key, list)).toContain('refs/heads/main');
  });

  it('what is missing, and what the holder cannot see, in the same words', async () => {
    const eve = (await newKey('eve', 'eve')).key;
    const said = new Set<string>();
    for (const path of ['acme/app.git', 'acme/none.git', 'none/none.git', 'acme/secret.git/wiki']) {
      said.add(await refusedList(eve, path));
    }
    said.add(await refusedPush(eve, 'acme/app.git'));
    said.add(await refusedPush(eve, 'acme/none.git'));
    expect([...said]).toHaveLength(1);
    expect([...said][0]).toMatch(new RegExp(`^${MISSING}`));
    expect(await refusedList(bob, 'acme/secret.git')).toBe(await refusedList(bob, 'acme/none.git'));
  });

  it('a push of who may only read, and of an access key that reads only', async () => {
    expect(await refusedPush(bob, 'acme/app.git')).toContain(
      'Access denied. You must have write access to this repository.\n',
    );
    const reading = await newSshKey('reading');
    await door.accessKey('acme/app', reading.line);
    expect(await sshGitOk(reading, ['ls-remote', `${door.ssh}/acme/app.git`])).toContain('refs/heads/main');
    expect(await refusedPush(reading, 'acme/app.git')).toContain(
      'repository access denied. access via a deployment key is read-only.\n',
    );
    expect(await refusedList(reading, 'acme/secret.git')).toMatch(new RegExp(`^${MISSING}`));
    const writing = await newSshKey('writing');
    await door.accessKey('acme/app', writing.line, 'write');
    await sshGitOk(writing, ['push', `${door.ssh}/acme/app.git`, 'HEAD:refs/heads/by-key'], { cwd: work });
    expect(await refusedPush(writing, 'acme/open.git')).toContain('Your credentials do not extend');
  });

  it('a wiki where there is none, and another user name than git, and says what would be right', async () => {
    expect(await refusedList(ada, 'acme/open.git/wiki')).toContain('This repository has no wiki.\n');
    const named = await runSsh(door, ada, ["git-upload-pack 'acme/app.git'"], { user: 'ada' });
    expect(named).toMatchObject({ stdout: '', code: 128 });
    expect(named.stderr).toMatch(/user name.*git/);
  });

  it('what the bounds of a key do not allow', async () => {
    const { key: elsewhere } = await newKey('elsewhere', 'ada', {
      confinement: { networks: ['192.0.2.0/24'] },
    });
    expect(await refusedList(elsewhere)).toContain('127.0.0.1');
    const { key: once } = await newKey('once', 'ada', { confinement: { uses: 1 } });
    await sshGitOk(once, ['fetch', '--quiet', `${door.ssh}/acme/app.git`, 'main'], {
      cwd: await newRepository('used'),
    });
    const again = await sshGit(once, ['clone', `${door.ssh}/acme/app.git`, 'again']);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toMatch(/used/);
    const { key: release, id } = await newKey('release', 'ada', {
      confinement: { refs: ['refs/heads/release/*'] },
    });
    expect(await refusedPush(release, 'acme/app.git')).toContain(id);
    await sshGitOk(release, ['push', `${door.ssh}/acme/app.git`, 'HEAD:refs/heads/release/1'], { cwd: work });
    const { key: small } = await newKey('small', 'ada', { confinement: { maximumBytes: 1000 } });
    const large = await newRepository('large', { noise: 'x' });
    await writeFile(`${large}/noise`, randomBytes(600_000));
    await gitOk(['commit', '-aqm', 'noise'], { cwd: large });
    const refused = await sshGit(small, ['push', `${door.ssh}/acme/app.git`, 'HEAD:refs/heads/large'], {
      cwd: large,
    });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('at most 1000 bytes');
    expect(await refs()).not.toContain('refs/heads/large');
  });

  it('T37: everything but Git: shells, subsystems, forwarding, and commands that would make a credential', async () => {
    for (const words of [
      ['ls'],
      ['git-upload-pack', "'acme/app.git';", 'id'],
      ['git-upload-pack', "'../../etc/passwd'"],
      ['git-lfs-authenticate', 'acme/app', 'download'],
      ['recovery_codes'],
      ['password'],
      ['ssh-key', 'add'],
      ['app-password', 'create'],
    ]) {
      const { stdout, stderr, code } = await runSsh(door, ada, words);
      expect({ stdout, code }, words.join(' ')).toEqual({ stdout: '', code: 1 });
      expect(stderr).toMatch(
        /^(?:Shell access is disabled here|This is not the address of a repository|Files of Git LFS are transferred over SSH by git-lfs 3)/m,
      );
    }
    for (const more of [
      ['-s', 'sftp'],
      ['-W', '127.0.0.1:22'],
    ]) {
      const [option = '', word = ''] = more;
      const tried =
        option === '-s'
          ? await runSsh(door, ada, [word], { more: [option] })
          : await runSsh(door, ada, [], { more });
      expect(tried, option).toMatchObject({ stdout: '', code: 255 });
    }
    // A terminal is refused, and the command goes on without; a refused forwarding ends the client that wants it.
    const terminal = await runSsh(door, ada, ['ls'], { more: ['-tt'] });
    expect(terminal.stderr).toContain('PTY allocation request failed');
    const back = await runSsh(door, ada, [], {
      more: ['-T', '-R', '0:127.0.0.1:22'],
      options: ['ExitOnForwardFailure=yes'],
    });
    expect(back.stderr).toContain('remote port forwarding failed');
    expect(back.code).toBe(255);
  });

  it('T56: no variable of the client says who it is, or reaches Git', async () => {
    const bobs = await runSsh(door, bob, ['git-receive-pack', "'acme/app.git'"], {
      options: ['SetEnv=REMOTE_USER=ada USER=ada GIT_DIR=/tmp GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=a.b'],
    });
    expect(bobs).toMatchObject({ stdout: '', code: 128 });
    expect(bobs.stderr).toContain('You must have write access');
    const greeting = await runSsh(door, bob, [], { more: ['-T'], options: ['SetEnv=REMOTE_USER=ada'] });
    expect(greeting.stdout).toContain('as bob.');
  });

  it('T40, T45: a person without the role, and one who is disabled, at the next command', async () => {
    const { host } = door;
    const cleo = await host.person('cleo');
    const key = (await newKey('cleo', 'cleo')).key;
    await host.role(door.appId, cleo, 'write');
    await sshGitOk(key, ['push', `${door.ssh}/acme/app.git`, 'HEAD:refs/heads/cleo'], { cwd: work });
    await host.role(door.appId, cleo, 'read');
    expect(await refusedPush(key, 'acme/app.git')).toContain('You must have write access');
    expect(await sshGitOk(key, ['ls-remote', `${door.ssh}/acme/app.git`])).toContain('cleo');
    await host.services.database.deleteFrom('repository_role').where('subject_id', '=', cleo.id).execute();
    expect(await refusedList(key)).toMatch(new RegExp(`^${MISSING}`));
    await host.role(door.appId, cleo, 'admin');
    await disableAccount(
      host.services,
      await enterAsOperator(host.services, 'account.disable', [{ type: 'host' }, ...account('cleo')]),
    );
    for (const path of ['acme/app.git', 'acme/open.git', 'acme/none.git']) {
      expect(await refusedList(key, path)).toMatch(/^This account is disabled\.\n/);
    }
    expect(await refusedPush(key, 'acme/app.git')).toMatch(/^This account is disabled\.\n/);
    // Nothing that they can send ends it: the key may not even be greeted.
    expect((await runSsh(door, key, [], { more: ['-T'] })).stderr).toContain('disabled');
  });

  it('signatures of RSA keys with SHA-1', async () => {
    const rsa = await newSshKey('rsa', ['-t', 'rsa', '-b', '2048']);
    await door.sshKey('ada', rsa.line);
    expect(
      await refusedList(rsa, 'acme/app.git', { options: ['PubkeyAcceptedAlgorithms=ssh-rsa'] }),
    ).toContain('Permission denied');
    for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512,rsa-sha2-256']) {
      const options = { ssh: { options: [`PubkeyAcceptedAlgorithms=${algorithm}`] } };
      expect(await sshGitOk(rsa, ['ls-remote', `${door.ssh}/acme/app.git`], options)).toContain(
        'refs/heads/main',
      );
    }
  });
});
