import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from './secret.ts';
import { writeOnce } from './secret-file.ts';

const KEY_BYTES = 32;
const KEY_FILE = /^digest-key-(\d+)$/;

export interface Digest {
  readonly digest: string;
  readonly keyVersion: number;
}

/**
 * The keys under which secrets are digested. They lie in the `secrets` folder of the data folder and never in the
 * database, so that a dump of the database opens nothing. A higher version is used for new digests; older ones still
 * verify until nothing carries them.
 */
export class DigestKeys {
  /** Newest first. */
  readonly #keys: readonly { readonly version: number; readonly key: KeyObject }[];

  private constructor(keys: readonly { readonly version: number; readonly key: KeyObject }[]) {
    this.#keys = keys.toSorted((a, b) => b.version - a.version);
  }

  /** Reads the keys of a folder, making the folder (0700) and a first key (0600) where there is none. */
  static open(folder: string): DigestKeys {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!readdirSync(folder).some((name) => KEY_FILE.test(name))) {
      writeOnce(join(folder, 'digest-key-1'), () => `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    }
    const keys = readdirSync(folder).flatMap((name) => {
      const version = KEY_FILE.exec(name)?.[1];
      if (version === undefined) return [];
      const key = Buffer.from(readFileSync(join(folder, name), 'utf8').trim(), 'base64');
      if (key.length !== KEY_BYTES) {
        throw new Error(
          `${name} in the secrets folder is damaged: it must hold ${KEY_BYTES} bytes in base64. Restore it from a backup; without it no credential works.`,
        );
      }
      // Made once: from bytes, every digest would take six times as long.
      return [{ version: Number(version), key: createSecretKey(key) }];
    });
    return new DigestKeys(keys);
  }

  /** Newest first. */
  get versions(): readonly number[] {
    return this.#keys.map(({ version }) => version);
  }

  /** HMAC-SHA-256 under the newest key, for storing. */
  digest(secret: Secret): Digest {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error('There is no digest key.');
    return { digest: hmac(newest.key, secret), keyVersion: newest.version };
  }

  /** The digests that a stored secret may have, one for each key, for looking up. */
  candidates(secret: Secret): string[] {
    return this.#keys.map(({ key }) => hmac(key, secret));
  }
}

const hmac = (key: KeyObject, secret: Secret): string =>
  createHmac('sha256', key).update(secret.reveal()).digest('base64url');
