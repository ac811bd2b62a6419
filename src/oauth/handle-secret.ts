import { randomBytes } from 'node:crypto';
import { Secret } from '../credentials/secret.ts';

/**
 * A code that is handed on once and within minutes: 256 random bits, with a prefix that tells an authorization code from
 * a device code, so that neither is ever looked up as the other. Neither is a credential.
 */
export const newHandle = (prefix: 'lkac_' | 'lkdc_'): Secret =>
  new Secret(prefix + randomBytes(32).toString('base64url'));
