import { parseObjectId, zeroObjectId } from './object-id.ts';
import { BadPacket, encodePacket, flushPacket, PacketDecoder } from './pkt-line.ts';
import { bytesOfRefText, textOfRefBytes } from './ref-text.ts';
import type { ObjectFormat, ObjectId } from './object-id.ts';

/** The command list of a push, which comes before its pack: gitprotocol-pack(5), "Reference Update Request". */

/** `ref` as `ref-text.ts` has it. Both ids are zero where a ref is deleted that its client knows to be gone. */
export type PushCommand = { readonly ref: string; readonly old: ObjectId; readonly new: ObjectId };

export type CommandList = {
  readonly commands: readonly PushCommand[];
  readonly shallow: readonly ObjectId[];
  /** What the client asked for, e.g. `report-status` → '', `object-format` → 'sha1'. */
  readonly capabilities: ReadonlyMap<string, string>;
  readonly format: ObjectFormat;
};

export type CommandListLimits = { readonly maxBytes: number; readonly maxCommands: number };

const defaultCommandListLimits: CommandListLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxCommands: 50_000,
};

/** A report names each ref in one packet, with the reason for which it did not move. */
const LONGEST_REF_BYTES = 4096;

/** The request is not what the protocol says. The message is a sentence for whoever made it. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/**
 * Reads a command list from a request body as it arrives and stops at its end: what follows (push options, the pack)
 * is left alone. `push` until it answers; then `consumed` holds the bytes of the list exactly as they came, to be
 * handed on to `git receive-pack`, and `rest` the first bytes after it.
 */
export class CommandListParser {
  readonly #limits: CommandListLimits;
  readonly #decoder = new PacketDecoder();
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;
  #result: CommandList | undefined;
  readonly #commands: PushCommand[] = [];
  readonly #refs = new Set<string>();
  readonly #shallow: ObjectId[] = [];
  #capabilities: ReadonlyMap<string, string> | undefined;
  #idLength: number | undefined;

  constructor(limits: CommandListLimits = defaultCommandListLimits) {
    this.#limits = limits;
  }

  /** @returns the list once its flush packet was seen. @throws MalformedRequest; after that the parser is of no use */
  push(chunk: Buffer): CommandList | undefined {
    if (this.#result) throw new TypeError('The command list has ended; send these bytes on.');
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    this.#decoder.push(chunk);
    for (;;) {
      const packet = this.#nextPacket();
      if (!packet) break;
      if (packet.kind === 'flush') return this.#finish();
      if (packet.kind !== 'data')
        throw new MalformedRequest('A command list ends with a flush packet (0000).');
      this.#line(packet.payload);
    }
    this.#checkBytes(this.#receivedBytes);
    return undefined;
  }

  /** Call when the body ended. @throws MalformedRequest unless the list was complete */
  end(): CommandList {
    if (!this.#result)
      throw new MalformedRequest('The request ended in the middle of its command list; push again.');
    return this.#result;
  }

  /** What is known of a list that could not be read to its end. */
  get begun(): Pick<CommandList, 'commands' | 'capabilities'> {
    return { commands: this.#commands, capabilities: this.#capabilities ?? new Map() };
  }

  /** The exact bytes of the list, its flush packet included. */
  get consumed(): Buffer {
    return Buffer.concat(this.#received, this.#receivedBytes - this.rest.length);
  }

  /** What was received beyond the list. */
  get rest(): Buffer {
    return this.#decoder.rest;
  }

  #nextPacket() {
    try {
      return this.#decoder.next();
    } catch (error) {
      if (error instanceof BadPacket) throw new MalformedRequest(error.message);
      throw error;
    }
  }

  #checkBytes(bytes: number): void {
    if (bytes > this.#limits.maxBytes) {
      throw new MalformedRequest(
        `A command list may hold ${this.#limits.maxBytes} bytes; push fewer refs at a time.`,
      );
    }
  }

  #finish(): CommandList {
    this.#checkBytes(this.#receivedBytes - this.rest.length);
    const format = this.#idLength === 64 ? 'sha256' : 'sha1';
    const declared = this.#capabilities?.get('object-format');
    if (this.#idLength !== undefined && (declared ?? format) !== format) {
      throw new MalformedRequest(
        `The client announced ${declared?.slice(0, 20)} objects and sent ${format} ids.`,
      );
    }
    this.#result = {
      commands: this.#commands,
      shallow: this.#shallow,
      capabilities: this.#capabilities ?? new Map(),
      format,
    };
    return this.#result;
  }

  #line(payload: Buffer): void {
    // As Git does: a newline that ends the packet does not count, one before the capabilities is part of the name.
    const line = withoutNewline(payload);
    const zero = line.indexOf(0);
    const text = textOfRefBytes(zero === -1 ? line : line.subarray(0, zero));
    if (zero !== -1) {
      if (this.#capabilities || text.startsWith('shallow ')) {
        throw new MalformedRequest('Capabilities may follow the first command only.');
      }
      this.#capabilities = parseCapabilities(line.subarray(zero + 1));
    }
    if (text.startsWith('shallow ')) {
      if (this.#commands.length > 0) throw new MalformedRequest('Shallow lines come before the commands.');
      this.#checkCount(this.#shallow.length);
      this.#shallow.push(this.#id(text.slice('shallow '.length)));
    } else if (text === 'push-cert') {
      throw new MalformedRequest('Signed pushes are not supported; push without --signed.');
    } else {
      this.#command(text);
    }
  }

  #command(text: string): void {
    this.#checkCount(this.#commands.length);
    const first = text.indexOf(' ');
    const second = text.indexOf(' ', first + 1);
    if (first === -1 || second === -1) {
      throw new MalformedRequest('A command has the form "old-id new-id ref".');
    }
    const before = this.#id(text.slice(0, first));
    const after = this.#id(text.slice(first + 1, second));
    const ref = text.slice(second + 1);
    if (ref === '' || /[\x00-\x1f\x7f]/.test(ref)) {
      throw new MalformedRequest('The name of a pushed ref is empty or holds a control character.');
    }
    if (Buffer.byteLength(ref) > LONGEST_REF_BYTES) {
      throw new MalformedRequest(
        `The name of a pushed ref is longer than ${LONGEST_REF_BYTES} bytes; give it a shorter name.`,
      );
    }
    // Two commands for one ref could be decided upon one and carried out by the other.
    if (this.#refs.has(ref))
      throw new MalformedRequest('A push names the same ref twice; name each ref once.');
    this.#refs.add(ref);
    this.#commands.push({ ref, old: before, new: after });
  }

  #checkCount(count: number): void {
    if (count >= this.#limits.maxCommands) {
      throw new MalformedRequest(`A push may name ${this.#limits.maxCommands} refs; push fewer at a time.`);
    }
  }

  #id(text: string): ObjectId {
    const id = parseObjectId(text);
    if (!id || (this.#idLength !== undefined && id.length !== this.#idLength)) {
      throw new MalformedRequest(
        'An object id of 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, all alike, was expected.',
      );
    }
    this.#idLength = id.length;
    return id;
  }
}

/** Whether a pack follows: not when everything is deleted. */
export function expectsPack(list: CommandList): boolean {
  return list.commands.some((command) => command.new !== zeroObjectId(list.format));
}

/** The list as a client writes it, its flush packet included. */
export function encodeCommandList({
  commands,
  capabilities,
}: Pick<CommandList, 'commands' | 'capabilities'>): Buffer {
  const asked = [...capabilities]
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(' ');
  const lines = commands.map(({ ref, old, new: id }, index) =>
    encodePacket(
      Buffer.concat([bytesOfRefText(`${old} ${id} ${ref}`), Buffer.from(index === 0 ? `\0 ${asked}` : '')]),
    ),
  );
  return Buffer.concat([...lines, flushPacket]);
}

function withoutNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}

function parseCapabilities(bytes: Buffer): ReadonlyMap<string, string> {
  const capabilities = new Map<string, string>();
  for (const word of bytes.toString('utf8').split(' ')) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    if (equals === -1) capabilities.set(word, '');
    else capabilities.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return capabilities;
}
