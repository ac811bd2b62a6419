import { createHmac } from 'node:crypto';
import type { Secret } from '../credentials/secret.ts';

/** `X-Hub-Signature`: HMAC-SHA-256 of the body, in hexadecimal. */
export const signatureOf = (body: Buffer, secret: Secret): string =>
  `sha256=${createHmac('sha256', secret.reveal()).update(body).digest('hex')}`;
