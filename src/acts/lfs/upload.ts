import { pushLimit, type Grant } from '../../gate/index.ts';
import { hasCode } from '../../git/error-code.ts';
import { freshenLfsObject, OtherBytes, storeLfsObject } from '../../git/lfs/index.ts';
import { openForWriting } from '../../git/open.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { LfsObject } from './batch.ts';
import { mustBeOid } from './oid.ts';
import { tooLargeFor } from './too-large.ts';

export interface LfsUpload {
  readonly oid: string;
  /** What its sender says that it has, in bytes; undefined where they do not say. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Buffer>;
  /**
   * Decides again what the grant was made for, since a large file takes hours to come, and claims the use that it is.
   * Throws `Refused`.
   */
  readonly decideAgain: () => Promise<void>;
}

/** The disk has no room for it; told apart, since its client can do nothing about it and trying again does not help. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';

  constructor(cause: unknown) {
    super('The disk of this host is full; tell who operates it.', { cause });
  }
}

/**
 * Takes a file in. Nothing of it stays where it is not what its name says, is larger than its sender may push, or was
 * refused when it had come. Throws `Problem`, `NoRoom`, and what `decideAgain` throws.
 */
export async function takeLfsObject(
  services: Services,
  grant: Grant<'lfs.upload'>,
  { oid, size, body, decideAgain }: LfsUpload,
): Promise<void> {
  mustBeOid(oid);
  const { principal } = grant;
  const handle = await openForWriting(services.storage, grant);
  const limit = principal.type === 'credential' ? pushLimit(principal.bounds) : null;
  const tooLarge = () => new Problem('invalid', tooLargeFor(principal, limit ?? 0));
  if (limit !== null && size !== undefined && size > limit) throw tooLarge();
  try {
    await storeLfsObject(handle, oid, limit === null ? body : upTo(body, limit, tooLarge), decideAgain);
  } catch (error) {
    if (error instanceof OtherBytes) {
      throw new Problem(
        'invalid',
        `The file that came is ${error.oid}, and not ${oid}: it changed or was cut off on the way. Send it again.`,
      );
    }
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) throw new NoRoom(error);
    throw error;
  }
  services.sizes.forget(handle);
}

async function* upTo(
  body: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => Error,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    yield chunk;
  }
}

/** Whether a file has come whole, as its client asks when it has sent it. Throws `Problem` where it has not. */
export async function verifyLfsObject(
  services: Services,
  grant: Grant<'lfs.upload'>,
  { oid, size }: LfsObject,
): Promise<void> {
  mustBeOid(oid);
  const stored = await freshenLfsObject(await openForWriting(services.storage, grant), oid);
  if (stored === undefined) throw new Problem('not_found', 'This file has not come; send it again.');
  if (stored !== size) throw new Problem('invalid', `This file has ${stored} bytes, and not ${size}.`);
}
