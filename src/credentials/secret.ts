import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { crc32 } from 'node:zlib';
import { formOfSecret, prefixOf, type SecretForm } from '../gate/index.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 32;
const CHECKSUM_CHARACTERS = 6;
const PUBLIC_ID_CHARACTERS = 20;

/**
 * A secret in clear, for the moment between making it and showing it once, or between receiving it and looking it up.
 * Printing, logging or serialising it in any way gives `[redacted]`; only `reveal` gives the characters.
 */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [inspect.custom](): string {
    return '[redacted]';
  }
}

/**
 * A new secret of a form: its prefix, 32 base62 characters of the system's random source (190 bits), and 6 base62
 * characters of the CRC-32 of all that stands before, so that scanners and we can tell a mistyped one without looking
 * it up. Only letters, digits and `_`: safe in a URL, a shell, `.netrc` and a header.
 */
export function generateSecret(form: SecretForm): Secret {
  return new Secret(checksummed(prefixOf(form) + randomText(RANDOM_CHARACTERS)));
}

/** A new public id, `cred_` and 20 random letters and digits: what lists, logs and errors show instead of the secret. */
export const generatePublicId = (): string => `cred_${randomText(PUBLIC_ID_CHARACTERS)}`;

/**
 * The form of a presented secret: undefined when it carries no prefix of ours, `malformed` when it carries one and is
 * not whole. Neither is ever looked up or hashed.
 */
export function examineSecret(secret: Secret): SecretForm | 'malformed' | undefined {
  const text = secret.reveal();
  const form = formOfSecret(text);
  if (form === undefined) return undefined;
  const body = text.slice(0, -CHECKSUM_CHARACTERS);
  const whole =
    text.length === prefixOf(form).length + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS &&
    checksummed(body) === text;
  return whole ? form : 'malformed';
}

const checksummed = (body: string): string => body + base62(crc32(body), CHECKSUM_CHARACTERS);

function base62(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / ALPHABET.length)) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
  }
  return text;
}

/** Bytes that would make some characters likelier than others are thrown away. */
function randomText(length: number): string {
  const fair = 256 - (256 % ALPHABET.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < fair && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
