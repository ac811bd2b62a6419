import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A file that pages ask for: `path` without, `url` with the digest of its bytes, so that it may be cached for good. */
export interface Asset {
  readonly path: string;
  readonly url: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Ours, read once at start: a handful of small files. Whoever serves them answers `path` and ignores the query. */
export const assets = {
  style: asset('style.css', 'text/css; charset=utf-8'),
  script: asset('latchkey.js', 'text/javascript; charset=utf-8'),
  mark: asset('mark.svg', 'image/svg+xml'),
} as const;

function asset(name: string, contentType: string): Asset {
  const bytes = readFileSync(new URL(`./assets/${name}`, import.meta.url));
  const path = `/-/assets/${name}`;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return { path, url: `${path}?v=${digest}`, contentType, bytes };
}
