import { Readable } from 'node:stream';
import { expectsPack } from '../../git/command-list.ts';
import { openForWriting } from '../../git/open.ts';
import { advertiseReceivePack } from '../../git/receive-pack.ts';
import { advertisementHead } from '../../git/upload-pack.ts';
import { Busy } from '../../limits/pack-queue.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { Push, type PushTerms } from './one-push.ts';
import type { PushGrant } from './push-grant.ts';
import { bodyOf, discard, nothingMore, readCommandList, refuseAll, WatchedBody } from './push-body.ts';
import { workOf } from './pack-work.ts';
import { advertisement, answerOf, type Answer, type Body } from './serve.ts';

/** Without its line about the service, a client over SSH is told the same as over HTTP. */
export type PushBeginning = {
  readonly version: 0 | 1;
  readonly signal: AbortSignal;
  readonly namesService: boolean;
};

/** What a push begins with: the refs. Throws `Problem`. */
export async function advertisePush(
  services: Services,
  grant: PushGrant,
  { version, signal, namesService }: PushBeginning,
): Promise<Answer> {
  if (await services.packQueue.isFull(workOf(grant))) throw new Busy();
  const handle = await openForWriting(services.storage, grant);
  const head = namesService ? advertisementHead('git-receive-pack') : Buffer.alloc(0);
  const known = await services.words.advertisement('git-receive-pack', handle, version);
  if (known !== undefined) return answerOf(head, known);
  const turn = await services.packQueue.enter(workOf(grant), signal);
  return advertisement(services, turn, () => advertiseReceivePack(handle, { version, signal }), head);
}

export interface PushInput extends PushTerms {
  readonly body: Body;
}

/**
 * Takes a push and answers with Git's report. The push is decided on its command list, on the objects in quarantine and
 * just before the refs move; refs that were refused are reported one by one. Throws `Problem` for a body
 * that breaks off, and for one that no Git sends.
 */
export async function receivePush(services: Services, grant: PushGrant, input: PushInput): Promise<Readable> {
  const handle = await openForWriting(services.storage, grant);
  const body = new WatchedBody(input.body);
  const chunks = body[Symbol.asyncIterator]();
  const { bothWays = false } = input;
  const read = await readCommandList(chunks);
  if (read === undefined) {
    // Where it can see the refs first, as over SSH, a client may find that it has nothing to push.
    if (bothWays) return Readable.from([]);
    throw new Problem('invalid', 'The request is empty; push again.');
  }
  if (Buffer.isBuffer(read)) return refusal(read, { body, chunks, bothWays, hasPack: true });
  const { list, parser } = read;
  // What Git sends to find out whether it may push at all, before a large body.
  if (list.commands.length === 0) return Readable.from([]);
  const push = new Push(services, grant, input, handle, list);
  const hasPack = expectsPack(list);
  // A client that deletes only, and reads while it sends, does not end its side before it has the report.
  const pack = bodyOf(parser.rest, bothWays && !hasPack ? nothingMore() : chunks);
  const turn = await push.begin().catch((error: unknown) => {
    if (!(error instanceof Busy)) throw error;
    return refuseAll(list.capabilities, list.commands, error.message);
  });
  if (Buffer.isBuffer(turn)) return refusal(turn, { body, chunks, bothWays, hasPack });
  const answer = await push.run(parser.consumed, pack, turn);
  if (!bothWays) return answer;
  return Readable.from(thenRestOf(answer, body, () => hasPack && !push.tookPack));
}

interface Unread {
  readonly body: WatchedBody;
  readonly chunks: AsyncIterator<Buffer>;
  readonly bothWays: boolean;
  readonly hasPack: boolean;
}

/** The report of a push of which nothing is taken, behind what its client still sends or beside it. */
async function refusal(report: Buffer, { body, chunks, bothWays, hasPack }: Unread): Promise<Readable> {
  if (!bothWays) {
    await discard(chunks);
    return Readable.from([report]);
  }
  if (hasPack) discard(chunks).catch(() => {});
  return Readable.from(thenRestOf([report], body, () => hasPack));
}

/** Clients end their side behind the pack, or never; one that is cut off while it sends takes the report for lost. */
const SILENCE_MS = 5_000;

/** The answer, which ends when the client has sent the rest of a pack that nobody wants any more. */
async function* thenRestOf(
  answer: Iterable<Buffer> | AsyncIterable<Buffer>,
  body: WatchedBody,
  isLeft: () => boolean,
): AsyncGenerator<Buffer> {
  yield* answer;
  if (isLeft()) await body.overOrSilentFor(SILENCE_MS);
}
