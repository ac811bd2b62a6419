/** What a token says, as it was parsed; none of it is believed by that alone. */
export type Claims = Readonly<Record<string, unknown>>;

const MOST_SHOWN = 200;

/** A name of a claim as it is compared: a JSON Pointer to one at the top is no other than its plain name. */
export function plainName(name: string): string {
  const trimmed = name.trim();
  if (!/^\/[^/]+$/.test(trimmed)) return trimmed;
  const plain = unescaped(trimmed.slice(1));
  return plain.startsWith('/') ? trimmed : plain;
}

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/**
 * What a claim is, as it is compared: a text as it is, a boolean or whole number as JSON has it. Undefined where it is not
 * there, or is an array, an object or null, which nothing is equal to, or a number that does not come out of JSON as it went in:
 * two of those may be different and look alike (RFC 8259 §6).
 *
 * @param name of a claim at the top, or a JSON Pointer (RFC 6901), which begins with `/`
 */
export function claimText(claims: Claims, name: string): string | undefined {
  const value = claimAt(claims, name);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function claimAt(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return own(claims, name);
  return name.slice(1).split('/').map(unescaped).reduce<unknown>(own, claims);
}

/** Only what stands there itself: every object has a `constructor`. */
const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** A claim as people are shown it: in quotation marks, shortened, or that it is none that can be compared. */
export function claimInWords(claims: Claims, name: string): string {
  const text = claimText(claims, name);
  if (text !== undefined) return inQuotes(text);
  const value = claimAt(claims, name);
  if (value === undefined) return 'it has none';
  return typeof value === 'number'
    ? 'it has a number there that is too large to be compared'
    : 'it has a list or an object there';
}

/** What cannot be seen, and would turn round what follows, is written as an escape. */
export const inQuotes = (text: string): string =>
  JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text).replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16) ?? ''}}`,
  );

/** What the job calls itself (`sub`), for people: on one line, and no longer than `most` characters. */
export const subjectOf = (claims: Claims, most: number): string =>
  (claimText(claims, 'sub') ?? '')
    .slice(0, most)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();

/** Every audience that a token is for (RFC 7519 §4.1.3). */
export function audiencesOf({ aud }: Claims): readonly string[] {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.filter((each) => typeof each === 'string');
}
