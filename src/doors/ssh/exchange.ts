import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, ServerChannel } from 'ssh2';
import { unlessAborted } from '../../unless-aborted.ts';
import type { Limits } from './limits.ts';
import type { ClientSide } from './run-command.ts';

/** At most so much is made into packets at once: each is a buffer of its own until it has left. */
const SLICE = 32 * 1024;

/** The client is gone, or closed what it asked for. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client closed the connection.');
  }
}

/**
 * What was said to a client over one connection, and how much of it has not left yet. The channels of the library hand
 * everything on at once, and what they hand on while keys are exchanged anew is kept by it: who writes must wait.
 */
export class Outflow {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #gone: AbortSignal;
  #given = 0;

  constructor(socket: Socket, connection: Connection, limits: Limits, gone: AbortSignal) {
    this.#socket = socket;
    this.#connection = connection;
    this.#limits = limits;
    this.#gone = gone;
  }

  /** Resolves when more may be written after so many bytes were. Rejects with `ClientGone`. */
  async passed(bytes: number): Promise<void> {
    // What stands around the bytes was written too, and must not make up for bytes that are kept back.
    this.#given = Math.max(this.#given + bytes, this.#socket.bytesWritten);
    const { unsent } = this.#limits;
    while (this.#given - this.#socket.bytesWritten > unsent) await this.#next(this.#connection, 'rekey');
    while (this.#socket.writableLength > unsent) await this.#next(this.#socket, 'drain');
  }

  async #next(emitter: EventEmitter, event: 'rekey' | 'drain'): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    emitter.once(event, resolve);
    try {
      await unlessAborted(this.#gone, promise);
    } finally {
      emitter.off(event, resolve);
    }
  }
}

/** One command of a client and the streams that belong to it. */
export class Exchange implements ClientSide {
  readonly #channel: ServerChannel;
  readonly #outflow: Outflow;
  readonly #limits: Limits;
  readonly #aborting = new AbortController();
  readonly #closed = new AbortController();
  #isEnded = false;
  #isOver = false;

  constructor(channel: ServerChannel, outflow: Outflow, limits: Limits) {
    this.#channel = channel;
    this.#outflow = outflow;
    this.#limits = limits;
    channel.on('error', () => {});
    channel.stderr.on('error', () => {});
    channel.on('close', () => this.leave());
  }

  /**
   * Of a client that takes nothing. Its channel is closed first: what it did not take lies in a buffer that is used for
   * others from here on, and the library would send what lies there once the client took something after all.
   */
  #drop(): void {
    try {
      this.#channel.close();
    } catch {
      // The connection ended meanwhile.
    }
    this.leave();
  }

  /**
   * The client is gone. To be told by whoever sees its connection, too: the library does not close a channel in which it
   * waits for the client to let it send more.
   */
  leave(): void {
    this.#closed.abort(new ClientGone());
    if (!this.#isOver) this.#aborting.abort();
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** To be told by whoever sees the session: the end of the client's bytes, as opposed to their breaking off. */
  endInput(): void {
    this.#isEnded = true;
  }

  get unread(): number {
    return this.#channel.readableLength;
  }

  async *body(): AsyncGenerator<Buffer> {
    const channel = this.#channel;
    for (;;) {
      const chunk: unknown = channel.read();
      if (Buffer.isBuffer(chunk)) yield chunk;
      else if (channel.readableEnded) {
        if (this.#isEnded) return;
        throw new ClientGone();
      } else await this.#moreToRead();
    }
  }

  async #moreToRead(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new ClientGone()), this.#limits.silenceMs);
    const events = ['readable', 'end'] as const;
    for (const event of events) this.#channel.on(event, resolve);
    try {
      await unlessAborted(this.#closed.signal, promise);
    } finally {
      clearTimeout(timer);
      for (const event of events) this.#channel.off(event, resolve);
    }
  }

  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += SLICE) await this.#writeSlice(bytes.subarray(at, at + SLICE));
  }

  async #writeSlice(bytes: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.#drop(), this.#limits.silenceMs);
    try {
      this.#channel.write(bytes, () => resolve());
      await unlessAborted(this.#closed.signal, promise);
      await unlessAborted(this.#closed.signal, this.#outflow.passed(bytes.length));
    } finally {
      clearTimeout(timer);
    }
  }

  say(text: string, where: 'output' | 'errors' = 'errors'): void {
    const lines = `${text}\n`;
    if (where === 'output') this.#channel.write(lines);
    else this.#channel.stderr.write(lines);
  }

  /** Ends the command with its exit code, and waits a moment for the client to close its side. */
  async end(code: number): Promise<void> {
    this.#isOver = true;
    try {
      this.#channel.exit(code);
      this.#channel.end();
    } catch {
      // The library throws where the connection ended meanwhile.
      return;
    }
    const { signal } = this.#closed;
    await delay(this.#limits.closingMs, undefined, { ref: false, signal }).catch(() => {});
  }
}
