import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { RemoteProcess, type Told } from './remote.ts';
import type { ProcessToStart, StartedProcess } from './process.ts';

/** How long a helper that ended may take to be there again, before what waits for it fails. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 25;
const LONGEST_HEAD = 32;

interface Message {
  readonly id?: number;
  readonly start?: ProcessToStart;
  readonly signal?: string;
}

/** The connection of one process of the host to the helper; see `helper.mjs` for what is said. */
export class HelperClient {
  readonly #helper: string;
  readonly #address: string;
  readonly #streams: Server;
  readonly #running = new Map<number, RemoteProcess>();
  #control: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  /** What could not be said yet. */
  readonly #unsent: { readonly id: number | undefined; readonly line: string }[] = [];
  /** How many of `#running` are not over. */
  #count = 0;
  #last = 0;

  /** @param helper the path of the helper's socket; ours is made beside it */
  constructor(helper: string) {
    this.#helper = helper;
    this.#address = join(dirname(helper), randomBytes(6).toString('hex'));
    this.#streams = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
  }

  /** Listens for the streams of processes. Call before anything is started. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#streams.once('error', reject);
      // Not by way of the first process, as what a worker listens to is unless told otherwise.
      this.#streams.listen({ path: this.#address, exclusive: true }, resolve);
    });
    this.#streams.unref();
  }

  start(wanted: ProcessToStart): StartedProcess {
    const id = (this.#last += 1);
    const child = new RemoteProcess(wanted, (signal) => this.#say({ id, signal }));
    this.#running.set(id, child);
    this.#count += 1;
    const over = () => {
      this.#count -= 1;
      this.#holdOpen();
      // Its streams may come behind its end.
      setTimeout(() => this.#running.delete(id), PATIENCE_MS).unref();
    };
    child.once('exit', over);
    child.once('error', over);
    this.#say({ id, start: wanted });
    return child;
  }

  /** For a clean stop: what still runs is ended by the helper. */
  close(): void {
    this.#isClosed = true;
    this.#control?.destroy();
    this.#streams.close();
    rmSync(this.#address, { force: true });
  }

  #say(message: Message): void {
    const line = `${JSON.stringify(message)}\n`;
    if (this.#isConnected) this.#control?.write(line);
    else this.#unsent.push({ id: message.id, line });
    this.#control ??= this.#connect(performance.now() + PATIENCE_MS);
    this.#holdOpen();
  }

  /** Our process does not end by itself while one of these runs, as with children of its own. */
  #holdOpen(): void {
    if (this.#count > 0) this.#control?.ref();
    else this.#control?.unref();
  }

  #connect(until: number): Socket {
    const control = connect(this.#helper);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    control.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0 && !this.#isConnected) this.#begin(control);
      for (const line of lines) this.#hear(JSON.parse(line) as Told & { readonly id: number });
    });
    control.on('error', () => {});
    control.on('close', () => this.#disconnected(until));
    return control;
  }

  /** The kernel connects us to the socket of a helper that is ending as well: only one that spoke is there. */
  #begin(control: Socket): void {
    this.#isConnected = true;
    control.write(`${JSON.stringify({ address: this.#address })}\n`);
    for (const { line } of this.#unsent.splice(0)) control.write(line);
  }

  #hear({ id, ...told }: Told & { readonly id: number }): void {
    this.#running.get(id)?.tell(told);
  }

  #disconnected(until: number): void {
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    this.#control = undefined;
    if (wasConnected) {
      for (const child of this.#running.values()) child.lose();
    } else if (!this.#isClosed && performance.now() < until) {
      setTimeout(() => {
        this.#control ??= this.#connect(until);
        this.#holdOpen();
      }, RETRY_MS);
    } else {
      for (const { id } of this.#unsent.splice(0)) {
        if (id !== undefined) this.#running.get(id)?.tell({ failed: 'no helper' });
      }
    }
  }

  /** The first line of a connection says whose stream it is. */
  #welcome(socket: Socket): void {
    let head: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    const read = (chunk: Buffer): void => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf(0x0a);
      if (end === -1 && head.length <= LONGEST_HEAD) return;
      socket.off('data', read);
      socket.pause();
      const [id, number] = head.toString('latin1', 0, Math.max(end, 0)).split(':').map(Number);
      const stream = this.#running.get(id ?? 0)?.late(number ?? 0);
      if (stream === undefined) socket.destroy();
      else stream.attach(socket, head.subarray(end + 1));
    };
    socket.on('data', read);
  }
}
