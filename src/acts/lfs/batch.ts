import { pushLimit, type Grant } from '../../gate/index.ts';
import { freshenLfsObject, isLfsOid, lfsObjectSize } from '../../git/lfs/index.ts';
import { openForReading, openForWriting } from '../../git/open.ts';
import type { Services } from '../../services.ts';
import { NO_OID } from './oid.ts';
import { tooLargeFor } from './too-large.ts';

/** One file of Git LFS, as a pointer in the repository names it. */
export interface LfsObject {
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** What comes of one of them: it is to be transferred, it is here already, or it cannot be. */
export type LfsAnswer = LfsObject &
  (
    | { readonly outcome: 'transfer' | 'here' }
    | { readonly outcome: 'refused'; readonly status: 404 | 413 | 422; readonly reason: string }
  );

/** How many are asked about at a time; git-lfs asks about 100. */
export const MOST_OBJECTS = 1000;

/** Says of each file whether it can be fetched from the repository, or is to be brought to it. */
export async function answerBatch(
  services: Services,
  grant: Grant<'lfs.download'> | Grant<'lfs.upload'>,
  objects: readonly LfsObject[],
): Promise<LfsAnswer[]> {
  const sizeOf = await looksAt(services, grant);
  const { principal } = grant;
  const uploads = grant.operation === 'lfs.upload';
  const limit = uploads && principal.type === 'credential' ? pushLimit(principal.bounds) : null;
  const answers: LfsAnswer[] = [];
  for (const object of objects) {
    const refused = (status: 404 | 413 | 422, reason: string): LfsAnswer => ({
      ...object,
      outcome: 'refused',
      status,
      reason,
    });
    const { oid, size } = object;
    if (!isLfsOid(oid)) {
      answers.push(refused(422, NO_OID));
      continue;
    }
    const stored = await sizeOf(oid);
    if (stored !== undefined && stored !== size)
      answers.push(refused(422, `This file has ${stored} bytes, and not ${size}.`));
    else if (stored !== undefined) answers.push({ ...object, outcome: uploads ? 'here' : 'transfer' });
    else if (!uploads) answers.push(refused(404, NOT_HERE));
    else if (limit !== null && size > limit) answers.push(refused(413, tooLargeFor(principal, limit)));
    else answers.push({ ...object, outcome: 'transfer' });
  }
  return answers;
}

/** Whoever wants to bring a file and hears that it is here must find it so when they push. */
async function looksAt(
  services: Services,
  grant: Grant<'lfs.download'> | Grant<'lfs.upload'>,
): Promise<(oid: string) => Promise<number | undefined>> {
  if (grant.operation === 'lfs.upload') {
    const handle = await openForWriting(services.storage, grant);
    return (oid) => freshenLfsObject(handle, oid);
  }
  const handle = await openForReading(services.storage, grant);
  return (oid) => lfsObjectSize(handle, oid);
}

export const NOT_HERE =
  'This file is not stored here: whoever has it runs "git lfs push --all" with this host as remote.';
