import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import type { Claims } from './claims.ts';

/** Nothing longer is looked at. */
export const LONGEST_ASSERTION_BYTES = 8 * 1024;
/** The clocks of two machines are never quite the same. */
export const LEEWAY_MS = 60_000;
const MOST_LIFE_MS = 24 * 3600_000;

/** Signatures by a key that only its owner has: no `none`, and nothing that everybody who can check could make. */
const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** A token of a CI job that is no good, with a sentence for whoever sent it. */
export class BadAssertion extends Error {}

/** A token of a CI job (a JWT, RFC 7519), of which nothing has been believed yet. */
export interface Assertion {
  readonly text: string;
  readonly algorithm: string;
  readonly claims: Claims;
  readonly issuer: string;
}

/** Reads what a token says. Throws `BadAssertion`. */
export function readAssertion(text: string): Assertion {
  if (Buffer.byteLength(text) > LONGEST_ASSERTION_BYTES)
    throw new BadAssertion(
      `The subject_token is longer than ${LONGEST_ASSERTION_BYTES} bytes, which no token of a CI job is.`,
    );
  const parts = text.split('.');
  const [header, claims] = parts.slice(0, 2).map(objectIn);
  if (parts.length !== 3 || header === undefined || claims === undefined)
    throw new BadAssertion(
      'The subject_token is no signed JWT: send the token of the CI job as it is, three parts with dots between.',
    );
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || !ALGORITHMS.includes(algorithm))
    throw new BadAssertion(`The subject_token must be signed by one of ${ALGORITHMS.join(', ')}.`);
  if (Object.hasOwn(header, 'crit'))
    throw new BadAssertion('The subject_token demands extensions ("crit") that are not known here.');
  const { iss } = claims;
  if (typeof iss !== 'string' || iss === '')
    throw new BadAssertion('The subject_token does not say who issued it ("iss").');
  return { text, algorithm, claims, issuer: iss };
}

function objectIn(part: string): Record<string, unknown> | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')),
    );
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How a signature came out; `no key`: none of these keys is the one that it names; `no fresh keys`: what is kept is too old to be believed. */
export type SignatureVerdict = 'good' | 'bad' | 'no key' | 'no fresh keys';

/** Holds a token's signature against the keys of its issuer. */
export async function checkSignature(
  { text }: Pick<Assertion, 'text'>,
  keys: JSONWebKeySet,
): Promise<SignatureVerdict> {
  try {
    await compactVerify(text, createLocalJWKSet(keys), { algorithms: [...ALGORITHMS] });
    return 'good';
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return anyOf(text, error);
    return error instanceof errors.JWKSNoMatchingKey ? 'no key' : 'bad';
  }
}

/** A token that names no key may be signed by any that is of its kind. */
async function anyOf(text: string, keys: errors.JWKSMultipleMatchingKeys): Promise<SignatureVerdict> {
  for await (const key of keys) {
    try {
      await compactVerify(text, key, { algorithms: [...ALGORITHMS] });
      return 'good';
    } catch {
      // The next one.
    }
  }
  return 'bad';
}

/** What is wrong with the times that a token names, as a sentence; undefined where it is good at `now`. */
export function timeProblem(claims: Claims, now: number): string | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => claims[name]);
  if (!isSeconds(exp)) return 'It does not say when it expires ("exp").';
  if (!isSeconds(iat)) return 'It does not say when it was issued ("iat").';
  if (nbf !== undefined && !isSeconds(nbf)) return 'Its time "nbf" is no number of seconds.';
  if (untilOf(claims) <= now) return `It expired at ${instant(exp)}.`;
  if (nbf !== undefined && nbf * 1000 > now + LEEWAY_MS) return `It is not good before ${instant(nbf)}.`;
  if (iat * 1000 > now + LEEWAY_MS) return `It was issued in the future, at ${instant(iat)}.`;
  return (exp - iat) * 1000 > MOST_LIFE_MS
    ? 'It lives longer than 24 hours, which no token of a CI job does.'
    : undefined;
}

/** Until when it would be accepted, in milliseconds. */
export const untilOf = ({ exp }: Claims): number => (isSeconds(exp) ? Math.ceil(exp * 1000) + LEEWAY_MS : 0);

/** What is remembered of a token that was used: its `jti`, or what its signature is about where it has none. */
export function digestOf({ text, claims: { jti } }: Assertion): string {
  const what =
    typeof jti === 'string' && jti !== '' ? `jti ${jti}` : `signed ${text.slice(0, text.lastIndexOf('.'))}`;
  return createHash('sha256').update(what).digest('base64url');
}

/** Up to the year 9999, which a date can still show. */
const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < 253_402_300_800;

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
