import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ProvenKey } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import { answer, type Asked } from './answer.ts';
import { ClientGone } from './exchange.ts';
import type { ClientSide } from './run-command.ts';

export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
}

/**
 * Answers a client of OpenSSH, which has proved its key, carries its bytes, and runs us in place of whatever was asked
 * for. @returns the exit code
 */
export async function answerForcedCommand(
  services: Services,
  { key, address, ...asked }: Asked & { readonly key: ProvenKey; readonly address: string },
  streams: Streams,
): Promise<number> {
  // Which user leads here is set in OpenSSH, and what the user is called there says nothing; what its client is, it does not say.
  return answer(services, { key, address, userName: 'git', agent: '' }, asked, new ProcessSide(streams));
}

class ProcessSide implements ClientSide {
  readonly #streams: Streams;
  readonly #aborting = new AbortController();
  readonly #gone = new AbortController();

  constructor(streams: Streams) {
    this.#streams = streams;
    finished(streams.output)
      .catch(() => this.#aborting.abort())
      .finally(() => this.#gone.abort(new ClientGone()));
    streams.errors.on('error', () => {});
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  body(): AsyncIterable<Buffer> {
    return this.#streams.input as AsyncIterable<Buffer>;
  }

  async write(bytes: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // The bytes are good until we return: so until they are written.
    this.#streams.output.write(bytes, () => resolve());
    await unlessAborted(this.#gone.signal, promise);
  }

  say(text: string, where: 'output' | 'errors' = 'errors'): void {
    this.#streams[where].write(`${text}\n`);
  }
}
