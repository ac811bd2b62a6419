import { decodeText } from '../../git/commit.ts';
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
  /** A pointer of Git LFS: `size` is what it points to. */
  | { readonly kind: 'lfs'; readonly size: number; readonly text: string };

const LARGEST_BYTES = 1024 * 1024;
/** Git looks for a NUL in so many bytes to tell binary files from text. */
const EXAMINED_BYTES = 8000;
const LFS_POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid [a-z0-9]+:[0-9a-f]+\nsize (\d{1,15})\n/;

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
    const pointed = size <= 1024 ? LFS_POINTER.exec(text)?.[1] : undefined;
    return pointed === undefined
      ? { kind: 'text', size, text }
      : { kind: 'lfs', size: Number(pointed), text };
  });
}
