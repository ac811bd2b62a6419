import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { openKeyFiles, type VersionedKey } from './key-files.ts';
import { Secret } from './secret.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v(\d+)\.([A-Za-z0-9_-]+)$/;

/**
 * The keys under which the few secrets that must be read again (a seed of one-time codes, a message with a link that waits
 * to be sent) lie in the database. Like the keys of digests they lie in the `secrets` folder and never in the database.
 */
export class SealingKeys {
  /** Newest first. */
  readonly #keys: readonly VersionedKey[];

  private constructor(keys: readonly VersionedKey[]) {
    this.#keys = keys;
  }

  /** Reads the keys of a folder, making the folder (0700) and a first key (0600) where there is none. */
  static open(folder: string): SealingKeys {
    return new SealingKeys(
      openKeyFiles(folder, 'sealing-key', 'no authenticator app works and no waiting mail can be sent'),
    );
  }

  /**
   * AES-256-GCM under the newest key: `v1.` and, in base64url, nonce, tag and ciphertext.
   * @param bound what it belongs to, such as `totp-seed ACCOUNT`: sealed for one, it opens for no other
   */
  seal(secret: Secret, bound: string): string {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error('There is no sealing key.');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, newest.key, nonce).setAAD(Buffer.from(bound));
    const sealed = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
    return `v${newest.version}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** What was sealed. Throws when it was sealed for something else, was altered, or its key is missing. */
  open(sealed: string, bound: string): Secret {
    const [, version, text = ''] = SEALED.exec(sealed) ?? [];
    const key = this.#keys.find((each) => String(each.version) === version)?.key;
    if (key === undefined) {
      throw new Error(
        `sealing-key-${version ?? '?'} is missing from the secrets folder: restore it from a backup.`,
      );
    }
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(bound))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const opened = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
    return new Secret(opened.toString('utf8'));
  }
}
