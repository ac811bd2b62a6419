import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/**
 * A stream of a process that another one starts: usable at once, connected a little later. A connection that is torn off
 * is its end, and no error: what that means is told by how the process ended.
 */
export class LateStream extends Duplex {
  #socket: Socket | undefined;
  #waiting: (() => void) | undefined;
  #isEnded = false;

  constructor(ways: { readonly readable: boolean; readonly writable: boolean }) {
    super({ ...ways, allowHalfOpen: true });
    this.on('error', () => {});
  }

  /** Gives the stream its socket, of which `first` was read already. */
  attach(socket: Socket, first: Buffer): void {
    if (this.destroyed || this.#isEnded) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.on('close', () => this.giveUp());
    if (this.readable) {
      if (first.length > 0) this.push(first);
      socket.on('data', (chunk: Buffer) => {
        if (!this.push(chunk)) socket.pause();
      });
      socket.on('end', () => this.#end());
    }
    socket.resume();
    this.#goOn();
  }

  get isAttached(): boolean {
    return this.#socket !== undefined;
  }

  /** Nothing will come any more, and nobody takes anything. */
  giveUp(): void {
    if (this.readable) this.#end();
    else this.destroy();
    this.#socket?.destroy();
    this.#goOn();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.push(null);
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#whenAttached((socket) => socket.write(chunk, () => done()), done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: Done): void {
    this.#whenAttached((socket) => socket.end(() => done()), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket?.destroy();
    done(error);
  }

  #whenAttached(use: (socket: Socket) => void, done: Done): void {
    const run = (): void => {
      if (this.#socket?.writable === true) use(this.#socket);
      else done();
    };
    if (this.#socket === undefined && !this.#isEnded) this.#waiting = run;
    else run();
  }
}
