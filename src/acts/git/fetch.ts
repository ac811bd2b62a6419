import { explain, Refused, type Grant } from '../../gate/index.ts';
import { openForReading } from '../../git/open.ts';
import { askBeforePack } from '../../git/pack-answer.ts';
import { cacheableFetch, NoAnswer, type Asked } from '../../git/packs/index.ts';
import { encodePacket } from '../../git/pkt-line.ts';
import { endGit } from '../../git/process.ts';
import {
  advertisementHead,
  advertiseUploadPack,
  startUploadPack,
  startUploadPackInto,
  type ProtocolVersion,
} from '../../git/upload-pack.ts';
import { readRequest, type ProtocolRequest } from '../../git/wire/request.ts';
import { Busy } from '../../limits/pack-queue.ts';
import type { Services } from '../../services.ts';
import { startedIn, workOf } from './pack-work.ts';
import { fromClient, toClient } from './patience.ts';
import { bodyOf, discard } from './push-body.ts';
import {
  advertisement,
  answerOf,
  answerTo,
  begun,
  Incomprehensible,
  incomprehensible,
  readable,
  whereGitStarts,
  type Answer,
  type Body,
} from './serve.ts';

export type FetchGrant = Grant<'repository.fetch'> | Grant<'wiki.fetch'>;

export interface FetchInput {
  readonly version: ProtocolVersion;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** What a clone or fetch begins with: the refs, or in version 2 what the server can do. Throws `Problem`. */
export async function advertiseFetch(
  services: Services,
  grant: FetchGrant,
  { version, signal }: FetchInput,
): Promise<Answer> {
  // Before version 2 Git shows a refusal here only; in version 2 it is said where the pack is asked for.
  if (version !== 2 && (await services.packQueue.isFull(workOf(grant)))) throw new Busy();
  const handle = await openForReading(services.storage, grant);
  const head = version === 2 ? Buffer.alloc(0) : advertisementHead('git-upload-pack');
  const { words } = services;
  const known = await (version === 2
    ? words.capabilities(handle)
    : words.advertisement('git-upload-pack', handle, version));
  if (known !== undefined) return answerOf(head, known);
  const turn = await services.packQueue.enter(workOf(grant), signal);
  return advertisement(services, turn, () => advertiseUploadPack(handle, { version, signal }), head);
}

interface Asking {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Claims one use of the credential that fetches, where it is good for so many only. Throws `Refused`. */
  readonly claimUse: () => Promise<void>;
  /** How much of a kept answer is read at a time, and lies in memory until it was taken; a multiple of `BLOCK`. */
  readonly pieceBytes: number;
}

export interface FetchBody extends FetchInput, Asking {
  readonly body: Body;
}

/** Requests of version 2 up to this size are understood by ourselves; of a larger one Git is given all. */
const UNDERSTOOD_BYTES = 1024 * 1024;

/**
 * Answers one request of a clone or fetch. An answer that brings a pack is a use of the credential, wherever its bytes
 * come from; listing refs and finding out what both sides have is none. Throws `Problem` for a request that is none.
 */
export async function answerFetch(services: Services, grant: FetchGrant, input: FetchBody): Promise<Answer> {
  if (input.version !== 2) return showError(answerOfGit(services, grant, input));
  const chunks = input.body[Symbol.asyncIterator]();
  const { request, bytes } = await readable(readRequest(chunks, UNDERSTOOD_BYTES));
  const known = request && (await answerRequest(services, grant, { ...input, request, bytes }));
  if (known === undefined) {
    const body = bodyOf(bytes, chunks);
    return showError(answerOfGit(services, grant, { ...input, body }));
  }
  await discard(chunks);
  return known;
}

export interface WholeRequest extends Asking {
  readonly request: ProtocolRequest;
  /** The same as it came. */
  readonly bytes: Buffer;
}

/**
 * The answer to one whole request of version 2, as it stands on the wire over HTTP and SSH alike: a list of refs, or an
 * answer to `fetch` that is kept, running or made now. Undefined where Git itself must be asked. Throws `Problem`.
 */
async function answerRequest(
  services: Services,
  grant: FetchGrant,
  asking: WholeRequest,
): Promise<Answer | undefined> {
  const handle = await openForReading(services.storage, grant);
  const { request, bytes } = asking;
  const listed = await services.words.listRefs(handle, request);
  if (listed !== undefined) return answerOf(listed);
  const fetch = cacheableFetch(request);
  if (fetch === undefined) return undefined;
  return showError(keptAnswer(services, grant, asking, { handle, request: fetch, body: bytes }));
}

/** Of what comes behind the first answer Git shows only what the protocol itself calls an error. */
async function showError<Shown>(answer: Promise<Shown>): Promise<Shown | Buffer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Busy || error instanceof Incomprehensible)
      return encodePacket(`ERR ${error.message}`);
    throw error;
  }
}

async function keptAnswer(
  services: Services,
  grant: FetchGrant,
  asking: Asking,
  asked: Pick<Asked, 'handle' | 'request' | 'body'>,
): Promise<Answer | undefined> {
  const answering = services.packs.answer({
    ...asked,
    tags: async () => (await services.refs.snapshot(asked.handle))?.tagsDigest,
    start: (stdoutPath) => startUploadPackInto(asked.handle, stdoutPath, asked.request.isSnapshot),
    admit: async (nobodyWaits) => (await services.packQueue.enter(workOf(grant), nobodyWaits)).end,
    signal: asking.signal,
    pieceBytes: asking.pieceBytes,
  });
  const bytes = await whereGitStarts(services, answering);
  if (bytes === undefined) return undefined;
  const answer = isCounted(grant)
    ? claimed(copies(bytes), 2, asking, () => void bytes.return(undefined))
    : bytes;
  return begun(answer, (error) => {
    if (error instanceof NoAnswer) throw incomprehensible(services, error.stderr);
    throw error;
  });
}

/** The answer of Git itself, of which nothing is kept. */
async function answerOfGit(services: Services, grant: FetchGrant, input: FetchBody): Promise<Answer> {
  const handle = await openForReading(services.storage, grant);
  const turn = await services.packQueue.enter(workOf(grant), input.signal);
  const child = startedIn(turn, () => startUploadPack(handle, input));
  const made = await answerTo(services, child, fromClient(input.body, turn));
  const stop = () => endGit(child);
  const answer = toClient(made, turn, stop);
  return isCounted(grant) ? claimed(answer, input.version, input, stop) : answer;
}

const isCounted = ({ principal }: FetchGrant): boolean =>
  principal.type === 'credential' && principal.bounds.some(({ kind }) => kind === 'uses');

function claimed(
  answer: AsyncIterable<Buffer>,
  version: ProtocolVersion,
  { claimUse }: Asking,
  stop: () => void,
): AsyncIterable<Buffer> {
  return askBeforePack(answer, version, async () => {
    const refusal = await refusalOf(claimUse());
    if (refusal !== null) stop();
    return refusal;
  });
}

/** For a reader that keeps what it was given. */
async function* copies(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) yield Buffer.from(chunk);
}

async function refusalOf(claiming: Promise<void>): Promise<string | null> {
  try {
    await claiming;
    return null;
  } catch (error) {
    if (error instanceof Refused) return explain(error.refusal);
    throw error;
  }
}
