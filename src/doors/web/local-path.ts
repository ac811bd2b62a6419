/** An authorization request carries a state of its client's own. */
const LONGEST = 4096;
const SOMEWHERE = 'http://latchkey.invalid';

/**
 * A path and query on this host that a caller named as the place to go on to, or undefined for anything that could lead
 * elsewhere: an absolute address, `//host`, `/\host`, control characters (which browsers drop), or an overlong one.
 */
export function localPath(value: string): string | undefined {
  if (value.length > LONGEST || !/^\/(?![/\\])[^\\\p{C}]*$/u.test(value)) return undefined;
  let url: URL;
  try {
    url = new URL(value, SOMEWHERE);
  } catch {
    return undefined;
  }
  // Dot segments can uncover a second slash at the beginning.
  if (url.origin !== SOMEWHERE || url.pathname.startsWith('//')) return undefined;
  return url.pathname + url.search;
}
