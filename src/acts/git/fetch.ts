import { Readable } from 'node:stream';
import { explain, Refused, type Grant } from '../../gate/index.ts';
import { endGit } from '../../git/process.ts';
import { askBeforePack } from '../../git/pack-answer.ts';
import { openForReading } from '../../git/open.ts';
import {
  advertisementHead,
  advertiseUploadPack,
  startUploadPack,
  type ProtocolVersion,
} from '../../git/upload-pack.ts';
import type { Services } from '../../services.ts';
import { advertisement, answerTo, type Body } from './serve.ts';

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
  const handle = await openForReading(services.storage, grant);
  const head = input.version === 2 ? Buffer.alloc(0) : advertisementHead('git-upload-pack');
  return advertisement(services, advertiseUploadPack(handle, input), head);
}

export interface FetchRequest extends FetchInput {
  readonly body: Body;
  /** Claims one use of the credential that fetches, where it is good for so many only. Throws `Refused`. */
  readonly claimUse: () => Promise<void>;
}

/**
 * Answers one request of a clone or fetch. An answer that brings a pack is a use of the credential; listing refs and
 * finding out what both sides have is none. Throws `Problem` for a request that is none.
 */
export async function answerFetch(
  services: Services,
  grant: FetchGrant,
  input: FetchRequest,
): Promise<Readable> {
  const handle = await openForReading(services.storage, grant);
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
