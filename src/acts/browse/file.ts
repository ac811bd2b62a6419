import { decodeText } from '../../git/commit.ts';
import { lfsObjectSize, readLfsPointer } from '../../git/lfs/index.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { entrySize, type PathEntry } from '../../git/tree.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';

/** What a page can show of a file. Sizes in bytes. */
export type FileContent =
  | { readonly kind: 'text'; readonly size: number; readonly text: string }
  | { readonly kind: 'binary'; readonly size: number }
  | { readonly kind: 'large'; readonly size: number }
  /** A pointer of Git LFS: `size` is that of the file that it stands for, which may have been brought here or not. */
  | { readonly kind: 'lfs'; readonly size: number; readonly text: string; readonly isHere: boolean };

const LARGEST_BYTES = 1024 * 1024;
/** Git looks for a NUL in so many bytes to tell binary files from text. */
const EXAMINED_BYTES = 8000;

export const looksBinary = (bytes: Buffer): boolean => bytes.subarray(0, EXAMINED_BYTES).includes(0);

/** Reads a file, or of a link the path it leads to, as far as a page shows it. Throws `Problem` for a folder or submodule. */
export async function readContent(
  services: Services,
  grant: ReadingGrant,
  entry: PathEntry,
): Promise<FileContent> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const size = await entrySize(services.objects, handle, entry);
    if (size === undefined) throw new Problem('not_found', `${entry.path} is no file.`);
    if (size > LARGEST_BYTES) return { kind: 'large', size };
    const { bytes } = await services.objects.readObject(handle, entry.id);
    if (looksBinary(bytes)) return { kind: 'binary', size };
    const text = decodeText(bytes);
    const pointer = readLfsPointer(bytes);
    if (pointer === undefined) return { kind: 'text', size, text };
    const stored = await lfsObjectSize(handle, pointer.oid);
    return { kind: 'lfs', size: pointer.size, text, isHere: stored === pointer.size };
  });
}
