import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { LfsReader } from '../../../src/acts/lfs/packets.ts';
import { revokeSshKey } from '../../../src/acts/keys/ssh-keys.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { PacketDecoder, type Packet } from '../../../src/git/pkt-line.ts';
import { Problem } from '../../../src/problem.ts';
import { gitOk, workFolder } from '../../support/git.ts';
import { itWithGitLfs } from '../../support/git-lfs.ts';
import {
  describeWithSsh,
  newSshKey,
  ssh as runSsh,
  sshArguments,
  sshGit,
  sshGitOk,
  type SshKey,
} from '../../support/ssh.ts';
import { openDoor } from './door-host.ts';

const packet = (content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};
const line = (text: string): Buffer => packet(`${text}\n`);
const FLUSH = Buffer.from('0000');
const DELIMITER = Buffer.from('0001');

/** A request: its lines, and behind them others or bytes. */
const request = (lines: readonly string[], more?: readonly Buffer[]): Buffer =>
  Buffer.concat([...lines.map(line), ...(more === undefined ? [] : [DELIMITER, ...more]), FLUSH]);

interface Reply {
  readonly status: number;
  readonly given: readonly string[];
  readonly content: Buffer;
}

/** A conversation of git-lfs-transfer over the real client of OpenSSH. */
class Talk {
  readonly #child;
  readonly #decoder = new PacketDecoder();
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #end = Promise.withResolvers<{ readonly code: number | null; readonly stderr: string }>();

  constructor(door: { readonly port: number }, key: SshKey, command: string) {
    const args = [...sshArguments(key), '-p', String(door.port), 'git@127.0.0.1', command];
    this.#child = spawn('ssh', args, { stdio: 'pipe', env: { PATH: process.env['PATH'] ?? '' } });
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let stderr = '';
    this.#child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    this.#child.once('close', (code) => this.#end.resolve({ code, stderr }));
    this.#child.stdin.on('error', () => {});
  }

  get end() {
    return this.#end.promise;
  }

  say(bytes: Buffer): void {
    this.#child.stdin.write(bytes);
  }

  close(): void {
    this.#child.stdin.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #packet(): Promise<Packet | undefined> {
    for (;;) {
      const next = this.#decoder.next();
      if (next !== undefined) return next;
      const { value, done } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#decoder.push(value);
    }
  }

  /** Packets up to a flush, each with the mark before it. */
  async lines(): Promise<{ readonly before: Buffer[]; readonly behind: Buffer[] }> {
    const parts = { before: [] as Buffer[], behind: [] as Buffer[] };
    let at = parts.before;
    for (;;) {
      const next = await this.#packet();
      if (next === undefined) throw new Error(`The conversation ended: ${(await this.end).stderr}`);
      if (next.kind === 'flush') return parts;
      if (next.kind === 'delimiter') at = parts.behind;
      else if (next.kind === 'data') at.push(Buffer.from(next.payload));
    }
  }

  async ask(lines: readonly string[], more?: readonly Buffer[]): Promise<Reply> {
    this.say(request(lines, more));
    const { before, behind } = await this.lines();
    const [status = '', ...given] = before.map((each) => each.toString().trimEnd());
    return { status: Number(/^status (\d{3})$/.exec(status)?.[1]), given, content: Buffer.concat(behind) };
  }
}

const fileOf = (content: Buffer) => ({
  content,
  oid: createHash('sha256').update(content).digest('hex'),
  size: content.length,
});
const fresh = (bytes = 100_000) => fileOf(randomBytes(bytes));

describeWithSsh('Git LFS over SSH', () => {
  let door: Awaited<ReturnType<typeof openDoor>>;
  let ada: SshKey;
  const talks: Talk[] = [];

  beforeAll(async () => {
    door = await openDoor(inject('database'));
    ada = await newSshKey('ada');
    await door.sshKey('ada', ada.line);
  });
  afterEach(() => {
    for (const talk of talks.splice(0)) talk.kill();
  });

  const begin = async (way: string, key = ada, path = 'acme/app.git'): Promise<Talk> => {
    const talk = new Talk(door, key, `git-lfs-transfer ${path} ${way}`);
    talks.push(talk);
    const { before } = await talk.lines();
    expect(before.map(String)).toEqual(['version=1\n', 'locking\n']);
    expect((await talk.ask(['version 1'])).status).toBe(200);
    return talk;
  };
  const refusedAtOnce = async (way: string, key: SshKey, path?: string) => {
    const talk = new Talk(door, key, `git-lfs-transfer ${path ?? 'acme/app.git'} ${way}`);
    talks.push(talk);
    talk.close();
    return talk.end;
  };
  const put = (talk: Talk, { oid, content, size }: ReturnType<typeof fileOf>) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < content.length; at += 32_768) parts.push(packet(content.subarray(at, at + 32_768)));
    return talk.ask([`put-object ${oid}`, `size=${size}`], parts);
  };
  /** What lies in the folder for files of acme/app, those on their way included. */
  const stored = (): string[] => {
    const folder = join(door.host.services.storage.pathOf(door.appId, 'repository'), 'lfs');
    return existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => name)
      : [];
  };

  it('files are brought and fetched as they were', async () => {
    const file = fresh();
    const up = await begin('upload');
    const asked = await up.ask(
      ['batch', 'transfer=ssh', 'hash-algo=sha256'],
      [line(`${file.oid} ${file.size}`)],
    );
    expect([asked.status, asked.given, asked.content.toString()]).toEqual([
      200,
      ['hash-algo=sha256'],
      `${file.oid} ${file.size} upload\n`,
    ]);
    expect((await up.ask([`verify-object ${file.oid}`, `size=${file.size}`])).status).toBe(404);
    expect((await put(up, file)).status).toBe(200);
    expect((await up.ask([`verify-object ${file.oid}`, `size=${file.size}`])).status).toBe(200);
    expect((await up.ask([`verify-object ${file.oid}`, 'size=1'])).status).toBe(422);
    expect((await up.ask(['batch'], [line(`${file.oid} ${file.size}`)])).content.toString()).toBe(
      `${file.oid} ${file.size} noop\n`,
    );
    expect((await up.ask(['quit'])).status).toBe(200);
    expect((await up.end).code).toBe(0);

    const down = await begin('download');
    const absent = fresh();
    const offered = await down.ask(
      ['batch'],
      [line(`${file.oid} ${file.size}`), line(`${absent.oid} ${absent.size}`)],
    );
    expect(offered.content.toString()).toBe(
      `${file.oid} ${file.size} download\n${absent.oid} ${absent.size} download\n`,
    );
    const got = await down.ask([`get-object ${file.oid}`, `size=${file.size}`]);
    expect([got.status, got.given]).toEqual([200, [`size=${file.size}`]]);
    expect(got.content.equals(file.content)).toBe(true);
    const missing = await down.ask([`get-object ${absent.oid}`]);
    expect([missing.status, missing.content.toString()]).toEqual([
      404,
      expect.stringContaining('not stored'),
    ]);
    // What was refused does not lead the conversation astray.
    expect((await down.ask([`get-object ${file.oid}`])).content.equals(file.content)).toBe(true);
  });

  it('T27: bytes of another name are refused, and the conversation goes on', async () => {
    const up = await begin('upload');
    const [file, other] = [fresh(), fresh()];
    const wrong = await put(up, { ...file, content: other.content });
    expect([wrong.status, wrong.content.toString()]).toEqual([422, expect.stringContaining(other.oid)]);
    expect(stored().filter((name) => name === file.oid)).toEqual([]);
    expect((await put(up, file)).status).toBe(200);
  });

  it('T24, T25: what is no way, or not this one, is refused and never taken for reading', async () => {
    const secret = fresh();
    await put(await begin('upload'), secret);
    for (const words of [
      ['git-lfs-transfer', 'acme/app.git'],
      ['git-lfs-transfer', 'acme/app.git', 'read'],
      ['git-lfs-transfer', 'acme/app.git', 'Download'],
      ['git-lfs-transfer', 'acme/app.git', 'download', 'upload'],
      ['git-lfs-transfer', '--help', 'download'],
      ['git-lfs-authenticate', 'acme/app.git', 'download'],
      ['git-lfs-authenticate', 'acme/app.git', 'anything'],
      ['git-lfs-transfer', 'acme/app.git/wiki', 'download'],
    ]) {
      const { stdout, code } = await runSsh(door, ada, words);
      expect({ stdout, code }, words.join(' ')).toEqual({ stdout: '', code: 1 });
    }
    const down = await begin('download');
    for (const command of ['put-object', 'verify-object', 'lock', 'unlock', 'delete-object', '']) {
      const reply = await down.ask([`${command} ${secret.oid}`, 'size=1', 'path=a.bin'], [packet('x')]);
      expect([command, reply.status]).toEqual([command, 422]);
    }
    const reading = await newSshKey('reading-place');
    await door.accessKey('acme/app', reading.line);
    const refused = await refusedAtOnce('upload', reading);
    expect(refused).toEqual({ code: 128, stderr: expect.stringContaining('read-only') });
    const its = await begin('download', reading);
    expect((await its.ask([`get-object ${secret.oid}`])).content.equals(secret.content)).toBe(true);
  });

  it('who sees no repository hears that there is none, as of one that there is not', async () => {
    const eve = await newSshKey('eve');
    await door.sshKey('eve', eve.line);
    for (const way of ['download', 'upload']) {
      const heard = [
        await refusedAtOnce(way, eve, 'acme/app.git'),
        await refusedAtOnce(way, eve, 'acme/none.git'),
      ];
      expect(heard[0]).toEqual(heard[1]);
      expect(heard[0]?.code).toBe(128);
    }
  });

  it('T23: a key that is revoked opens nothing from then on, in the middle of a conversation', async () => {
    const key = await newSshKey('revoked');
    const id = await door.sshKey('ada', key.line);
    const [file, late] = [fresh(), fresh()];
    await put(await begin('upload'), file);
    const down = await begin('download', key);
    const up = await begin('upload', key);
    expect((await down.ask([`get-object ${file.oid}`])).status).toBe(200);
    const { services } = door.host;
    await revokeSshKey(
      services,
      await enterAsOperator(services, 'ssh_key.revoke', [{ type: 'account', account: 'ada' }]),
      id,
    );
    for (const reply of [
      await down.ask([`get-object ${file.oid}`]),
      await down.ask(['batch'], [line(`${file.oid} ${file.size}`)]),
      await down.ask(['list-lock']),
      await put(up, late),
      await up.ask(['lock', 'path=late.bin']),
    ]) {
      expect(reply.status).toBe(401);
      expect(reply.content.equals(file.content)).toBe(false);
    }
    expect(stored().filter((name) => name === late.oid)).toEqual([]);
  });

  it('files are locked, listed and unlocked', async () => {
    const up = await begin('upload');
    const made = await up.ask(['lock', 'path=art/one.psd', 'refname=refs/heads/main']);
    expect(made.status).toBe(201);
    const [, id = ''] = /^id=(.*)$/.exec(made.given[0] ?? '') ?? [];
    expect(made.given).toEqual([
      `id=${id}`,
      'path=art/one.psd',
      expect.stringMatching(/^locked-at=\d{4}-\d\d-\d\dT/),
      'ownername=ada',
    ]);
    expect((await up.ask(['lock', 'path=art/one.psd'])).status).toBe(409);
    for (const command of ['list-lock', 'list-locks']) {
      const listed = await up.ask([command]);
      expect(listed.content.toString().split('\n')).toEqual([
        `lock ${id}`,
        `path ${id} art/one.psd`,
        expect.stringMatching(/^locked-at /),
        `ownername ${id} ada`,
        `owner ${id} ours`,
        '',
      ]);
    }
    expect((await up.ask([`unlock ${id}`])).status).toBe(200);
    expect((await up.ask([`unlock ${id}`])).status).toBe(404);
  });

  it('a conversation that breaks off in a file leaves nothing of it', async () => {
    const up = await begin('upload');
    const file = fresh();
    up.say(Buffer.concat([line(`put-object ${file.oid}`), line(`size=${file.size}`), DELIMITER]));
    up.say(packet(file.content.subarray(0, 30_000)));
    const onTheirWay = () => stored().filter((name) => name.length === 24);
    await expect.poll(onTheirWay).toHaveLength(1);
    up.kill();
    await expect.poll(onTheirWay).toEqual([]);
    expect(stored()).not.toContain(file.oid);
  });

  it('lines that nobody writes are refused before many of them lie in memory', async () => {
    for (const [lines, more] of [
      [['batch'], [line(`${'a'.repeat(64)} 1 ${'x'.repeat(300)}`)]],
      [['lock', `path=${'x'.repeat(3000)}`], undefined],
      [[`unlock ${'x'.repeat(3000)}`], undefined],
      [['batch', ...Array.from({ length: 65 }, (_, index) => `a${index}=x`)], undefined],
    ] as const) {
      const up = await begin('upload');
      up.say(request(lines, more));
      up.close();
      const reply = await up.lines().catch(() => undefined);
      if (reply !== undefined) expect(reply.before.map(String)).toEqual(['status 422\n']);
      else expect((await up.end).stderr).toMatch(/^(?:A line has at most|A request has at most)/);
    }
    const up = await begin('upload');
    const many = await up.ask(
      ['batch'],
      Array.from({ length: 1001 }, () => line(`${'a'.repeat(64)} 1`)),
    );
    expect([many.status, many.content.toString()]).toEqual([422, expect.stringContaining('At most 1000')]);
    expect((await up.ask(['list-lock'])).status).toBe(200);
  });

  it('a client that goes away while it lets nothing be sent leaves nothing open', async () => {
    const file = fresh(1_000_000);
    await put(await begin('upload'), file);
    const open = () =>
      readdirSync('/proc/self/fd').filter((number) => {
        try {
          return readlinkSync(`/proc/self/fd/${number}`).endsWith(file.oid);
        } catch {
          return false;
        }
      });
    const client = new ssh2.Client();
    const socket = connect(door.port, '127.0.0.1');
    client.on('error', () => {});
    await new Promise<void>((resolve, reject) => {
      client.on('ready', () =>
        client.exec('git-lfs-transfer acme/app.git download', (error, channel) => {
          if (error !== undefined) return reject(error);
          // Nothing of the answer is taken: the client's window closes, and the server waits in the middle of the file.
          channel.pause();
          channel.write(request(['version 1']));
          for (let times = 0; times < 6; times++) channel.write(request([`get-object ${file.oid}`]));
          resolve();
        }),
      );
      client.connect({ sock: socket, username: 'git', privateKey: readFileSync(ada.path) });
    });
    await expect.poll(open, { timeout: 5000 }).toHaveLength(1);
    socket.destroy();
    await expect.poll(open, { timeout: 5000 }).toEqual([]);
  });

  it('what is no conversation is ended, and says so', async () => {
    for (const bytes of ['nonsense', '0000', `0006a\n`, 'ffff']) {
      const talk = new Talk(door, ada, 'git-lfs-transfer acme/app.git upload');
      talks.push(talk);
      await talk.lines();
      talk.say(Buffer.from(bytes));
      talk.close();
      const { code, stderr } = await talk.end;
      expect(code, bytes).toBe(128);
      expect(stderr).not.toMatch(/went wrong/);
    }
  });

  itWithGitLfs('git-lfs itself pushes and clones', async () => {
    const url = `${door.ssh}/acme/secret.git`;
    const work = workFolder('lfs-ssh');
    await gitOk(['init', '--quiet', '--initial-branch', 'main', work]);
    const here = { cwd: work };
    await gitOk(['lfs', 'install', '--local'], here);
    await gitOk(['lfs', 'track', '*.bin'], here);
    const content = randomBytes(1_000_000);
    writeFileSync(join(work, 'large.bin'), content);
    await gitOk(['add', '--all'], here);
    await gitOk(['commit', '--quiet', '--message', 'A large file'], here);
    await sshGitOk(ada, ['push', '--quiet', url, 'main'], here);
    const cloned = workFolder('lfs-ssh-clone');
    await sshGitOk(ada, ['clone', '--quiet', '--no-checkout', url, cloned]);
    await gitOk(['lfs', 'install', '--local'], { cwd: cloned });
    await sshGitOk(ada, ['checkout', '--quiet', 'main'], { cwd: cloned });
    expect(readFileSync(join(cloned, 'large.bin')).equals(content)).toBe(true);
    // A file that is not here is missed, and not passed over.
    writeFileSync(
      join(work, 'gone.bin'),
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'c'.repeat(64)}\nsize 7\n`,
    );
    await gitOk(['add', '--all'], here);
    await gitOk(['commit', '--quiet', '--message', 'A pointer to nothing'], here);
    await sshGitOk(ada, ['push', '--quiet', '--no-verify', url, 'main'], here);
    await sshGitOk(ada, ['fetch', '--quiet', url, 'main'], { cwd: cloned });
    // What is missed it asks for eight times, and waits longer each time.
    const once = ['-c', 'lfs.transfer.maxretries=1'];
    const fetched = await sshGit(ada, [...once, 'lfs', 'fetch', url, 'FETCH_HEAD'], { cwd: cloned });
    expect(fetched.code).not.toBe(0);
    expect(fetched.stderr).toContain('not stored here');
  });
});

describe('packets of git-lfs-transfer', () => {
  it('are read or refused, whatever they are', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        FLUSH,
        DELIMITER,
        line('batch'),
        line('put-object x'),
        line('size=1'),
        line(''),
        packet(''),
      ),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 40 }).map(line),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const reader = new LfsReader(
          (async function* () {
            yield* pieces;
          })(),
        );
        try {
          for (let found = await reader.request(); found !== undefined; found = await reader.request()) {
            expect(typeof found.command).toBe('string');
            await reader.skip();
          }
        } catch (error) {
          expect(error, String(error)).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
