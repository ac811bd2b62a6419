import type { Readable } from 'node:stream';
import { explain, Refused, type Grant } from '../../gate/index.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { askBeforePack } from '../../git/pack-answer.ts';
import { NoAnswer, readFetchRequest, type Asked } from '../../git/packs/index.ts';
import { encodePacket } from '../../git/pkt-line.ts';
import { endGit, gitEnd } from '../../git/process.ts';
import { openForReading } from '../../git/open.ts';
import {
  advertisementHead,
  advertiseUploadPack,
  startUploadPack,
  startUploadPackInto,
  type ProtocolVersion,
} from '../../git/upload-pack.ts';
import { Busy } from '../../limits/pack-queue.ts';
import type { Services } from '../../services.ts';
import { bodyOf } from './push-body.ts';
import { advertisement, answerTo, incomprehensible, unreadable, type Body } from './serve.ts';

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
  input: FetchInput,
): Promise<Readable> {
  // Before version 2 Git shows a refusal here only; in version 2 it is said where the pack is asked for.
  if (input.version !== 2 && services.packQueue.isFull(workOf(grant))) throw new Busy();
  const handle = await openForReading(services.storage, grant);
  const head = input.version === 2 ? Buffer.alloc(0) : advertisementHead('git-upload-pack');
  return advertisement(services, advertiseUploadPack(handle, input), head);
}

export interface FetchBody extends FetchInput {
  readonly body: Body;
  /** Claims one use of the credential that fetches, where it is good for so many only. Throws `Refused`. */
  readonly claimUse: () => Promise<void>;
}

/** The bytes of an answer. A chunk is good until the next one is asked for. */
export type Answer = AsyncIterable<Buffer>;

/** A request that is longer is answered by Git alone; one that many repeat is not. */
const KEPT_REQUEST = 1024 * 1024;

/**
 * Answers one request of a clone or fetch. An answer that brings a pack is a use of the credential, wherever its bytes
 * come from; listing refs and finding out what both sides have is none. Throws `Problem` for a request that is none.
 */
export async function answerFetch(services: Services, grant: FetchGrant, input: FetchBody): Promise<Answer> {
  const handle = await openForReading(services.storage, grant);
  const asked = await readBeginning(input.body);
  const request = input.version === 2 && asked.isWhole ? readFetchRequest(asked.begin) : undefined;
  try {
    const kept =
      request && (await keptAnswer(services, grant, input, { handle, request, body: asked.begin }));
    return kept ?? (await gitAnswer(services, grant, input, handle, asked));
  } catch (error) {
    // Of what comes behind the first answer Git shows only what the protocol itself calls an error.
    if (error instanceof Busy) return one(encodePacket(`ERR ${error.message}`));
    throw error;
  }
}

interface Beginning {
  readonly begin: Buffer;
  readonly isWhole: boolean;
  readonly rest: AsyncIterator<Buffer>;
}

async function readBeginning(body: Body): Promise<Beginning> {
  const rest = body[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    while (size <= KEPT_REQUEST) {
      const { value, done } = await rest.next();
      if (done === true) return { begin: Buffer.concat(chunks), isWhole: true, rest };
      chunks.push(value);
      size += value.length;
    }
  } catch (error) {
    throw unreadable(error);
  }
  return { begin: Buffer.concat(chunks), isWhole: false, rest };
}

const workOf = ({ principal, targets: [{ id }], address }: FetchGrant) => ({
  credential: principal.type === 'credential' ? principal.credentialId : (address ?? principal.type),
  repository: id,
});

async function keptAnswer(
  services: Services,
  grant: FetchGrant,
  input: FetchBody,
  asked: Pick<Asked, 'handle' | 'request' | 'body'>,
): Promise<Answer | undefined> {
  const bytes = await services.packs.answer({
    ...asked,
    start: (stdoutPath) => startUploadPackInto(asked.handle, stdoutPath),
    admit: () => services.packQueue.enter(workOf(grant)),
    signal: input.signal,
  });
  if (bytes === undefined) return undefined;
  const answer = isCounted(grant) ? claimed(copies(bytes), input, () => void bytes.return(undefined)) : bytes;
  return begun(answer, (error) => {
    if (error instanceof NoAnswer) throw incomprehensible(services, error.stderr);
    throw error;
  });
}

/** The answer of Git itself, of which nothing is kept. Listing refs waits for nobody. */
async function gitAnswer(
  services: Services,
  grant: FetchGrant,
  input: FetchBody,
  handle: RepositoryHandle,
  { begin, rest }: Beginning,
): Promise<Answer> {
  const isListing = input.version === 2 && !isFetchCommand(begin);
  const release = isListing ? () => {} : await services.packQueue.enter(workOf(grant), input.signal);
  const child = startUploadPack(handle, input);
  gitEnd(child).then(release, release);
  const answer = await answerTo(services, child, bodyOf(begin, rest));
  return isCounted(grant) ? claimed(answer, input, () => endGit(child)) : answer;
}

const isFetchCommand = (body: Buffer): boolean => body.toString('latin1', 4, 17) === 'command=fetch';

const isCounted = ({ principal }: FetchGrant): boolean =>
  principal.type === 'credential' && principal.bounds.some(({ kind }) => kind === 'uses');

function claimed(answer: Answer, { version, claimUse }: FetchBody, stop: () => void): Answer {
  return askBeforePack(answer, version, async () => {
    const refusal = await refusalOf(claimUse());
    if (refusal !== null) stop();
    return refusal;
  });
}

/** Waits for the first chunk, so that what goes wrong before it is still an answer of its own. */
async function begun(answer: Answer, failed: (error: unknown) => never): Promise<Answer> {
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

/** For a reader that keeps what it was given. */
async function* copies(bytes: Answer): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) yield Buffer.from(chunk);
}

async function* one(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
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
