import { generateKeyPairSync } from 'node:crypto';
import { sshBlob } from './ssh-blob.ts';

/** A new Ed25519 key as its `.pub` file has it, without and with this comment. */
export function newPublicKey(comment = 'somebody@laptop'): { readonly key: string; readonly line: string } {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const blob = sshBlob('ssh-ed25519', Buffer.from(x, 'base64url'));
  const key = `ssh-ed25519 ${blob.toString('base64')}`;
  return { key, line: `${key} ${comment}` };
}
