import {
  BadPacket,
  encodePacket,
  flushPacket,
  delimiterPacket,
  PacketDecoder,
  type Packet,
} from '../../git/pkt-line.ts';
import { Problem } from '../../problem.ts';

/** Packets of git-lfs-transfer: https://github.com/git-lfs/git-lfs/blob/main/docs/proposals/ssh_adapter.md. */

/** One request: a command line, its arguments, and whether lines or bytes come behind them. */
export interface LfsRequest {
  readonly command: string;
  readonly words: readonly string[];
  readonly given: ReadonlyMap<string, string>;
  readonly hasMore: boolean;
}

/** More than any client says, and little enough to lie in memory. In bytes: an argument may be a path. */
const MOST_ARGUMENTS = 64;
const LONGEST_LINE = 2048;
/** Of those that name a file: its SHA-256 and size, and what a server said to it before. */
const LONGEST_FILE_LINE = 256;

const cut = (): Problem => new Problem('invalid', 'The conversation broke off in the middle of a request.');

/** Requests as they come. Throws `Problem` where they are none of packets or break off, and what the body throws. */
export class LfsReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #decoder = new PacketDecoder();
  #isWithin = false;

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** The next request; undefined where the client has no more. Throws `Problem` for one that nobody sends. */
  async request(): Promise<LfsRequest | undefined> {
    const first = await this.#packet();
    if (first === undefined) return undefined;
    this.#isWithin = first.kind !== 'flush';
    if (first.kind !== 'data') throw new Problem('invalid', 'A request begins with its command.');
    const [command = '', ...words] = textOf(first.payload, LONGEST_LINE).split(' ');
    const given = new Map<string, string>();
    for (let count = 0; ; count++) {
      const packet = await this.#next();
      if (packet.kind !== 'data') return { command, words, given, hasMore: packet.kind === 'delimiter' };
      if (count === MOST_ARGUMENTS)
        throw new Problem('invalid', `A request has at most ${MOST_ARGUMENTS} arguments.`);
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(textOf(packet.payload, LONGEST_LINE)) ?? [];
      given.set(name, value);
    }
  }

  /** The lines behind the arguments. Throws `Problem` where there are more than `most`. */
  async lines(most: number): Promise<string[]> {
    const lines: string[] = [];
    for (let packet = await this.#next(); packet.kind === 'data'; packet = await this.#next()) {
      if (lines.length === most)
        throw new Problem('invalid', `At most ${most} files can be asked about at a time.`);
      lines.push(textOf(packet.payload, LONGEST_FILE_LINE));
    }
    return lines;
  }

  /** The bytes behind the arguments, each part good until the next one is asked for. */
  async *bytes(): AsyncGenerator<Buffer> {
    for (let packet = await this.#next(); packet.kind === 'data'; packet = await this.#next())
      yield packet.payload;
  }

  /** Reads the rest of a request that was refused in the middle, and throws it away. */
  async skip(): Promise<void> {
    while (this.#isWithin) await this.#next();
  }

  async #next(): Promise<Packet> {
    const packet = await this.#packet();
    if (packet === undefined) throw cut();
    if (packet.kind === 'flush') this.#isWithin = false;
    return packet;
  }

  #decoded(): Packet | undefined {
    try {
      return this.#decoder.next();
    } catch (error) {
      if (error instanceof BadPacket) throw new Problem('invalid', error.message);
      throw error;
    }
  }

  async #packet(): Promise<Packet | undefined> {
    for (;;) {
      const packet = this.#decoded();
      if (packet !== undefined) return packet;
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        if (this.#decoder.rest.length > 0) throw cut();
        return undefined;
      }
      this.#decoder.push(value);
    }
  }
}

function textOf(payload: Buffer, longest: number): string {
  if (payload.length > longest) throw new Problem('invalid', `A line has at most ${longest} bytes.`);
  return payload.toString('utf8').replace(/\n$/, '');
}

export interface LfsReply {
  readonly status: number;
  readonly given?: readonly string[];
  /** Lines behind the arguments. */
  readonly lines?: readonly string[];
}

/** A whole answer. What is said stands on one line each. */
export const encodeReply = ({ status, given = [], lines }: LfsReply): Buffer =>
  Buffer.concat([
    beginReply({ status, given }),
    ...(lines === undefined ? [] : [delimiterPacket, ...lines.map(line)]),
    flushPacket,
  ]);

const beginReply = ({ status, given = [] }: Pick<LfsReply, 'status' | 'given'>): Buffer =>
  Buffer.concat([`status ${status}`, ...given].map(line));

const line = (text: string): Buffer =>
  encodePacket(`${text.replace(/\p{Cc}+/gu, ' ').slice(0, 8 * LONGEST_LINE)}\n`);

/** What a conversation begins with: what can be done in it. */
export const encodeCapabilities = (capabilities: readonly string[]): Buffer =>
  Buffer.concat([...capabilities.map(line), flushPacket]);

/** What a client reads at a time; a packet holds 65,516 bytes. */
const DATA_BYTES = 32 * 1024;

/** An answer that carries bytes, in the pieces in which it is sent. */
export async function* encodeBytes(
  reply: Pick<LfsReply, 'status' | 'given'>,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield Buffer.concat([beginReply(reply), delimiterPacket]);
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += DATA_BYTES)
      yield encodePacket(chunk.subarray(at, at + DATA_BYTES));
  }
  yield flushPacket;
}
