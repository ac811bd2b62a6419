import { createHash, verify } from 'node:crypto';
import { BlobReader } from './key-blob.ts';
import { openBlob } from './public-key.ts';

/** A signature by which somebody proves to hold a key, as an SSH client sends it (RFC 4252 §7). */
export interface KeyProof {
  /** Type in the key itself: `ssh-rsa` whatever the hash. */
  readonly type: string;
  readonly blob: Buffer;
  /** What was signed. */
  readonly signed: Buffer;
  /** Without the name of the algorithm; of ECDSA the DER form; of a security key its parts as they came. */
  readonly signature: Buffer;
  /** The hash that the client named for an RSA key; undefined is SHA-1, which proves nothing any more. */
  readonly rsaHash: 'sha256' | 'sha512' | undefined;
}

const ECDSA_HASH = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
} as const;

const USER_PRESENT = 0x01;
const FIELD_BYTES = 32;

/** Whether the signature is of this key and of nothing else. Never throws: what cannot be read proves nothing. */
export function provesKey({ type, blob, signed, signature, rsaHash }: KeyProof): boolean {
  try {
    const { type: opened, key, application } = openBlob(type, blob);
    switch (opened) {
      case 'ssh-rsa':
        return rsaHash !== undefined && verify(rsaHash, signed, key, signature);
      case 'ssh-ed25519':
        return signature.length === 64 && verify(null, signed, key, signature);
      case 'sk-ssh-ed25519@openssh.com':
      case 'sk-ecdsa-sha2-nistp256@openssh.com': {
        if (application === null) return false;
        const isEdwards = opened === 'sk-ssh-ed25519@openssh.com';
        const reader = new BlobReader(signature);
        const own = isEdwards ? reader.take(64) : plainForm(reader);
        const flagsAndCounter = reader.take(5);
        if (!reader.isAtEnd || ((flagsAndCounter[0] ?? 0) & USER_PRESENT) === 0) return false;
        // What the security key itself signs: PROTOCOL.u2f of OpenSSH.
        const message = Buffer.concat([sha256(application), flagsAndCounter, sha256(signed)]);
        return isEdwards
          ? verify(null, message, key, own)
          : verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, own);
      }
      case 'ecdsa-sha2-nistp256':
      case 'ecdsa-sha2-nistp384':
      case 'ecdsa-sha2-nistp521':
        return verify(ECDSA_HASH[opened], signed, key, signature);
    }
  } catch {
    return false;
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** Both numbers of an ECDSA signature, each filled up to the length of the field. */
function plainForm(reader: BlobReader): Buffer {
  return Buffer.concat(
    [reader.positiveInteger(), reader.positiveInteger()].map((number) => {
      if (number.length > FIELD_BYTES) throw new RangeError('A number is longer than its field.');
      return Buffer.concat([Buffer.alloc(FIELD_BYTES - number.length), number]);
    }),
  );
}
