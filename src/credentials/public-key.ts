import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { invalid } from '../problem.ts';
import { BlobReader } from './key-blob.ts';

/** The public half of a key as it is kept. */
export interface PublicKey {
  readonly type: KeyType;
  /** RFC 4253 §6.6, in base64. */
  readonly blob: string;
  /** `SHA256:` and base64 without padding, as ssh-keygen prints it. */
  readonly fingerprint: string;
  readonly comment: string;
}

export type KeyType =
  | 'ssh-ed25519'
  | 'ssh-rsa'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com';

/** A public key that can verify. */
export interface OpenedKey {
  readonly type: KeyType;
  readonly key: KeyObject;
  /** Of a key on a security key: what its signatures are bound to (PROTOCOL.u2f of OpenSSH). */
  readonly application: Buffer | null;
}

const CURVES = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', crv: 'P-256', bytes: 32 },
  'ecdsa-sha2-nistp384': { name: 'nistp384', crv: 'P-384', bytes: 48 },
  'ecdsa-sha2-nistp521': { name: 'nistp521', crv: 'P-521', bytes: 66 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { name: 'nistp256', crv: 'P-256', bytes: 32 },
} as const;

const TYPES: readonly KeyType[] = [
  'ssh-ed25519',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
const isType = (text: string): text is KeyType => (TYPES as readonly string[]).includes(text);

const LONGEST = 16 * 1024;
const LEAST_RSA_BITS = 2048;
const MOST_RSA_BITS = 16384;
const LONGEST_COMMENT = 255;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9+/]{2}==$/;

const refuse = (why: string): Error => invalid('key', `That SSH key is invalid. ${why}`);
const UNREADABLE = 'Give the public key as its .pub file has it: the type, then the key, on one line.';

/**
 * Reads a line such as `ssh-ed25519 AAAA… comment`. Throws `Problem` with one sentence for everything that is not one
 * public key of a type and strength that is accepted.
 */
export function readPublicKey(text: string): PublicKey {
  if (/PRIVATE KEY/.test(text)) {
    throw refuse(
      'This is a private key, which belongs to its owner alone: give the public key, from the file whose name ends in .pub, and make a new pair if this one was sent to anybody.',
    );
  }
  if (text.length > LONGEST) throw refuse(`It is longer than ${LONGEST} characters, which no key is.`);
  const line = text.trim();
  if (line === '') throw invalid('key', 'Give the public key, such as "ssh-ed25519 AAAA… you@laptop".');
  if (/[\r\n]/.test(line)) throw refuse('Give one key, on one line.');
  if (/[^\P{C}\t]/u.test(line)) throw refuse('It contains control characters.');
  const [type = '', encoded = '', ...comment] = line.split(/[ \t]+/);
  if (!isType(type)) throw refuse(wrongType(type, line));
  if (!BASE64.test(encoded)) throw refuse(UNREADABLE);
  const blob = Buffer.from(encoded, 'base64');
  openBlob(type, blob);
  return {
    type,
    blob: blob.toString('base64'),
    fingerprint: fingerprintOf(blob),
    comment: comment.join(' ').slice(0, LONGEST_COMMENT),
  };
}

function wrongType(type: string, line: string): string {
  if (/-cert-v\d+@openssh\.com/.test(line)) return 'It is a certificate: give the public key itself.';
  if (type === 'ssh-dss')
    return 'DSA keys are no longer safe: make an Ed25519 key with ssh-keygen -t ed25519.';
  if (line.split(/[ \t]+/).some((word) => isType(word)))
    return 'Give the key without anything before it: options such as from= or command= are not taken from it.';
  return `${UNREADABLE} Accepted are ${TYPES.join(', ')}.`;
}

export const fingerprintOf = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** Opens a key as it was presented or is kept. Throws `Problem` for a blob that is not exactly one key of this type. */
export function openBlob(type: string, blob: Buffer): OpenedKey {
  if (!isType(type)) throw refuse(wrongType(type, type));
  const reader = new BlobReader(blob);
  try {
    if (reader.string().toString('latin1') !== type) throw refuse('Its type and its content do not agree.');
    const opened = open(type, reader);
    if (!reader.isAtEnd) throw refuse('Something follows the key.');
    return opened;
  } catch (error) {
    // What Node says of a point that is not on its curve, or of a blob that ends too early.
    throw error instanceof Error && error.name === 'Problem' ? error : refuse(UNREADABLE);
  }
}

function open(type: KeyType, reader: BlobReader): OpenedKey {
  switch (type) {
    case 'ssh-rsa':
      return { type, key: rsa(reader), application: null };
    case 'ssh-ed25519':
      return { type, key: ed25519(reader), application: null };
    case 'sk-ssh-ed25519@openssh.com':
      return { type, key: ed25519(reader), application: application(reader) };
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return { type, key: ecdsa(type, reader), application: application(reader) };
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return { type, key: ecdsa(type, reader), application: null };
  }
}

function application(reader: BlobReader): Buffer {
  const bytes = reader.string();
  if (bytes.length === 0 || bytes.length > 255) throw refuse('Its application is empty or very long.');
  return bytes;
}

function ed25519(reader: BlobReader): KeyObject {
  const point = reader.string();
  if (point.length !== 32) throw refuse(UNREADABLE);
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') },
    format: 'jwk',
  });
}

function ecdsa(type: keyof typeof CURVES, reader: BlobReader): KeyObject {
  const { name, crv, bytes } = CURVES[type];
  if (reader.string().toString('latin1') !== name) throw refuse('Its type and its curve do not agree.');
  const point = reader.string();
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) throw refuse(UNREADABLE);
  const x = point.subarray(1, 1 + bytes).toString('base64url');
  const y = point.subarray(1 + bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
}

function rsa(reader: BlobReader): KeyObject {
  const exponent = reader.positiveInteger();
  const modulus = reader.positiveInteger();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < LEAST_RSA_BITS)
    throw refuse(
      `It is an RSA key of ${bits} bits, and at least ${LEAST_RSA_BITS} are needed: make a new one, best with ssh-keygen -t ed25519.`,
    );
  if (bits > MOST_RSA_BITS) throw refuse(`RSA keys may have at most ${MOST_RSA_BITS} bits.`);
  if (
    exponent.length > 8 ||
    exponent.at(-1) === undefined ||
    (exponent.at(-1) ?? 0) % 2 === 0 ||
    isOne(exponent)
  ) {
    throw refuse('Its exponent is none that RSA is safe with.');
  }
  return createPublicKey({
    key: { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') },
    format: 'jwk',
  });
}

const isOne = (bytes: Buffer): boolean => bytes.length === 1 && bytes[0] === 1;
