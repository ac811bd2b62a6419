import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { SETTING_MEANINGS, type Settings } from '../config.ts';
import { Problem } from '../problem.ts';

/** Refuses a certificate and key that https cannot be served with, before anything is started that would. */
export function refuseBadTls({ tls_cert, tls_key }: Settings): void {
  if (tls_cert === undefined && tls_key === undefined) return;
  if (tls_cert === undefined || tls_key === undefined) {
    throw new Problem('invalid', 'TLS needs both --tls-cert and --tls-key.');
  }
  const cert = contentOf('tls_cert', tls_cert);
  const key = contentOf('tls_key', tls_key);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Problem(
      'invalid',
      `The settings "tls_cert" and "tls_key" cannot be used: they must name a certificate chain and the private key that belongs to it, in PEM (${
        error instanceof Error ? error.message : 'they could not be read'
      }).`,
    );
  }
}

function contentOf(name: 'tls_cert' | 'tls_key', path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new Problem(
      'invalid',
      `The setting "${name}" cannot be used: the file ${path} cannot be read${why}. It means: ${SETTING_MEANINGS[name]}`,
    );
  }
}
