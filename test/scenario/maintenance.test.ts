import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitFiles, git, gitOk, newRepository, realGit, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';

let server: TestServer;
let made: World;
let url: string;
let clone: string;

/** The one repository of these names on the disk. */
const folders = (): string[] =>
  readdirSync(join(server.data, 'repositories')).flatMap((shelf) =>
    readdirSync(join(server.data, 'repositories', shelf)).map((name) =>
      join(server.data, 'repositories', shelf, name),
    ),
  );
const packsOf = (path: string): string[] =>
  readdirSync(join(path, 'objects', 'pack')).filter((name) => name.endsWith('.pack'));
const bitmapsOf = (path: string): string[] =>
  readdirSync(join(path, 'objects', 'pack')).filter((name) => name.endsWith('.bitmap'));
const looseOf = (path: string): number =>
  readdirSync(join(path, 'objects'))
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .reduce((count, name) => count + readdirSync(join(path, 'objects', name)).length, 0);
const fsck = async (path: string): Promise<string> => {
  const { stdout, stderr, code } = await git(['-C', path, 'fsck', '--full', '--strict', '--no-dangling']);
  return code === 0 ? `${stdout}${stderr}` : `code ${code}: ${stdout}${stderr}`;
};

async function until(what: string, isTrue: () => boolean, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`${what} did not come about.\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A history that takes some time to pack: the clone of the repository, with so many more commits on its branch. */
function manyCommits(folder: string, count: number): void {
  const text = Array.from({ length: 200 }, (_, line) => `line ${line}`);
  const parts: string[] = [];
  for (let commit = 0; commit < count; commit += 1) {
    text[(commit * 7) % 200] = `changed ${commit} ${(commit * 7919) % 100_003}`;
    const body = text.join('\n');
    parts.push(
      `commit refs/heads/main\ncommitter a <a@example.org> ${1_700_000_000 + commit} +0000\ndata 6\nchange\n`,
      commit === 0 ? 'from refs/heads/main^0\n' : '',
      `M 100644 inline f${commit % 40}\ndata ${Buffer.byteLength(body)}\n${body}\n`,
    );
  }
  execFileSync('git', ['-C', folder, 'fast-import', '--quiet'], { input: parts.join('') });
}

beforeAll(async () => {
  server = await startServer({ environment: { LATCHKEY_MAINTENANCE_SECONDS: '1' } });
  made = world(server);
  const { secret } = await made.usual();
  url = made.cloneUrl('acme/app', 'ada', secret);
  path = folders()[0] ?? '';
  clone = await newRepository('app');
  await gitOk(['branch', '--force', '--move', 'main'], { cwd: clone });
  await gitOk(['push', '--quiet', url, 'main'], { cwd: clone });
});

let path = '';
const repository = (): string => path;

it('brings a repository into shape after its pushes, without anybody asking', async () => {
  manyCommits(clone, 1500);
  await gitOk(['push', '--quiet', url, 'main~3:main'], { cwd: clone });
  // What was packed together is removed after what it was packed into is there.
  await until(
    'A bitmap, and one pack',
    () => bitmapsOf(repository()).length === 1 && packsOf(repository()).length === 1,
  );
  await gitOk(['push', '--quiet', url, 'main'], { cwd: clone });
  expect(packsOf(repository())).toHaveLength(1);
  // What came after it is three commits, which are left as they are.
  expect(looseOf(repository())).toBeGreaterThan(0);
  expect(existsSync(join(repository(), 'objects', 'info', 'commit-graphs'))).toBe(true);
  expect(await fsck(repository())).toBe('');
  const again = await server.cli(['maintain', 'acme/app']);
  expect(again.stdout).toMatch(/^acme\/app: needs nothing; 1 pack, \d+ loose objects, bitmap/);
  expect((await server.cli(['doctor'])).stdout).toMatch(/acme\/app: in order; 1 pack, .*; tidied 20/);
});

it('packs while clones and pushes run, and every clone is whole', async () => {
  const head = await gitOk(['rev-parse', 'main'], { cwd: clone });
  let isOver = false;
  const packing = (async () => {
    let times = 0;
    while (!isOver) {
      const { code, stderr } = await server.cli(['maintain', 'acme/app', '--whole']);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      times += 1;
    }
    return times;
  })();
  const cloning = Array.from({ length: 4 }, async (_, number) => {
    const to = workFolder(`clone-${number}`);
    await gitOk(['clone', '--quiet', '--bare', url, to]);
    expect(await fsck(to)).toBe('');
    expect(await gitOk(['merge-base', '--is-ancestor', head, 'main'], { cwd: to })).toBe('');
  });
  const pushing = (async () => {
    for (let number = 0; number < 8; number += 1) {
      await commitFiles(clone, { 'pushed.txt': `${number}\n` });
      await gitOk(['push', '--quiet', url, 'main', `main:refs/heads/branch-${number}`], { cwd: clone });
    }
  })();
  await Promise.all([...cloning, pushing]);
  isOver = true;
  expect(await packing).toBeGreaterThan(0);
  expect(await fsck(repository())).toBe('');
  const tip = await gitOk(['rev-parse', 'main'], { cwd: clone });
  const listed = await gitOk(['ls-remote', url]);
  for (let number = 0; number < 8; number += 1) expect(listed).toContain(`refs/heads/branch-${number}`);
  expect(listed).toContain(`${tip}\trefs/heads/main`);
});

it('loses no push to the removal of empty folders of objects, between their making and their first object', async () => {
  let isOver = false;
  // What packing does at its end, all the time.
  const pruning = Promise.all(
    [1, 2].map(async () => {
      while (!isOver) await gitOk(['-C', repository(), 'prune-packed', '--quiet']);
    }),
  );
  try {
    for (let number = 0; number < 20; number += 1) {
      await commitFiles(clone, { 'pruned.txt': `${number}\n` });
      await gitOk(['push', '--quiet', url, 'main'], { cwd: clone });
    }
  } finally {
    isOver = true;
    await pruning;
  }
  const to = workFolder('after-pruning');
  await gitOk(['clone', '--quiet', '--bare', url, to]);
  expect(await fsck(to)).toBe('');
  expect(await gitOk(['rev-parse', 'main'], { cwd: to })).toBe(
    await gitOk(['rev-parse', 'main'], { cwd: clone }),
  );
});

it('can be killed in the middle, and goes on later', async () => {
  for (const after of [150, 400, 700]) {
    const main = join(process.cwd(), 'dist/main.js');
    const child = spawn(process.execPath, [main, 'maintain', 'acme/app', '--whole', '--data', server.data], {
      detached: true,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, after));
    child.kill('SIGKILL');
    await ended;
  }
  const { stdout, code } = await server.cli(['maintain', 'acme/app', '--whole']);
  expect(code).toBe(0);
  expect(stdout).toContain('1 pack');
  expect(await fsck(repository())).toBe('');
});

it('removes what killed processes left, and nothing that is young or somebody else’s', async () => {
  const old = new Date(Date.now() - 2 * 24 * 3600_000);
  const leave = (name: string, text: string, time?: Date): string => {
    const file = join(path, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    if (time !== undefined) {
      utimesSync(file, time, time);
      utimesSync(join(file, '..'), time, time);
    }
    return file;
  };
  const gone = [
    leave('objects/tmp_objdir-incoming-abc/pack/x', 'x', old),
    leave('objects/pack/tmp_pack_abcdef', 'x', old),
    leave('objects/pack/.tmp-123-pack-abc.pack', 'x', old),
    // No process has such a number; with what it left the next repack fails, and so it does not wait a day.
    leave('objects/pack/.tmp-4194305-pack-abc.pack', 'x'),
    leave('objects/ab/tmp_obj_123456', 'x', old),
    leave('objects/pack/multi-pack-index.lock', '', old),
    leave('refs/heads/branch-1.lock', '', old),
    leave('packed-refs.lock', '', old),
    leave(`objects/pack/pack-${'a'.repeat(40)}.keep`, 'receive-pack 12 on host', old),
  ];
  utimesSync(join(path, 'objects/tmp_objdir-incoming-abc'), old, old);
  const stays = [
    leave('objects/tmp_objdir-incoming-def/pack/x', 'x'),
    leave('objects/pack/tmp_pack_fedcba', 'x'),
    leave(`objects/pack/.tmp-${process.pid}-pack-abc.idx`, 'x'),
    leave(`objects/pack/pack-${'b'.repeat(40)}.keep`, 'mine', old),
  ];
  const { stdout } = await server.cli(['maintain', 'acme/app']);
  expect(stdout).toContain('leftovers of killed processes removed');
  expect(gone.filter((file) => existsSync(file))).toEqual([]);
  expect(stays.filter((file) => !existsSync(file))).toEqual([]);
  await gitOk(['push', '--quiet', url, ':branch-1'], { cwd: clone });
});

it('packs refs while they are read and moved: nobody misses one', async () => {
  const tip = await gitOk(['rev-parse', 'main'], { cwd: clone });
  const refs = Array.from({ length: 1000 }, (_, number) => `create refs/tags/t${number} ${tip}\n`).join('');
  await gitOk(['-C', path, 'update-ref', '--stdin'], { input: refs });
  const listings: Promise<void>[] = [];
  for (let number = 0; number < 8; number += 1) {
    listings.push(
      gitOk(['ls-remote', '--tags', url]).then((listed) => {
        expect(listed.split('\n')).toHaveLength(1000);
      }),
    );
    if (number === 2) listings.push(made.do(['maintain', 'acme/app']).then(() => {}));
    if (number % 4 === 3) {
      await commitFiles(clone, { 'moved.txt': `${number}\n` });
      await gitOk(['push', '--quiet', url, 'main'], { cwd: clone });
    }
  }
  await Promise.all(listings);
  await until('Packed refs', () => statSync(join(path, 'packed-refs')).size > 50_000);
  expect(await fsck(path)).toBe('');
});

it('takes a hundred thousand refs', async () => {
  const before = new Set(folders());
  await made.repository('acme/refs');
  const many = folders().find((folder) => !before.has(folder)) ?? '';
  const remote = url.replace('acme/app', 'acme/refs');
  await gitOk(['push', '--quiet', remote, 'main'], { cwd: clone });
  const tip = await gitOk(['rev-parse', 'main'], { cwd: clone });
  const lines = Array.from({ length: 100_000 }, (_, number) => `${tip} refs/tags/n/${number}`).toSorted();
  writeFileSync(
    join(many, 'packed-refs'),
    `# pack-refs with: peeled fully-peeled sorted \n${lines.join('\n')}\n`,
  );
  const more = Array.from({ length: 60 }, (_, number) => `create refs/heads/b${number} ${tip}\n`).join('');
  await gitOk(['-C', many, 'update-ref', '--stdin'], { input: more });
  const { stdout, code } = await server.cli(['maintain', 'acme/refs']);
  expect(code).toBe(0);
  expect(stdout).toContain('refs');
  expect((await gitOk(['ls-remote', remote])).split('\n')).toHaveLength(100_000 + 60 + 2);
  expect(await gitOk(['-C', many, 'for-each-ref', '--format=x', 'refs/heads'])).toBe(
    Array.from({ length: 61 }, () => 'x').join('\n'),
  );
});

it('goes on with the others where one cannot be maintained, and does not try that one again and again', async () => {
  const makeAndPush = async (name: string): Promise<string> => {
    const before = new Set(folders());
    await made.do(['repository', 'create', `acme/${name}`]);
    const [created] = folders().filter((folder) => !before.has(folder));
    const from = await newRepository(`from-${name}`);
    manyCommits(from, 1500);
    if (name === 'stuck') mkdirSync(join(created ?? '', 'latchkey-upkeep.json'));
    await gitOk(['push', '--quiet', url.replace('/acme/app', `/acme/${name}`), 'main'], { cwd: from });
    return created ?? '';
  };
  const stuck = await makeAndPush('stuck');
  await until('Its turn', () => bitmapsOf(stuck).length === 1);
  const behind = await makeAndPush('behind');
  await until('That of the other', () => bitmapsOf(behind).length === 1);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect(
    server.output().match(/"name":"acme\/stuck","data":"repository","msg":"It could not be maintained/g),
  ).toHaveLength(1);
  // The verb as well.
  const { stdout, stderr, code } = await server.cli(['maintain', '--all', '--whole']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^acme\/stuck: FAILED: .*latchkey-upkeep\.json/m);
  expect(stdout).toMatch(/^acme\/behind: 1 pack/m);
  expect(stderr).toBe('latchkey: 1 of these could not be brought into shape.\n');
});

describe('latchkey repository purge', () => {
  it('removes at once what no ref leads to, and nothing else', async () => {
    await commitFiles(clone, { 'secret.txt': 'a secret that was pushed\n' }, 'A secret');
    const leaked = await gitOk(['rev-parse', 'HEAD'], { cwd: clone });
    await gitOk(['push', '--quiet', url, 'HEAD:refs/heads/leak'], { cwd: clone });
    await made.do(['maintain', 'acme/app', '--whole']);
    await gitOk(['push', '--quiet', url, ':leak'], { cwd: clone });
    await gitOk(['reset', '--quiet', '--hard', 'HEAD~1'], { cwd: clone });
    // Gone from the refs, but still there to whoever knows its id; maintenance keeps it.
    await made.do(['maintain', 'acme/app', '--whole']);
    expect((await git(['-C', repository(), 'cat-file', '-t', leaked])).stdout).toBe('commit\n');
    const said = await made.do(['repository', 'purge', 'acme/app']);
    expect(said).toMatch(/^Purged acme\/app: .* before, 1 pack, 0 loose objects, bitmap now\.$/);
    expect((await git(['-C', repository(), 'cat-file', '-t', leaked])).code).not.toBe(0);
    expect(await fsck(repository())).toBe('');
    const stranger = await newRepository('stranger');
    const asked = await git(['fetch', '--quiet', url, leaked], { cwd: stranger });
    expect(asked.code).not.toBe(0);
    expect(asked.stderr).toContain('not our ref');
  });

  it('lets no push pass that may build on what it removed, and every later one', async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await commitFiles(clone, { 'after.txt': 'after\n' });
    const refused = await git(['push', url, 'main'], { cwd: clone });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('What nothing leads to was just removed from this repository');
    const mark = join(repository(), 'latchkey-pruned');
    const earlier = new Date(Date.now() - 11_000);
    utimesSync(mark, earlier, earlier);
    await gitOk(['push', '--quiet', url, 'main'], { cwd: clone });
    expect(await fsck(repository())).toBe('');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'takes its Git along when it ends by %s',
    async (signal) => {
      const folder = workFolder(`slow-${signal}`);
      mkdirSync(folder);
      const begun = join(folder, 'pid');
      // As a repack that takes long.
      const script = `#!/bin/sh\ncase " $* " in *' repack '*) echo $$ >'${begun}'; exec sleep 600 ;; esac\nexec '${realGit()}' "$@"\n`;
      writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
      const child = spawn(
        process.execPath,
        [join(process.cwd(), 'dist/main.js'), 'repository', 'purge', 'acme/app', '--data', server.data],
        {
          env: { ...server.environment, PATH: `${folder}:${process.env['PATH']}` },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(code ?? by)));
      const isThere = (pid: string) => existsSync(`/proc/${pid}`);
      await until('The repack', () => existsSync(begun) && readFileSync(begun, 'utf8').endsWith('\n'));
      const pid = readFileSync(begun, 'utf8').trim();
      expect(isThere(pid)).toBe(true);
      child.kill(signal);
      expect(await ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 1);
      // By itself it is there for ten minutes.
      await until('Its end', () => !isThere(pid));
      if (signal !== 'SIGKILL') expect(said).toBe('latchkey: Stopped before all was done.\n');
      expect(await fsck(repository())).toBe('');
    },
  );

  it('refuses what is not there', async () => {
    const { code, stderr } = await server.cli(['repository', 'purge', 'acme/none']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^latchkey: /);
  });
});
