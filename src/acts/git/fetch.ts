import type { Readable } from 'node:stream';
import type { Grant } from '../../gate/index.ts';
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

/** Answers one request of a clone or fetch. Throws `Problem` for a request that is none. */
export async function answerFetch(
  services: Services,
  grant: FetchGrant,
  input: FetchInput & { readonly body: Body },
): Promise<Readable> {
  const handle = await openForReading(services.storage, grant);
  return answerTo(services, startUploadPack(handle, input), input.body);
}
