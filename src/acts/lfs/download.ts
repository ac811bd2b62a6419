import type { Grant } from '../../gate/index.ts';
import { hasCode } from '../../git/error-code.ts';
import { lfsObjectSize, readLfsObject } from '../../git/lfs/index.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { NOT_HERE, type LfsObject } from './batch.ts';
import { mustBeOid } from './oid.ts';

export interface LfsContent extends LfsObject {
  /** The bytes from `from` up to and without `to`, each chunk good until the next one is asked for. */
  readonly bytes: (from: number, to: number) => AsyncGenerator<Buffer>;
}

/** A stored file; undefined where the repository has none of that name. */
export async function findLfsContent(
  services: Services,
  grant: ReadingGrant,
  oid: string,
): Promise<LfsContent | undefined> {
  const handle = await openForReading(services.storage, grant);
  const size = await lfsObjectSize(handle, oid);
  if (size === undefined) return undefined;
  return { oid, size, bytes: (from, to) => orGone(readLfsObject(handle, oid, { from, to })) };
}

/** It may be taken away between the moments in which it was found and is opened. */
async function* orGone(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? new Problem('not_found', NOT_HERE) : error;
  }
}

/** The same for its client. Throws `Problem` where there is none. */
export async function viewLfsContent(
  services: Services,
  grant: Grant<'lfs.download'>,
  oid: string,
): Promise<LfsContent> {
  mustBeOid(oid);
  const content = await findLfsContent(services, grant, oid);
  if (content === undefined) throw new Problem('not_found', NOT_HERE);
  return content;
}
