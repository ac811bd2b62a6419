import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { begin, folder, latchkey, main, refusedWith } from '../support/verbs.ts';
import { world } from '../support/world.ts';

describe('the data folder', () => {
  it('is made for its user alone, by whichever way it is named, by a first account that comes before the first start', async () => {
    for (const byEnvironment of [true, false]) {
      const data = join(await folder(), 'new', 'data');
      const outcome = await (byEnvironment
        ? begin('', { LATCHKEY_DATA: data, NODE_COMPILE_CACHE: '' })
        : begin(data, { NODE_COMPILE_CACHE: '' }));
      expect(outcome).toMatchObject({ stderr: '', code: 0 });
      for (const path of [data, join(data, 'secrets'), join(data, 'latchkey.db')]) {
        expect([path, (await stat(path)).mode & 0o077]).toEqual([path, 0]);
      }
      expect(await latchkey(['credential', 'list', '--data', data])).toEqual({
        stdout: '',
        stderr: '',
        code: 0,
      });
    }
  });

  it('is made by no other verb: where no host is, none has anything to say', async () => {
    const data = join(await folder(), 'data');
    for (const verb of [
      ['credential', 'list'],
      ['credential', 'revoke', 'cred_x'],
      ['doctor'],
      ['doctor', '--whole'],
      ['maintain', '--all'],
      ['repository', 'create', 'acme/app'],
      ['user', 'disable', 'ada'],
    ]) {
      const { stdout, stderr, code } = await latchkey([...verb, '--data', data]);
      expect([verb, code, stdout]).toEqual([verb, 1, '']);
      expect(stderr).toBe(
        `latchkey: There is no host in ${data}. Name its data folder with --data or LATCHKEY_DATA, or start the server there first.\n`,
      );
      await expect(stat(data)).rejects.toThrow('ENOENT');
    }
  });

  it('whose database is elsewhere, or lost, is not begun anew', async () => {
    const data = await folder();
    await begin(data);
    await mkdir(join(data, 'repositories', '0a', '0a000000-0000-4000-8000-000000000000.git'), {
      recursive: true,
    });
    await rm(join(data, 'latchkey.db'));
    for (const verb of [
      ['doctor'],
      ['user', 'create', 'bob', '--email', 'bob@example.org', '--password-stdin'],
      ['serve', '--port', '0'],
    ]) {
      const input = { input: 'a long enough password' };
      expect(refusedWith(await latchkey([...verb, '--data', data], input))).toMatch(
        /no latchkey\.db.*LATCHKEY_DATABASE/,
      );
      await expect(stat(join(data, 'latchkey.db'))).rejects.toThrow('ENOENT');
    }
  });

  it('in which others may look holds files in which they may not', async () => {
    const data = await folder();
    await run('chmod', ['755', data]);
    expect((await begin(data)).code).toBe(0);
    for (const name of ['latchkey.db', 'repositories', 'secrets']) {
      expect([name, (await stat(join(data, name))).mode & 0o077]).toEqual([name, 0]);
    }
  });

  it('in which others may read what is in it is named by doctor, with what to do', async () => {
    const data = await folder();
    await begin(data);
    await writeFile(join(data, 'latchkey.json'), '{}');
    const doctor = () => latchkey(['doctor', '--data', data]);
    const chmod = (...args: string[]) => run('chmod', args, { cwd: data });
    await chmod('755', 'latchkey.json', 'secrets');
    // Nobody else comes so far.
    expect((await doctor()).code).toBe(0);
    await chmod('755', '.');
    const { stdout, code } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain(
      `BAD  data folder modes: others on this machine may read or change latchkey.json, secrets: run chmod -R go= ${data}\n`,
    );
    await chmod('-R', 'go=', data);
    await chmod('755', '.');
    expect((await doctor()).stdout).toMatch(/^ok {3}data folder modes:/m);
    await chmod('777', '.');
    expect((await doctor()).stdout).toMatch(/^BAD {2}data folder modes:/m);
    await chmod('755', '.');
    await mkdir(join(data, 'hooks'), { recursive: true });
    await chmod('757', 'hooks');
    expect((await doctor()).stdout).toMatch(/^BAD {2}data folder modes: .* may read or change hooks:/m);
    // As on a volume of a container that is given to a group.
    await chmod('-R', 'u=rwX,g=rwX,o=', '.');
    await chmod('2770', '.');
    const { stdout: ofGroup } = await doctor();
    expect(ofGroup).toMatch(/^ok {3}data folder modes: the group of its files may read or change .*secrets/m);
  });

  it('that is empty is opened by several at once', async () => {
    const data = join(await folder(), 'data');
    const outcomes = await Promise.all(['ada', 'bob', 'cy', 'dan'].map((name) => begin(data, {}, name)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ stderr: '', code: 0 });
  });

  it('takes a repository from each of several at once, and one of a name', async () => {
    const server = await startServer();
    const { do: perform, account, workspace } = world(server);
    await account('ada');
    await workspace('acme', 'ada');
    const outcomes = await Promise.all(
      ['a', 'b', 'same', 'same'].map((slug) => server.cli(['repository', 'create', `acme/${slug}`])),
    );
    expect(outcomes.filter(({ code }) => code === 0)).toHaveLength(3);
    expect(refusedWith(outcomes.find(({ code }) => code !== 0)!)).toMatch(/already exists/);
    expect(await perform(['doctor'])).not.toContain('BAD');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'of another user is refused, by name of that user, and left as it is',
    async () => {
      const data = join(await folder(), 'data');
      await mkdir(data, { mode: 0o755 });
      await run('chown', ['65534:65534', data]);
      for (const verb of [['credential', 'list'], ['serve', '--port', '0'], ['doctor']]) {
        expect(refusedWith(await latchkey([...verb, '--data', data]))).toMatch(
          /belongs to another user \(uid 65534\)/,
        );
      }
      expect((await run('ls', ['-A', data])).stdout).toBe('');
    },
  );

  it('that is empty stays so where a verb is refused', async () => {
    const data = await folder();
    const verb = ['credential', 'list', '--data', data];
    expect(refusedWith(await latchkey(verb, { env: { NODE_COMPILE_CACHE: '' } }))).toMatch(/no host/);
    expect((await run('ls', ['-A', data])).stdout).toBe('');
  });

  it.skipIf(process.getuid?.() !== 0)('of root is refused to somebody else, with what to do', async () => {
    const outside = await folder();
    await run('chmod', ['755', outside]);
    const data = join(outside, 'data');
    await begin(data);
    const asNobody = (args: readonly string[]) =>
      run(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, main, ...args, '--data', data],
        {
          env: { LC_ALL: 'C.UTF-8', HOME: '/nonexistent' },
        },
      );
    for (const verb of [
      ['credential', 'list'],
      ['serve', '--port', '0'],
    ]) {
      expect(refusedWith(await asNobody(verb))).toMatch(/run this as (?:that|the) user/);
    }
    // Where not even the folder can be looked at.
    await run('chmod', ['700', outside]);
    expect(refusedWith(await asNobody(['credential', 'list']))).toMatch(/run this as the user/);
  });
});
