import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeOnce } from './secret-file.ts';

const KEY_BYTES = 32;

export interface VersionedKey {
  readonly version: number;
  readonly key: KeyObject;
}

/**
 * Reads the keys `NAME-1`, `NAME-2`, … of a folder, the newest first, making the folder (0700) and a first key (0600) where
 * there is none. Throws for a damaged one. @param loss what no longer works without the key, for the sentence
 */
export function openKeyFiles(folder: string, name: string, loss: string): readonly VersionedKey[] {
  const form = new RegExp(`^${name}-(\\d+)$`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!readdirSync(folder).some((file) => form.test(file))) {
    writeOnce(join(folder, `${name}-1`), () => `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  }
  const keys = readdirSync(folder).flatMap((file) => {
    const version = form.exec(file)?.[1];
    if (version === undefined) return [];
    const key = Buffer.from(readFileSync(join(folder, file), 'utf8').trim(), 'base64');
    if (key.length !== KEY_BYTES) {
      throw new Error(
        `${file} in the secrets folder is damaged: it must hold ${KEY_BYTES} bytes in base64. Restore it from a backup; without it ${loss}.`,
      );
    }
    // Made once: from bytes, every digest would take six times as long.
    return [{ version: Number(version), key: createSecretKey(key) }];
  });
  return keys.toSorted((a, b) => b.version - a.version);
}
