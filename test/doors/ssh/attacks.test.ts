import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { openDoor } from './door-host.ts';

/** Clients that do what no honest client does. They are made of the same library, bent where it has to be. */

interface Pair {
  readonly line: string;
  readonly privateKey: string;
}

/** The library leaves out the zeros that a key begins with: one of 256 that it makes is no key. */
function newPair(): Pair {
  for (;;) {
    const { public: line, private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(line) instanceof Error)) return { line, privateKey };
  }
}

/** An agent that shows one key and signs with another, or not at all. */
class TwoFaced extends ssh2.BaseAgent {
  readonly #shown: ssh2.ParsedKey;
  readonly #signing: ssh2.ParsedKey | null;

  constructor(shown: Pair, signing: Pair | null) {
    super();
    this.#shown = parsed(shown.line);
    this.#signing = signing === null ? null : parsed(signing.privateKey);
  }

  override getIdentities(answer: (error: Error | null | undefined, keys?: ssh2.ParsedKey[]) => void): void {
    answer(null, [this.#shown]);
  }

  override sign(
    _key: ssh2.ParsedKey,
    data: Buffer,
    options: unknown,
    answer?: (error: Error | null | undefined, signature?: Buffer) => void,
  ): void {
    const done = typeof options === 'function' ? (options as NonNullable<typeof answer>) : answer;
    if (this.#signing === null) done?.(new Error('Not today.'));
    else done?.(null, this.#signing.sign(data) as unknown as Buffer);
  }
}

function parsed(key: string): ssh2.ParsedKey {
  const read = ssh2.utils.parseKey(key);
  if (read instanceof Error) throw read;
  return Array.isArray(read) ? (read[0] as ssh2.ParsedKey) : read;
}

type Way = Record<string, unknown>;

describe('the SSH door under attack', () => {
  let door: Awaited<ReturnType<typeof openDoor>>;
  const ada = newPair();
  const bob = newPair();
  const stranger = newPair();

  beforeAll(async () => {
    door = await openDoor(inject('database'), {
      proofMs: 1_500,
      unprovenOfOneAddress: 6,
      connections: 12,
      offers: 4,
      failures: 3,
      sessions: 3,
      requests: 20,
      idleMs: 700,
      closingMs: 300,
      excess: 512 * 1024,
    });
    await door.sshKey('ada', ada.line);
    await door.sshKey('bob', bob.line);
  });

  /** Resolves with the client that was let in, or with null; every way of authenticating is taken once. */
  async function arrive(ways: readonly Way[]): Promise<ssh2.Client | null> {
    const client = new ssh2.Client();
    const left = [...ways];
    const isIn = new Promise<boolean>((resolve) => {
      client.once('ready', () => resolve(true));
      client.once('close', () => resolve(false));
      client.on('error', () => {});
    });
    client.connect({
      host: '127.0.0.1',
      port: door.port,
      username: 'git',
      readyTimeout: 10_000,
      authHandler: (_methods, _partial, next) => {
        const way = left.shift();
        next((way === undefined ? false : { username: 'git', ...way }) as never);
      },
    });
    return (await isIn) ? client : null;
  }

  const byKey = ({ privateKey }: Pair): Way => ({ type: 'publickey', key: privateKey });
  const byAgent = (shown: Pair, signing: Pair | null): Way => ({
    type: 'agent',
    agent: new TwoFaced(shown, signing),
  });

  /** Runs a command; resolves with what came of it. */
  async function exec(
    client: ssh2.Client,
    command: string | null,
    input = '',
  ): Promise<{ stdout: string; stderr: string; code: number | null }> {
    const stream = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      const opened = (error: Error | undefined, channel: ssh2.ClientChannel) =>
        error === undefined ? resolve(channel) : reject(error);
      if (command === null) client.shell(false, opened);
      else client.exec(command, opened);
    });
    const out = { stdout: '', stderr: '' };
    stream.on('data', (chunk: Buffer) => {
      out.stdout += chunk.toString('latin1');
    });
    stream.stderr.on('data', (chunk: Buffer) => {
      out.stderr += chunk.toString();
    });
    stream.end(input);
    const [code] = (await once(stream, 'close')) as [number | null | undefined];
    return { ...out, code: code ?? null };
  }

  it('T34: is never let in by a key that was only shown, and takes the person from the key that was proven', async () => {
    // Ada's key is known, and bob signs; or a stranger does; or nobody.
    expect(await arrive([byAgent(ada, bob)])).toBeNull();
    expect(await arrive([byAgent(ada, stranger)])).toBeNull();
    expect(await arrive([byAgent(ada, null)])).toBeNull();
    // Ada's key is shown and accepted as a candidate, then bob proves his own.
    for (const first of [byAgent(ada, null), byAgent(ada, bob), byAgent(ada, stranger)]) {
      const client = await arrive([first, byKey(bob)]);
      if (client === null) throw new Error('Bob was not let in.');
      expect((await exec(client, null)).stdout).toContain('as bob.');
      const pushed = await exec(client, "git-receive-pack 'acme/app.git'");
      expect(pushed).toMatchObject({ stdout: '', code: 128 });
      expect(pushed.stderr).toContain('You must have write access');
      client.end();
    }
    // Proving a key of one's own that is not known lets nobody in, whatever was shown before.
    expect(await arrive([byAgent(ada, null), byKey(stranger)])).toBeNull();
  });

  it('takes no password, and asks nothing that could be guessed', async () => {
    expect(await arrive([{ type: 'password', password: 'correct horse battery staple' }])).toBeNull();
    expect(
      await arrive([
        {
          type: 'keyboard-interactive',
          prompt: (
            _name: string,
            _instructions: string,
            _language: string,
            prompts: unknown[],
            finish: (answers: string[]) => void,
          ) => {
            expect(prompts).toEqual([]);
            finish(['correct horse battery staple']);
          },
        },
      ]),
    ).toBeNull();
    expect(await arrive([{ type: 'none' }])).toBeNull();
  });

  it('ends the connection of who offers too many keys, or tries too often', async () => {
    const many = Array.from({ length: 8 }, () => byKey(newPair()));
    expect(await arrive([...many, byKey(ada)])).toBeNull();
    const few = await arrive([...many.slice(0, 3), byKey(ada)]);
    expect(few).not.toBeNull();
    few?.end();
    const guesses = Array.from({ length: 6 }, (_, each) => ({ type: 'password', password: `guess ${each}` }));
    expect(await arrive([...guesses, byKey(ada)])).toBeNull();
  });

  it('waits so long for a proof, for so many of one address, and lets others in afterwards', async () => {
    const open = async (says: string): Promise<Socket> => {
      const socket = connect(door.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      if (says !== '') socket.write(says);
      return socket;
    };
    const began = performance.now();
    const halfOpen = await Promise.all(['', '', '', 'SSH-2.0-x\r\n', 'SSH-2.0-x\r\n', 'SSH-2.0-'].map(open));
    const ends = halfOpen.map((socket) => {
      socket.resume();
      return once(socket, 'close');
    });
    await delay(50);
    const beyond = await Promise.all([open(''), open('')]);
    for (const socket of beyond) {
      let said = '';
      socket.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await once(socket, 'close');
      expect(said).toMatch(/^(?:Too many connections; try again later\.\r\n)?$/);
    }
    await Promise.all(ends);
    expect(performance.now() - began).toBeLessThan(5_000);
    const client = await arrive([byKey(ada)]);
    expect(client).not.toBeNull();
    client?.end();
  });

  it('reads noise in place of the protocol, and goes on serving others', async () => {
    for (let round = 0; round < 40; round += 1) {
      const socket = connect(door.port, '127.0.0.1');
      socket.on('error', () => {});
      const noise = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 31 + round * 97) & 0xff));
      socket.write(round % 2 === 0 ? noise : Buffer.concat([Buffer.from('SSH-2.0-noise\r\n'), noise]));
      socket.resume();
      socket.end();
      await once(socket, 'close');
    }
    const client = await arrive([byKey(ada)]);
    if (client === null) throw new Error('Nobody is let in any more.');
    expect((await exec(client, null)).stdout).toContain('as ada.');
    client.end();
  });

  it('bounds sessions, requests within one, and variables', async () => {
    const client = await arrive([byKey(ada)]);
    if (client === null) throw new Error('Ada was not let in.');
    // Three sessions that wait for input, and one too many.
    const open = () =>
      new Promise<ssh2.ClientChannel>((resolve, reject) => {
        client.exec("git-receive-pack 'acme/app.git'", (error, stream) =>
          error === undefined ? resolve(stream) : reject(error),
        );
      });
    const opened = await Promise.all([open(), open(), open()]);
    await expect(open()).rejects.toThrow(/open failure|Channel/);
    for (const stream of opened) stream.destroy();
    client.end();

    const flooding = await arrive([byKey(ada)]);
    if (flooding === null) throw new Error('Ada was not let in.');
    const env = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`VARIABLE_${at}`, 'x'.repeat(1000)]),
    );
    const ended = once(flooding, 'close');
    flooding.exec('ls', { env }, () => {});
    await ended;
  });

  it('ends a connection in which nothing runs', async () => {
    const client = await arrive([byKey(ada)]);
    if (client === null) throw new Error('Ada was not let in.');
    const began = performance.now();
    await once(client, 'close');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('gives no forwarding in either direction', async () => {
    const client = await arrive([byKey(ada)]);
    if (client === null) throw new Error('Ada was not let in.');
    const outward = new Promise((resolve) => {
      client.forwardOut('127.0.0.1', 1, '127.0.0.1', door.port, (error) => resolve(error));
    });
    expect(await outward).toBeInstanceOf(Error);
    const inward = new Promise((resolve) => {
      client.forwardIn('127.0.0.1', 0, (error) => resolve(error));
    });
    expect(await inward).toBeInstanceOf(Error);
    const files = new Promise((resolve) => {
      client.sftp((error) => resolve(error));
    });
    expect(await files).toBeInstanceOf(Error);
    client.end();
  });
});
