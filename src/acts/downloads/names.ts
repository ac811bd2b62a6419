import { invalid, Problem } from '../../problem.ts';

/** In bytes of UTF-8: what file systems take, to which people save it. */
const LONGEST_NAME = 255;

/** The name of a file that is uploaded, as it stays. Throws `Problem` for one that is none, or leads somewhere. */
export function chooseDownloadName(filename: string): string {
  const shown = JSON.stringify(filename.slice(0, 100));
  if (filename === '') throw invalid('files', 'Give the file a name: filename="…" of its part of the form.');
  if (Buffer.byteLength(filename) > LONGEST_NAME)
    throw invalid('files', `The name of a download has at most ${LONGEST_NAME} bytes: ${shown}… has more.`);
  if (/[\p{Cc}\p{Cs}/\\]|^\.{1,2}$/u.test(filename)) {
    throw invalid(
      'files',
      `${shown} cannot be the name of a download: it holds a slash, backslash or control character, or is "." or "..".`,
    );
  }
  return filename;
}

export const noSuchDownload = (): Problem =>
  new Problem('not_found', 'The repository has no download of this name.');
