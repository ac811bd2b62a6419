import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository, workFolder } from '../support/git.ts';
import { run } from '../support/run.ts';
import { boundsWorld, type BoundsWorld, type Key } from './bounds-world.ts';
import { basic, contentType, flush, packet, isAnywhere, send, traces } from './git-wire.ts';

let at: BoundsWorld;
let count = 0;
let local: string;

beforeAll(async () => {
  at = await boundsWorld({ database: 'sqlite', arguments: ['--trusted-proxy', '127.0.0.1'] });
  local = await newRepository('use');
});

const fresh = () => commitFiles(local, { 'counted.txt': `${(count += 1)}\n` });
const rest = (path: string, key: Key | undefined, headers: Record<string, string> = {}) =>
  send(at.server, `/2.0/repositories/${path}`, {
    headers: { ...(key && { authorization: basic(key.user, key.secret) }), ...headers },
  });
const listed = async (key: Key): Promise<readonly string[]> => {
  const all = (await at.made.credentials({ user: 'ada' })) as { id: string; bounds: string[] }[];
  return all.find(({ id }) => id === key.id)?.bounds ?? [];
};
/** What Git sends to make `git push` come from somewhere else, through the trusted proxy. */
const from = (address: string): string[] => ['-c', `http.extraHeader=X-Forwarded-For: ${address}`];

describe('a key for one push', () => {
  it('pushes once, and reads as before and after', async () => {
    const path = await at.repository();
    const key = await at.key(['--one-push']);
    const url = at.url(path, key);
    await gitOk(['ls-remote', url]);
    const id = await fresh();
    await gitOk(['push', url, 'HEAD:refs/heads/one'], { cwd: local });
    expect(await listed(key)).toEqual(['at most 1 push (1 used)']);
    await fresh();
    const { code, stderr } = await git(['push', url, 'HEAD:refs/heads/two'], { cwd: local });
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      `remote: ${key.id} may not push to a repository here: it was good for 1 push, and has pushed.`,
    );
    expect(await at.refs(path)).toMatchObject({ 'refs/heads/one': id });
    expect((await at.refs(path))['refs/heads/two']).toBeUndefined();
    await gitOk(['clone', '-q', url, workFolder(`once-${count}`)]);
  });

  it('is not spent by a push of which nothing may move', async () => {
    const path = await at.repository();
    const key = await at.key(['--one-push', '--ref', 'refs/heads/ok', '--path', 'docs/**']);
    await fresh();
    for (const ref of ['refs/heads/other', 'refs/heads/ok']) {
      expect((await git(['push', at.url(path, key), `HEAD:${ref}`], { cwd: local })).code).not.toBe(0);
    }
    expect(await listed(key)).toContain('at most 1 push');
  });

  it('changes nothing else', async () => {
    const path = await at.repository();
    const key = await at.key(['--one-push'], ['repository:admin', 'repository:write']);
    const answer = await send(at.server, `/2.0/repositories/${path}`, {
      method: 'PUT',
      headers: { authorization: basic('ada', key.secret), 'content-type': 'application/json' },
      body: '{"description":"x"}',
    });
    expect(answer.status).toBe(403);
  });

  it('of fifty at once, three succeed where three are allowed', async () => {
    const path = await at.repository();
    const key = await at.key(['--uses', '3']);
    const id = await fresh();
    await gitOk(['push', at.url(path), `${id}:refs/heads/base`], { cwd: local });
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        git(['push', at.url(path, key), `${id}:refs/heads/n${i}`], { cwd: local }),
      ),
    );
    expect(done.filter(({ code }) => code === 0)).toHaveLength(3);
    expect(Object.keys(await at.refs(path)).filter((ref) => /\/n\d+$/.test(ref))).toHaveLength(3);
    for (const { code, stderr } of done) {
      // Who came after the last use was claimed was refused with its request, of which Git shows the status alone.
      if (code !== 0) expect(stderr).toMatch(/it was good for 3 uses, and they are used up\.|HTTP 403/);
    }
    expect(await listed(key)).toEqual(['at most 3 uses (3 used)']);
  });
});

describe('a key for so many uses', () => {
  it.each(['GET', 'POST'] as const)('may be used as often as it says, by %s too', async (method) => {
    const path = await at.repository();
    const key = await at.key(['--uses', '1']);
    const ask = () =>
      send(at.server, `/2.0/repositories/${path}/commits`, {
        method,
        headers: { authorization: basic(key.user, key.secret) },
      });
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(403);
    expect(await listed(key)).toEqual(['at most 1 use (1 used)']);
  });

  it('counts REST requests, and tells when they are used up', async () => {
    const path = await at.repository();
    const key = await at.key(['--uses', '2'], ['repository']);
    expect((await rest(path, key)).status).toBe(200);
    expect((await rest('acme/nothing', key)).status).toBe(404);
    expect((await rest(path, key)).status).toBe(200);
    const answer = await rest(path, key);
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain('it was good for 2 uses, and they are used up');
    expect(answer.body.toString()).toContain(key.id);
  });

  it.each(['0', '1', '2'])(
    'counts in version %s a fetch that brings a pack, and nothing before',
    async (version) => {
      const path = await at.repository();
      const key = await at.key(['--uses', '2']);
      const url = at.url(path, key);
      const speak = ['-c', `protocol.version=${version}`];
      const folder = workFolder(`uses-${version}`);
      await gitOk([...speak, 'ls-remote', url]);
      await gitOk([...speak, 'clone', '-q', url, folder]);
      expect(await listed(key)).toEqual(['at most 2 uses (1 used)']);
      // Nothing new: no pack, no use.
      await gitOk([...speak, 'fetch', '-q'], { cwd: folder });
      expect(await listed(key)).toEqual(['at most 2 uses (1 used)']);
      await fresh();
      await gitOk(['push', at.url(path), '+HEAD:refs/heads/main'], { cwd: local });
      await gitOk([...speak, 'fetch', '-q'], { cwd: folder });
      expect(await listed(key)).toEqual(['at most 2 uses (2 used)']);
      const { code, stderr } = await git([...speak, 'fetch'], { cwd: folder });
      expect(code).not.toBe(0);
      expect(stderr).toContain(
        `${key.id} may not clone or fetch a repository here: it was good for 2 uses, and they are used up.`,
      );
    },
  );

  it.each(['0', '1', '2'])(
    'of twenty clones at once in version %s, as many succeed as it is good for',
    async (version) => {
      const path = await at.repository();
      const key = await at.key(['--uses', '3']);
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          git([
            '-c',
            `protocol.version=${version}`,
            'clone',
            at.url(path, key),
            workFolder(`many-${version}-${i}`),
          ]),
        ),
      );
      expect(done.filter(({ code }) => code === 0)).toHaveLength(3);
      for (const { code, stderr } of done) {
        if (code !== 0) expect(stderr).toMatch(/it was good for 3 uses, and they are used up|HTTP 403/);
      }
      expect(await listed(key)).toEqual(['at most 3 uses (3 used)']);
    },
  );

  it('ends a fetch that comes too late with an error packet, before the first byte of the pack', async () => {
    const path = await at.repository();
    const [id = ''] = Object.values(await at.refs(path));
    for (const [version, body] of [
      [
        'version=2',
        Buffer.concat([
          packet('command=fetch'),
          Buffer.from('0001'),
          packet('ofs-delta'),
          packet(`want ${id}\n`),
          packet('done\n'),
          flush,
        ]),
      ],
      ['', Buffer.concat([packet(`want ${id} side-band-64k ofs-delta\n`), flush, packet('done\n')])],
      ['', Buffer.concat([packet(`want ${id} ofs-delta\n`), flush, packet('done\n')])],
    ] as const) {
      const key = await at.key(['--uses', '1']);
      const once = () =>
        send(at.server, `/${path}.git/git-upload-pack`, {
          headers: {
            authorization: basic('ada', key.secret),
            'git-protocol': version,
            ...contentType('git-upload-pack'),
          },
          body,
        });
      const answers = await Promise.all([once(), once(), once(), once()]);
      const packs = answers.filter(({ body: text }) => text.includes('PACK'));
      expect(packs).toHaveLength(1);
      for (const answer of answers) {
        if (packs.includes(answer)) continue;
        if (answer.status === 403) continue;
        expect(answer.body.toString('latin1')).toMatch(/^[0-9a-f]{4}ERR cred_\w+ may not clone or fetch/);
      }
    }
  });

  it('every other key is not looked at: nothing is written for it', async () => {
    const path = await at.repository();
    await gitOk(['clone', '-q', at.url(path), workFolder(`free-${count}`)]);
    expect(at.server.output()).not.toMatch(/error/i);
  });
});

describe('a key for so many bytes', () => {
  const sizes = async (limit: number, files: Record<string, string>) => {
    const path = await at.repository(local);
    const key = await at.key(['--max-bytes', String(limit)]);
    const id = await commitFiles(local, files);
    const outcome = await git(['push', at.url(path, key), 'HEAD:refs/heads/big', 'HEAD:refs/heads/big2'], {
      cwd: local,
    });
    return { path, key, id, ...outcome };
  };

  it('takes what is below, and refuses what is above: in words, in whole, with nothing left', async () => {
    const below = await sizes(100_000, { 'small.txt': 'x' });
    expect(below.code).toBe(0);
    const noise = () => randomBytes(60_000).toString('base64');
    const cases: Record<string, string>[] = [
      { 'big.bin': noise() },
      // More objects than Git unpacks one by one.
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [`many/${i}`, randomBytes(300).toString('base64')]),
      ),
    ];
    for (const files of cases) {
      const { path, key, id, code, stderr } = await sizes(50_000, files);
      expect(code).not.toBe(0);
      const says = `${key.id}: it may push at most 50000 bytes at a time, and this push is larger.`;
      expect(stderr).toContain(`remote: ${says}`);
      expect(stderr).toContain(`! [remote rejected] HEAD -> big (${says})`);
      expect(stderr).toContain(`! [remote rejected] HEAD -> big2 (${says})`);
      expect(Object.keys(await at.refs(path))).toEqual(['refs/heads/main']);
      expect(await isAnywhere(at.server, id)).toBe(false);
      await gitOk(['reset', '-q', '--hard', 'HEAD~1'], { cwd: local });
    }
    expect(traces(at.server)).toEqual([]);
  });

  it('is exact to the byte', async () => {
    const path = await at.repository();
    const cwd = workFolder(`exact-${count}`);
    await gitOk(['clone', '-q', at.url(path), cwd]);
    await commitFiles(cwd, { 'x.bin': randomBytes(3000).toString('base64') });
    const pack = await run(
      'git',
      ['pack-objects', '--stdout', '--revs', '--thin', '--delta-base-offset', '-q'],
      {
        cwd,
        input: 'HEAD\n^HEAD~1\n',
      },
    );
    const { stdout } = await run(
      'sh',
      [
        '-c',
        'printf "HEAD\\n^HEAD~1\\n" | git pack-objects --stdout --revs --thin --delta-base-offset -q | wc -c',
      ],
      { cwd },
    );
    expect(pack.code).toBe(0);
    const size = Number(stdout.trim());
    const tight = await at.key(['--max-bytes', String(size - 1)]);
    expect((await git(['push', at.url(path, tight), 'HEAD:refs/heads/x'], { cwd })).stderr).toContain(
      `at most ${size - 1} bytes`,
    );
    const fits = await at.key(['--max-bytes', String(size)]);
    await gitOk(['push', at.url(path, fits), 'HEAD:refs/heads/x'], { cwd });
  });

  it('may delete and create where nothing is sent', async () => {
    const path = await at.repository();
    const key = await at.key(['--max-bytes', '1']);
    const [id = ''] = Object.values(await at.refs(path));
    const clone = workFolder(`nothing-${count}`);
    await gitOk(['clone', '-q', at.url(path), clone]);
    await gitOk(['push', at.url(path), `${id}:refs/heads/goes`], { cwd: clone });
    await gitOk(['push', at.url(path, key), ':refs/heads/goes'], { cwd: clone });
    expect(Object.keys(await at.refs(path))).toEqual(['refs/heads/main']);
    rmSync(clone, { recursive: true });
  });
});

describe('a key for a network', () => {
  it('is used from there, as the trusted proxy says, and from nowhere else', async () => {
    const path = await at.repository();
    const key = await at.key(['--from', '192.0.2.0/24', '--from', '2001:db8::/32']);
    const url = at.url(path, key);
    const says = (address: string) =>
      `it may be used from 192.0.2.0/24, 2001:db8::/32 only, and this came from ${address}`;
    for (const address of ['192.0.2.9', '2001:db8::7', '203.0.113.1, 192.0.2.9', '::ffff:192.0.2.9']) {
      await gitOk([...from(address), 'ls-remote', url]);
      expect((await rest(path, key, { 'x-forwarded-for': address })).status).toBe(200);
    }
    for (const [address, seen] of [
      ['198.51.100.1', '198.51.100.1'],
      // Only the last hop is the proxy's own word; what stands before it anybody could have sent.
      ['192.0.2.9, 198.51.100.1', '198.51.100.1'],
      ['2001:db9::1', '2001:db9::1'],
      ['nonsense', 'nonsense'],
    ] as const) {
      const { code, stderr } = await git([...from(address), 'ls-remote', url]);
      expect(code).not.toBe(0);
      expect(stderr).toContain(says(seen));
      const answer = await rest(path, key, { 'x-forwarded-for': address });
      expect(answer.status).toBe(403);
      expect(answer.body.toString()).toContain(says(seen));
    }
    // Without the header it is the proxy itself that asks.
    expect((await git(['ls-remote', url])).stderr).toContain(says('127.0.0.1'));
    for (const header of ['x-real-ip', 'forwarded', 'x-client-ip', 'cf-connecting-ip', 'true-client-ip']) {
      const value = header === 'forwarded' ? 'for=192.0.2.9' : '192.0.2.9';
      expect((await rest(path, key, { [header]: value })).status).toBe(403);
    }
  });

  it('only observed, is refused nothing, and what would have been is on record', async () => {
    const path = await at.repository();
    const key = await at.key(['--from', '192.0.2.0/24', '--observe']);
    expect(await listed(key)).toEqual(['from 192.0.2.0/24 (observed, not refused)']);
    await fresh();
    await gitOk([...from('198.51.100.1'), 'push', at.url(path, key), 'HEAD:refs/heads/x'], { cwd: local });
    for (let i = 0; i < 3; i++)
      expect((await rest(path, key, { 'x-forwarded-for': '203.0.113.5' })).status).toBe(200);
    expect((await rest(path, key, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(200);
    const observations = async () =>
      JSON.parse(await at.made.do(['credential', 'observations', key.id, '--json'])) as Record<
        string,
        unknown
      >[];
    // Written in batches: a part of them may come first.
    const counted = async () => (await observations()).reduce((sum, { count }) => sum + Number(count), 0);
    await expect.poll(counted, { timeout: 15_000, interval: 500 }).toBe(5);
    const seen = await observations();
    expect(seen.find(({ address }) => address === '203.0.113.5')).toMatchObject({
      operation: 'source.read',
      count: 3,
    });
    // Asked for what is there, and then pushed: decided more often, but asked twice.
    expect(seen.find(({ address }) => address === '198.51.100.1')).toMatchObject({
      operation: 'repository.push',
      count: 2,
    });
    expect(JSON.stringify(seen)).not.toContain('192.0.2.1');
    expect(await at.made.do(['credential', 'observations', key.id])).toMatch(
      /203\.0\.113\.5 {2}source\.read {2}3 times/,
    );
    const unknown = await at.server.cli(['credential', 'observations', 'cred_nobody']);
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('There is no credential cred_nobody.'),
    ]);
  });
});

describe('a key for a time', () => {
  const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  /** Three days from now: open then, and certainly not now. */
  const notNow = () => `${names[(new Date().getUTCDay() + 3) % 7]} 00:00-24:00 UTC`;

  it('is of no use outside its windows, which can be laid upon it while it lives', async () => {
    const path = await at.repository();
    const key = await at.key(['--window', 'daily 00:00-24:00 Europe/Berlin']);
    await gitOk(['ls-remote', at.url(path, key)]);
    const window = notNow();
    await at.made.do(['credential', 'narrow', key.id, '--window', window]);
    const { code, stderr } = await git(['ls-remote', at.url(path, key)]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      `${key.id} may not clone or fetch a repository here: it may be used only in ${window}.`,
    );
    expect((await rest(path, key)).status).toBe(403);
    // Nothing that is laid upon it opens it again.
    await at.made.do(['credential', 'narrow', key.id, '--window', 'daily 00:00-24:00 UTC']);
    expect((await rest(path, key)).status).toBe(403);
    expect(await listed(key)).toEqual([
      'only daily 00:00-24:00 Europe/Berlin',
      `only ${window}`,
      'only daily 00:00-24:00 UTC',
    ]);
  });

  it('begins and ends at its minute', async () => {
    const path = await at.repository();
    const later = new Date(Date.now() + 3600_000).toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
    const early = await at.key(['--not-before', later]);
    const { code, stderr } = await git(['ls-remote', at.url(path, early)]);
    expect(code).not.toBe(0);
    const minute = later.slice(0, 16).replace('T', ' ');
    expect(stderr).toContain('remote: This credential may not be used yet.');
    expect(stderr).toContain(`(${early.id}) that may be used from ${minute} UTC on.`);
    expect((await rest(path, early)).status).toBe(403);
    const good = await at.key(['--not-before', '2020-01-01T00:00Z', '--expires', later]);
    expect((await rest(path, good)).status).toBe(200);
    for (const wrong of ['2027-02-31', '2027-03-31T12:00', 'tomorrow', '31.12.2027', '2027-13-01', '12']) {
      const refused = await at.server.cli([
        'app-password',
        'create',
        'ada',
        '--label',
        'x',
        '--scope',
        'repository',
        '--expires',
        wrong,
      ]);
      expect([wrong, refused.code]).toEqual([wrong, 1]);
      expect(refused.stderr).toContain(`"${wrong}" is no date: write it as 2027-03-31 or 2027-03-31T12:00Z.`);
    }
  });
});

describe('where a key may be used', () => {
  it('goes with the repository, its project and its workspace, wherever it moves', async () => {
    await at.made.do(['workspace', 'create', 'second', '--owner', 'ada']);
    const path = await at.repository();
    const other = await at.repository();
    const name = path.split('/')[1] ?? '';
    const inWorkspace = await at.key(['--workspace', 'acme']);
    const itself = await at.key(['--repository', path]);
    const elsewhere = await at.key(['--workspace', 'second']);
    const both = await at.key(['--repository', path, '--workspace', 'second']);
    const opens = async (key: Key, where: string) =>
      (await git(['ls-remote', at.url(where, key)])).code === 0;
    const table = async (where: string) =>
      Promise.all([inWorkspace, itself, elsewhere, both].map((key) => opens(key, where)));
    expect(await table(path)).toEqual([true, true, false, true]);
    expect(await table(other)).toEqual([true, false, false, false]);
    await at.made.do(['repository', 'transfer', path, 'second']);
    expect(await table(`second/${name}`)).toEqual([false, true, true, true]);
    const { stderr } = await git(['ls-remote', at.url(other, itself)]);
    expect(stderr).toContain('confined to chosen repositories, and this is none of them');
  });

  it('is written by names that exist', async () => {
    for (const [option, name, says] of [
      ['--workspace', 'nowhere', 'There is no workspace "nowhere".'],
      ['--repository', 'acme/nothing', 'There is no repository "acme/nothing": write WORKSPACE/NAME.'],
      ['--repository', 'acme/app/x', 'There is no repository "acme/app/x": write WORKSPACE/NAME.'],
      ['--repository', 'app', 'There is no repository "app": write WORKSPACE/NAME.'],
      ['--project', 'acme/NONE', 'There is no project "acme/NONE": write WORKSPACE/KEY.'],
      ['--project', 'acme', 'There is no project "acme": write WORKSPACE/KEY.'],
    ] as const) {
      const { code, stderr } = await at.server.cli([
        'app-password',
        'create',
        'ada',
        '--label',
        'x',
        '--scope',
        'repository',
        option,
        name,
      ]);
      expect([name, code, stderr.trim()]).toEqual([name, 1, expect.stringContaining(says)]);
    }
  });
});

describe('what cannot be meant', () => {
  it('is refused with a sentence, and nothing is made', async () => {
    const before = (await at.made.credentials({ user: 'ada' })).length;
    const many = Array.from({ length: 10_000 }, (_, i) => ['--ref', `refs/heads/${i}`]).flat();
    for (const [options, says] of [
      [many, 'A credential carries at most 200 patterns; 10000 were given. Say it with "*" and "**".'],
      [['--ref', 'main'], 'write refs/heads/main for a branch or refs/tags/main for a tag'],
      [
        ['--ref', 'refs/heads/a:sideways'],
        '"sideways" is no change of a ref: the changes are create, fast-forward, force, delete.',
      ],
      [['--ref', 'refs/heads/a:create:force'], 'more than one colon'],
      [['--ref', 'refs/heads/../tags/x'], 'a "." or ".." segment'],
      [['--ref', 'refs/hidden/x'], 'matches no ref that can be pushed: those begin with refs/heads/'],
      [['--path', '/etc'], 'begins or ends with "/"'],
      [['--path', 'a**'], '"**" must be a whole segment, as in docs/**'],
      [['--path', 'a//b'], 'it holds "//"'],
      [['--from', '10.0.0.1/8'], 'is no network: write an address or a prefix without bits behind it'],
      [['--from', 'localhost'], '"localhost" is no network'],
      [['--observe'], 'Observing needs networks to observe: give them with --from.'],
      [['--window', 'Mon 25:00-26:00 UTC'], 'is no window of time: write days, hours and a zone'],
      [['--window', 'Mon 08:00-09:00 Atlantis'], 'is no window of time'],
      [['--uses', '0'], 'Give a whole number of at least 1.'],
      [['--uses', '1.5'], 'Give a whole number of at least 1.'],
      [['--max-bytes', '-1'], 'Give a whole number of at least 1.'],
      [
        ['--not-before', '2030-01-01', '--expires', '2029-01-01'],
        'The first moment must lie before the expiry.',
      ],
    ] as const) {
      const { code, stderr, stdout } = await at.server.cli([
        'app-password',
        'create',
        'ada',
        '--label',
        'x',
        '--scope',
        'repository',
        ...options,
      ]);
      expect([says, code === 0, stdout]).toEqual([says, false, '']);
      expect(stderr).toContain(says);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    expect((await at.made.credentials({ user: 'ada' })).length).toBe(before);
  });
});

describe('narrowing a live key', () => {
  it('holds from the next request on, and nothing widens it', async () => {
    const path = await at.repository();
    const key = await at.key(['--ref', 'refs/heads/a', '--ref', 'refs/heads/b']);
    const url = at.url(path, key);
    const may = async (ref: string) => {
      await fresh();
      return (await git(['push', url, `+HEAD:refs/heads/${ref}`], { cwd: local })).code === 0;
    };
    expect([await may('a'), await may('b'), await may('c')]).toEqual([true, true, false]);
    const narrow = (...options: readonly string[]) =>
      at.server.cli(['credential', 'narrow', key.id, ...options]);
    expect(
      (await narrow('--ref', 'refs/heads/b:create,fast-forward,force,delete', '--ref', 'refs/heads/c'))
        .stdout,
    ).toContain(
      `Narrowed ${key.id}: pushes to refs/heads/b (create, fast-forward, force, delete), refs/heads/c (create, fast-forward).`,
    );
    expect([await may('a'), await may('b'), await may('c')]).toEqual([false, true, false]);
    expect((await git(['push', url, ':refs/heads/b'], { cwd: local })).code).not.toBe(0);
    await narrow('--ref', 'refs/**:create,fast-forward,force,delete');
    expect([await may('a'), await may('b'), await may('c')]).toEqual([false, true, false]);
    await narrow('--one-push');
    await narrow('--uses', '5');
    expect([await may('b'), await may('b')]).toEqual([true, false]);
  });

  it('says what is wrong, and changes nothing then', async () => {
    const key = await at.key([]);
    const nothing = await at.server.cli(['credential', 'narrow', key.id]);
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      expect.stringContaining('Say what the credential is to be confined to.'),
    ]);
    const bad = await at.server.cli(['credential', 'narrow', key.id, '--ref', 'main']);
    expect(bad.code).toBe(1);
    expect(await listed(key)).toEqual([]);
    await at.made.revoke(key.id);
    const ended = await at.server.cli(['credential', 'narrow', key.id, '--one-push']);
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining(`There is no active credential ${key.id} here.`),
    ]);
  });
});
