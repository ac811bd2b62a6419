import type { JSONWebKeySet, JWK } from 'jose';
import { Problem } from '../problem.ts';

const MOST_KEYS = 100;
/** Members of the public half of a key (RFC 7518 §6, RFC 8037 §2), and what says what it is for. */
const MEMBERS = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'] as const;
const TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP'];

const wrong = (says: string): Problem => new Problem('invalid', says);

/**
 * The public keys of a JWK set (RFC 7517 §5) that sign: keys of other kinds, and those for encryption, are left out. Throws
 * `Problem` where nothing is left, and where it holds private keys, which nobody but the issuer may have.
 */
export function readKeySet(value: unknown): JSONWebKeySet {
  const listed: unknown =
    typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(listed)) throw wrong('This is no JWK set: it is a JSON object whose "keys" are a list.');
  if (listed.length > MOST_KEYS) throw wrong(`A JWK set has at most ${MOST_KEYS} keys here.`);
  const keys = listed.filter((each): each is JWK => typeof each === 'object' && each !== null);
  if (keys.some((key) => TYPES.includes(key.kty) && key.d !== undefined))
    throw wrong('This JWK set holds private keys: give the public ones alone, and replace those.');
  const signing = keys.filter(
    ({ kty, use = 'sig', key_ops: does = ['verify'] }) =>
      TYPES.includes(kty) && use === 'sig' && does.includes('verify'),
  );
  if (signing.length === 0) throw wrong('This JWK set holds no public key for signatures (RSA, EC or OKP).');
  return {
    keys: signing.map((key) => {
      const member = (name: (typeof MEMBERS)[number]): [string, string][] =>
        typeof key[name] === 'string' ? [[name, key[name]]] : [];
      return Object.fromEntries(MEMBERS.flatMap(member)) as JWK;
    }),
  };
}

/** The same from a text, such as a file. Throws `Problem`. */
export function parseKeySet(text: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('This is no JWK set: it is not JSON.');
  }
  return readKeySet(value);
}
