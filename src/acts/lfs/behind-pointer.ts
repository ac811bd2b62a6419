import { POINTER_SIZES, readLfsPointer } from '../../git/lfs/index.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { entrySize, type PathEntry } from '../../git/tree.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';
import { findLfsContent, type LfsContent } from './download.ts';

export interface Looked {
  /** The file of Git LFS for which it stands, where that was brought here. */
  readonly content?: LfsContent;
  /** Its own bytes, where they had to be read to tell. */
  readonly bytes?: Buffer;
}

/** Looks whether a file of the repository is a pointer; only those of the size of one are read. */
export async function lookBehind(services: Services, grant: ReadingGrant, entry: PathEntry): Promise<Looked> {
  if (entry.kind === 'link' || entry.kind === 'directory' || entry.kind === 'submodule') return {};
  const handle = await openForReading(services.storage, grant);
  const bytes = await reading(async () => {
    const size = await entrySize(services.objects, handle, entry);
    if (size === undefined || size < POINTER_SIZES.from || size > POINTER_SIZES.to) return undefined;
    return (await services.objects.readObject(handle, entry.id)).bytes;
  });
  if (bytes === undefined) return {};
  const pointer = readLfsPointer(bytes);
  const content = pointer && (await findLfsContent(services, grant, pointer.oid));
  return content !== undefined && content.size === pointer?.size ? { content } : { bytes };
}
