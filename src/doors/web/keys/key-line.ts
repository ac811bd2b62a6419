import type { KeptKey } from '../../../credentials/index.ts';
import { html, type Html } from '../html.ts';

const NAMES: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'Ed25519',
  'ssh-rsa': 'RSA',
  'ecdsa-sha2-nistp256': 'ECDSA P-256',
  'ecdsa-sha2-nistp384': 'ECDSA P-384',
  'ecdsa-sha2-nistp521': 'ECDSA P-521',
  'sk-ssh-ed25519@openssh.com': 'Ed25519 on a security key',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'ECDSA on a security key',
};

/** "Ed25519" for `ssh-ed25519`. */
export const keyTypeName = ({ type }: Pick<KeptKey, 'type'>): string => NAMES[type] ?? type;

/** By what one recognizes a key: its type, and its fingerprint as `ssh-keygen -l` prints it. */
export const keyMark = (key: KeptKey): Html => html`${keyTypeName(key)} <code>${key.fingerprint}</code>`;
