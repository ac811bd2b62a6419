import { BadPacket, PacketDecoder } from '../pkt-line.ts';

/** One request of protocol version 2: gitprotocol-v2(5), "Command Request". Lines are bytes as Latin-1, without newline. */
export interface ProtocolRequest {
  readonly command: string;
  /** Every line before the delimiter but the command: `agent=…`, `object-format=…`, `server-option=…`. */
  readonly capabilities: readonly string[];
  readonly args: readonly string[];
}

export interface ReadRequest {
  /** Undefined where the bytes are no request that we understand, or are too many: Git says what it thinks of them. */
  readonly request: ProtocolRequest | undefined;
  /** Everything that was taken from the body, to be given to Git ahead of the rest. */
  readonly bytes: Buffer;
}

const COMMAND = 'command=';

/**
 * Reads one request up to its flush packet, and no further than `limit` bytes. Throws only what the body throws; it is
 * not ended, whatever comes behind the request.
 */
export async function readRequest(body: AsyncIterator<Buffer>, limit: number): Promise<ReadRequest> {
  const taken: Buffer[] = [];
  let size = 0;
  const parser = new RequestParser();
  const read = (request: ProtocolRequest | undefined): ReadRequest => ({ request, bytes: joined(taken) });
  while (size <= limit) {
    const { value, done } = await body.next();
    if (done === true) return read(undefined);
    taken.push(value);
    size += value.length;
    const state = parser.push(value);
    if (state !== 'more') return read(state === 'not understood' ? undefined : state);
  }
  return read(undefined);
}

const joined = (chunks: readonly Buffer[]): Buffer => {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
};

/** Takes the bytes of one request as they arrive. What Git would refuse is never understood here. */
class RequestParser {
  readonly #decoder = new PacketDecoder();
  readonly #head: string[] = [];
  readonly #args: string[] = [];
  #inArgs = false;
  #state: ProtocolRequest | 'more' | 'not understood' = 'more';

  /** The request once it is whole; what comes behind it is not looked at. */
  push(chunk: Buffer): ProtocolRequest | 'more' | 'not understood' {
    this.#decoder.push(chunk);
    try {
      while (this.#state === 'more') {
        const packet = this.#decoder.next();
        if (packet === undefined) break;
        if (packet.kind === 'data') this.#line(packet.payload);
        else if (packet.kind === 'flush') this.#state = this.#whole();
        else if (packet.kind === 'delimiter' && !this.#inArgs) this.#inArgs = true;
        else this.#state = 'not understood';
      }
    } catch (error) {
      if (!(error instanceof BadPacket)) throw error;
      this.#state = 'not understood';
    }
    return this.#state;
  }

  #line(payload: Buffer): void {
    const end = payload[payload.length - 1] === 0x0a ? payload.length - 1 : payload.length;
    const line = payload.toString('latin1', 0, end);
    // C ends a line at its first NUL, and an empty one is no capability and no argument of any command.
    if (line === '' || line.includes('\0')) this.#state = 'not understood';
    else (this.#inArgs ? this.#args : this.#head).push(line);
  }

  #whole(): ProtocolRequest | 'not understood' {
    const commands = this.#head.filter((line) => line.startsWith(COMMAND));
    const [command] = commands;
    if (command === undefined || commands.length > 1) return 'not understood';
    return {
      command: command.slice(COMMAND.length),
      capabilities: this.#head.filter((line) => line !== command),
      args: this.#args,
    };
  }
}
