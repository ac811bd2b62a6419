import { invalid } from '../problem.ts';

/** More than any of Git's requests holds; what is longer is not one. */
const LARGEST_BYTES = 64 * 1024;
const LONGEST_LINE = 8 * 1024;
const MOST_LINES = 500;

/**
 * The attributes of a message of Git's credential protocol (gitcredentials(7), git-credential(1)): lines of `key=value` up
 * to a blank line or the end. Of a key given twice the last counts, as in Git. Keys that end in `[]` hold lists and say
 * nothing that is needed here; they are left out. Throws `Problem` for what Git would not send: too much of it, no UTF-8, a
 * carriage return or a NUL, by which a value could pass for two.
 */
export function parseAttributes(bytes: Uint8Array): ReadonlyMap<string, string> {
  if (bytes.length > LARGEST_BYTES) throw refused(`is longer than ${LARGEST_BYTES / 1024} KiB`);
  const attributes = new Map<string, string>();
  for (const [index, line] of textOf(bytes).split('\n').entries()) {
    if (line === '') break;
    if (index >= MOST_LINES) throw refused(`has more than ${MOST_LINES} lines`);
    if (line.length > LONGEST_LINE) throw refused(`has a line of more than ${LONGEST_LINE / 1024} KiB`);
    if (/[\r\0]/.test(line)) throw refused('holds a carriage return or a NUL');
    const at = line.indexOf('=');
    if (at < 1) throw refused('has a line that is not of the form key=value');
    const key = line.slice(0, at);
    if (!key.endsWith('[]')) attributes.set(key, line.slice(at + 1));
  }
  return attributes;
}

/**
 * The message that says these attributes; those without a value are left out. Throws `Problem` when a line break or a NUL
 * would let one value pass for another attribute.
 */
export function formatAttributes(attributes: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([key, value]) => {
      if (/[\r\n\0]/.test(value))
        throw invalid(key, `The ${key} holds a line break or a NUL, which cannot be told to Git.`);
      return `${key}=${value}\n`;
    })
    .join('');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused('is not UTF-8');
  }
}

const refused = (what: string) =>
  invalid(
    'attributes',
    `What came on standard input ${what}: this verb is called by Git, as its credential helper.`,
  );
