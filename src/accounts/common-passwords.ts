import { readFileSync } from 'node:fs';

/** Words and rows of keys that guessers begin with, one a line, in small letters. Put together for this product. */
const COMMON: ReadonlySet<string> = new Set(
  readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n'),
);
const FEW_CHARACTERS = 3;

/** How people write letters to make a word look like a password. */
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * Whether a password is one that guessers try first: a common word or row of keys, in whatever letters, disguised, repeated, or
 * dressed with digits and signs at its ends; or so few characters over and over.
 */
export function isCommonPassword(password: string): boolean {
  const plain = password.normalize('NFC').toLowerCase().replace(/\s+/g, '');
  if (new Set(plain).size <= FEW_CHARACTERS || COMMON.has(unitOf(plain))) return true;
  const bare = plain.replace(/^[!-@[-`{-~]+|[!-@[-`{-~]+$/g, '');
  return [plain, bare, plain.replace(/\d+$/, '')].some((each) => {
    const word = unitOf(Array.from(each, (character) => DISGUISES[character] ?? character).join(''));
    return COMMON.has(word) || COMMON.has(unitOf(each));
  });
}

/** What a text repeats: `abc` of `abcabcabc`, and itself where it repeats nothing. */
function unitOf(text: string): string {
  const length = (text + text).indexOf(text, 1);
  return length > 0 ? text.slice(0, length) : text;
}
