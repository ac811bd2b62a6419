import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** A file that pages ask for; its address holds the digest of its bytes, so that it may be cached for good. */
export interface Asset {
  readonly url: string;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

/**
 * Ours, read and compressed once at start: a handful of small files. Pages are not compressed: the length of what holds a
 * secret beside what a caller chose would tell of the secret (BREACH).
 */
export const assets = {
  style: asset('style.css', 'text/css; charset=utf-8'),
  script: asset('latchkey.js', 'text/javascript; charset=utf-8'),
  passkeyScript: asset('passkey.js', 'text/javascript; charset=utf-8'),
  mark: asset('mark.svg', 'image/svg+xml'),
} as const;

function asset(name: string, contentType: string): Asset {
  const bytes = readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return { url: `/-/assets/${digest}/${name}`, contentType, bytes, gzipped: gzipSync(bytes) };
}
