import { setTimeout as delay } from 'node:timers/promises';
import { CommandListParser, MalformedRequest, type CommandList } from '../../git/command-list.ts';
import { encodePushReport } from '../../git/push-report.ts';
import { Problem } from '../../problem.ts';
import { unreadable, type Body } from './serve.ts';

/** The body of a push, in its parts: the command list, and the pack behind it. */

export interface ReadList {
  readonly list: CommandList;
  readonly parser: CommandListParser;
}

/**
 * Reads the request up to the end of its command list; of a list that is none, the report that says why, in the words
 * that its client can read; undefined where not a byte came. Throws `Problem` where no client could, and for one that
 * broke off.
 */
export async function readCommandList(chunks: AsyncIterator<Buffer>): Promise<ReadList | Buffer | undefined> {
  const parser = new CommandListParser();
  try {
    for (let isFirst = true; ; isFirst = false) {
      const { value, done } = await chunks.next();
      if (isFirst && done === true) return undefined;
      const list = done === true ? parser.end() : parser.push(value);
      if (list !== undefined) return { list, parser };
    }
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw unreadable(error);
    const { capabilities, commands } = parser.begun;
    const report = refuseAll(capabilities, commands, error.message);
    if (report.length === 0) throw new Problem('invalid', error.message);
    return report;
  }
}

/** The report of a push of which nothing was taken; empty for a client that wants none. */
export const refuseAll = (
  capabilities: CommandList['capabilities'],
  commands: CommandList['commands'],
  reason: string,
  message = reason,
): Buffer =>
  encodePushReport(capabilities, {
    unpack: reason,
    refs: commands.map(({ ref }) => ({ ref, outcome: 'refused', reason })),
    message,
  });

/** Reads what is left of a request and throws it away: a client that is still sending reads no answer. */
export async function discard(chunks: AsyncIterator<Buffer>): Promise<void> {
  try {
    while ((await chunks.next()).done !== true);
  } catch {
    // Nobody is left to read the answer.
  }
}

/** Bytes that were read already, and what comes after them. */
export async function* bodyOf(
  first: Buffer,
  rest: AsyncIterable<Buffer> | AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  const chunks = Symbol.asyncIterator in rest ? rest[Symbol.asyncIterator]() : rest;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

/** The body as far as it stays within the limit. No chunk that passes it is handed on, and `outgrown` is called once. */
export async function* upTo(
  body: AsyncIterable<Buffer>,
  limit: number,
  outgrown: () => void,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    const before = size;
    size += chunk.length;
    if (size <= limit) yield chunk;
    else if (before <= limit) outgrown();
  }
}

/** A body that knows when its last bytes came, for whoever has to guess whether more will. */
export class WatchedBody implements AsyncIterable<Buffer> {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #end = Promise.withResolvers<void>();
  #lastAt = performance.now();

  constructor(body: Body) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        try {
          const next = await this.#chunks.next();
          this.#lastAt = performance.now();
          if (next.done === true) this.#end.resolve();
          return next;
        } catch (error) {
          this.#end.resolve();
          throw error;
        }
      },
    };
  }

  /** Resolves when somebody has read it to its end or to where it broke, or when nothing has come for so long. */
  async overOrSilentFor(milliseconds: number): Promise<void> {
    for (;;) {
      const left = this.#lastAt + milliseconds - performance.now();
      if (left <= 0) return;
      const first = await Promise.race([
        this.#end.promise.then(() => 'end' as const),
        delay(left, 'silent' as const, { ref: false }),
      ]);
      if (first === 'end') return;
    }
  }
}

/** The body of a client that has nothing more to say. */
export async function* nothingMore(): AsyncGenerator<Buffer> {}
