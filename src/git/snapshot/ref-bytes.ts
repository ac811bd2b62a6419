import { NotPlain } from './not-plain.ts';

/** Names and ids as they lie on the disk: bytes, each of which is one character of a Latin-1 string here. */

/** git-check-ref-format(1), on bytes; one pattern, since it runs over every ref of a repository. */
const VALID = /^refs\/(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$))(?!\.)[^\x00-\x20\x7f~^:?*[\\]+$/;
/** Far above what a file system takes, and far below what a packet holds. */
const LONGEST = 4096;

export const isPlainRefName = (name: string): boolean => name.length <= LONGEST && VALID.test(name);

/** What a loose ref or HEAD says: an id, or the name of another ref. */
export type RefValue =
  | { readonly id: string; readonly to?: undefined }
  | { readonly to: string; readonly id?: undefined };

/** Reads a loose ref as Git writes it. Git understands more; whoever wrote that is left to Git. Throws `NotPlain`. */
export function parseRefValue(text: string, idLength: number): RefValue {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (line.startsWith('ref: ')) {
    const to = line.slice(5);
    if (isPlainRefName(to)) return { to };
  } else if (line.length === idLength && isPlainId(line)) return { id: line };
  throw new NotPlain('A ref holds neither an id nor the name of a ref.');
}

/** Lower-case hexadecimal digits of which one at least is no zero: the id of nothing is no value of a ref. */
export const isPlainId = (text: string): boolean => /^[0-9a-f]+$/.test(text) && !/^0+$/.test(text);

/** The path of a ref below the repository's folder; a Buffer where the name is not ASCII, since paths are bytes. */
export function pathOfRef(folder: string, name: string): string | Buffer {
  const isAscii = !/[^\x00-\x7f]/.test(name);
  return isAscii
    ? `${folder}/${name}`
    : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
}
