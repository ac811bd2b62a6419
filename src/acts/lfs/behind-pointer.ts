import { POINTER_SIZES, readLfsPointer } from '../../git/lfs/index.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { entrySize, type PathEntry } from '../../git/tree.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';
import { findLfsContent, type LfsContent } from './download.ts';

/**
 * The file of Git LFS for which a file of the repository stands; undefined where that is no pointer, or what it points to
 * was not brought here.
 */
export async function contentBehind(
  services: Services,
  grant: ReadingGrant,
  entry: PathEntry,
): Promise<LfsContent | undefined> {
  if (entry.kind === 'link' || entry.kind === 'directory' || entry.kind === 'submodule') return undefined;
  const handle = await openForReading(services.storage, grant);
  const pointer = await reading(async () => {
    const size = await entrySize(services.objects, handle, entry);
    if (size === undefined || size < POINTER_SIZES.from || size > POINTER_SIZES.to) return undefined;
    return readLfsPointer((await services.objects.readObject(handle, entry.id)).bytes);
  });
  if (pointer === undefined) return undefined;
  const content = await findLfsContent(services, grant, pointer.oid);
  return content?.size === pointer.size ? content : undefined;
}
