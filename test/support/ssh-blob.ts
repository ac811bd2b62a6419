import type { KeyObject } from 'node:crypto';

/** A string of SSH (RFC 4251 §5): its length, then its bytes. */
export function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const sshBlob = (...parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map(sshString));

/** The point of an EC key, uncompressed. */
export function ecPoint(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
