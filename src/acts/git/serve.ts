import { Readable, type Writable } from 'node:stream';
import { gitEnd, endGit, type GitChild, type GitEnd } from '../../git/process.ts';
import { GitUnavailable } from '../../git/process-error.ts';
import { spokenReason } from '../../git/spoken-reason.ts';
import { Problem } from '../../problem.ts';
import type { Turn } from '../../limits/pack-queue.ts';
import type { Services } from '../../services.ts';
import { startedIn } from './pack-work.ts';
import { toClient } from './patience.ts';

/** The body of a request as it arrives; throws where the connection breaks. */
export type Body = AsyncIterable<Buffer>;

/** What goes out: all of it at once, or as it is made. Then a chunk is good until the next one is asked for. */
export type Answer = Buffer | AsyncIterable<Buffer>;

/** Of a larger answer a client is given only as much as it takes: what waits for it is bytes of ours. */
const AT_ONCE_BYTES = 256 * 1024;

/** What is at hand, to be sent as one. Many clients may be sent the same bytes: none of them has a copy. */
export function answerOf(...parts: readonly Buffer[]): Answer {
  const [part] = parts;
  if (parts.reduce((bytes, { length }) => bytes + length, 0) > AT_ONCE_BYTES) return inPieces(parts);
  return parts.length === 1 && part !== undefined ? part : Buffer.concat(parts);
}

async function* inPieces(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += AT_ONCE_BYTES) yield part.subarray(at, at + AT_ONCE_BYTES);
  }
}

/** Waits for the first chunk, so that what goes wrong before it is still an answer of its own. */
export async function begun(
  answer: AsyncIterable<Buffer>,
  failed: (error: unknown) => never = thrown,
): Promise<AsyncIterable<Buffer>> {
  const chunks = answer[Symbol.asyncIterator]();
  const first = await chunks.next().catch(failed);
  return (async function* () {
    try {
      if (first.done === true) return;
      yield first.value;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  })();
}

function thrown(error: unknown): never {
  throw error;
}

/** Git gave up in the middle of a conversation, and has told the client why in the words of its protocol. */
export class GitSaidWhy extends Error {
  override readonly name = 'GitSaidWhy';
}

/**
 * Writes a body to Git, no faster than Git takes it, and ends its input. Once Git takes no more, the rest is read and
 * thrown away: a client that is still sending would otherwise never come to read the answer. Throws what the body throws.
 */
export async function pour(body: Body, sink: Writable): Promise<void> {
  for await (const chunk of body) {
    if (sink.writable && !sink.write(chunk)) await writable(sink);
  }
  sink.end();
}

function writable(sink: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['drain', 'close', 'error'] as const;
  const settle = () => {
    for (const event of events) sink.off(event, settle);
    resolve();
  };
  for (const event of events) sink.on(event, settle);
  return promise;
}

/** Whether Git writes anything at all: known with its first byte, or when its output has ended. */
export function hasOutput(stdout: Readable): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const events = ['readable', 'end', 'close'] as const;
  const settle = () => {
    for (const event of events) stdout.off(event, settle);
    resolve(stdout.readableLength > 0);
  };
  for (const event of events) stdout.on(event, settle);
  return promise;
}

/** As `gitEnd`, with a `Problem` where Git could not even be started. */
export const endOf = (services: Services, child: GitChild): Promise<GitEnd> =>
  whereGitStarts(services, gitEnd(child));

/** The same, with a `Problem` where it failed because Git could not be started. */
export async function whereGitStarts<Result>(services: Services, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof GitUnavailable)) throw error;
    services.log.error({ error: error.message }, 'Git could not be started.');
    throw new Problem('unavailable', 'The repository cannot be opened at the moment; try again later.');
  }
}

/** The advertisement of Git behind its head, in the turn that it has. Throws `Problem` when there is none. */
export async function advertisement(
  services: Services,
  turn: Turn,
  start: () => GitChild,
  head: Buffer,
): Promise<Answer> {
  const child = startedIn(turn, start);
  if (!(await hasOutput(child.stdout))) {
    const { code, stderr } = await endOf(services, child);
    services.log.error({ code, stderr }, 'Git could not list the refs of a repository.');
    throw new Problem('unavailable', 'The repository cannot be read at the moment; try again later.');
  }
  if (head.length > 0) child.stdout.unshift(head);
  return toClient(child.stdout, turn, () => endGit(child));
}

/**
 * The answer of Git to a request whose body is written to it meanwhile. Throws `Problem` for a body that cannot be read,
 * and for a request that Git could make nothing of.
 */
export async function answerTo(services: Services, child: GitChild, body: Body): Promise<Readable> {
  let broken: unknown;
  pour(body, child.stdin).catch((error: unknown) => {
    broken = error;
    endGit(child);
  });
  if (await hasOutput(child.stdout)) return child.stdout;
  const { code, stderr } = await endOf(services, child);
  if (broken !== undefined) throw unreadable(broken);
  if (code === 0) return Readable.from([]);
  throw incomprehensible(services, stderr);
}

/** The same of a body, or a `Problem` that says why it broke off. */
export async function readable<Read>(reading: Promise<Read>): Promise<Read> {
  try {
    return await reading;
  } catch (error) {
    throw unreadable(error);
  }
}

export const unreadable = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem('invalid', 'The request ended before it was complete; send it again.');

/** Git could make nothing of a request. Told in the protocol where the client reads its words there. */
export class Incomprehensible extends Problem {
  constructor(stderr: string) {
    super(
      'invalid',
      spokenReason(stderr) ?? "The request is not one of Git's protocol; use a current Git client.",
    );
    this.name = 'Incomprehensible';
  }
}

export function incomprehensible(services: Services, stderr: string): Incomprehensible {
  services.log.warn({ stderr }, 'Git could not answer a request.');
  return new Incomprehensible(stderr);
}
