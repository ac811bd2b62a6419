import { createHmac, type KeyObject } from 'node:crypto';
import { openKeyFiles, type VersionedKey } from './key-files.ts';
import type { Secret } from './secret.ts';

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
  readonly #keys: readonly VersionedKey[];

  private constructor(keys: readonly VersionedKey[]) {
    this.#keys = keys;
  }

  /** Reads the keys of a folder, making the folder (0700) and a first key (0600) where there is none. */
  static open(folder: string): DigestKeys {
    return new DigestKeys(openKeyFiles(folder, 'digest-key', 'no credential works'));
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
