import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeStrings } from './key-blob.ts';
import { fingerprintOf } from './public-key.ts';
import { writeOnce } from './secret-file.ts';

const FILE = 'ssh-host-ed25519-key';
const TYPE = 'ssh-ed25519';

/** The key by which the host proves over SSH that it is itself. Made once; who replaces it is taken for somebody else. */
export interface HostKey {
  /** As OpenSSH keeps one, so that its own server can take over the file. */
  readonly privateKey: string;
  /** A line for `known_hosts`, without the name in front. */
  readonly publicKey: string;
  /** `SHA256:…` as `ssh` shows it to who connects for the first time. */
  readonly fingerprint: string;
}

/** Reads the host key from the secrets folder, making one where there is none. Throws an `Error` for a damaged file. */
export function openHostKey(folder: string): HostKey {
  const path = join(folder, FILE);
  writeOnce(path, newPrivateKey);
  const privateKey = readFileSync(path, 'utf8');
  const blob = publicBlobOf(privateKey);
  if (blob === undefined) {
    throw new Error(
      `${FILE} in the secrets folder is damaged: it must hold an Ed25519 key in the form of OpenSSH, without passphrase. Restore it from a backup, or remove it to have a new one made, of which every client will warn.`,
    );
  }
  return {
    privateKey,
    publicKey: `${TYPE} ${blob.toString('base64')}`,
    fingerprint: fingerprintOf(blob),
  };
}

const MAGIC = Buffer.from('openssh-key-v1\0');
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----';
const END = '-----END OPENSSH PRIVATE KEY-----';
const LINE = 70;
const BLOCK = 8;
const PADDING = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** PROTOCOL.key of OpenSSH: not encrypted, one key. */
function newPrivateKey(): string {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    writeStrings(TYPE, point, Buffer.concat([seed, point]), 'latchkey'),
  ]);
  const padding = Buffer.from(PADDING.slice(0, BLOCK - (secret.length % BLOCK)));
  const count = Buffer.from([0, 0, 0, 1]);
  const bytes = Buffer.concat([
    MAGIC,
    writeStrings('none', 'none', ''),
    count,
    writeStrings(writeStrings(TYPE, point), Buffer.concat([secret, padding])),
  ]);
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

/** The public part, which stands in the file before the private one; undefined for a file of another form. */
function publicBlobOf(text: string): Buffer | undefined {
  const [, encoded] = /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]+)-----END/.exec(text) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  const head = Buffer.concat([MAGIC, writeStrings('none', 'none', ''), Buffer.from([0, 0, 0, 1])]);
  const length = head.length + 4 <= bytes.length ? bytes.readUInt32BE(head.length) : 0;
  const blob = bytes.subarray(head.length + 4, head.length + 4 + length);
  const isOurs =
    bytes.subarray(0, head.length).equals(head) &&
    blob.length === writeStrings(TYPE, Buffer.alloc(32)).length &&
    blob.subarray(4, 4 + TYPE.length).toString('latin1') === TYPE;
  return isOurs ? blob : undefined;
}
