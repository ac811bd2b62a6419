import { Readable } from 'node:stream';
import { explain, Refused, type Grant } from '../../gate/index.ts';
import { endGit } from '../../git/process.ts';
import { readRequest } from '../../git/wire/request.ts';
import { askBeforePack } from '../../git/pack-answer.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { openForReading } from '../../git/open.ts';
import {
  advertisementHead,
  advertiseUploadPack,
  startUploadPack,
  type ProtocolVersion,
} from '../../git/upload-pack.ts';
import type { Services } from '../../services.ts';
import { bodyOf, discard } from './push-body.ts';
import { advertisement, answerTo, readable, type Answer, type Body } from './serve.ts';

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
  const handle = await openForReading(services.storage, grant);
  const head = version === 2 ? Buffer.alloc(0) : advertisementHead('git-upload-pack');
  const { words } = services;
  const known = await (version === 2
    ? words.capabilities(handle)
    : words.advertisement('git-upload-pack', handle, version));
  if (known !== undefined) return Buffer.concat([head, known]);
  return advertisement(services, advertiseUploadPack(handle, { version, signal }), head);
}

export interface FetchRequest extends FetchInput {
  readonly body: Body;
  /** Claims one use of the credential that fetches, where it is good for so many only. Throws `Refused`. */
  readonly claimUse: () => Promise<void>;
}

/** Requests of version 2 up to this size are understood by ourselves; of a larger one Git is given all. */
const UNDERSTOOD_BYTES = 1024 * 1024;

/**
 * Answers one request of a clone or fetch. An answer that brings a pack is a use of the credential; listing refs and
 * finding out what both sides have is none. Throws `Problem` for a request that is none.
 */
export async function answerFetch(
  services: Services,
  grant: FetchGrant,
  input: FetchRequest,
): Promise<Answer> {
  const handle = await openForReading(services.storage, grant);
  if (input.version !== 2) return answerOfGit(services, grant, handle, input);
  const chunks = input.body[Symbol.asyncIterator]();
  const { request, bytes } = await readable(readRequest(chunks, UNDERSTOOD_BYTES));
  const listed = request === undefined ? undefined : await services.words.listRefs(handle, request);
  if (listed === undefined) {
    return answerOfGit(services, grant, handle, { ...input, body: bodyOf(bytes, chunks) });
  }
  await discard(chunks);
  return listed;
}

async function answerOfGit(
  services: Services,
  grant: FetchGrant,
  handle: RepositoryHandle,
  input: FetchRequest,
): Promise<Readable> {
  const child = startUploadPack(handle, input);
  const answer = await answerTo(services, child, input.body);
  const { principal } = grant;
  if (principal.type !== 'credential' || !principal.bounds.some(({ kind }) => kind === 'uses')) return answer;
  const claimed = askBeforePack(answer, input.version, async () => {
    const refusal = await refusalOf(input.claimUse());
    if (refusal !== null) endGit(child);
    return refusal;
  });
  return Readable.from(claimed);
}

async function refusalOf(claimed: Promise<void>): Promise<string | null> {
  try {
    await claimed;
    return null;
  } catch (error) {
    if (error instanceof Refused) return explain(error.refusal);
    throw error;
  }
}
