import { createHash, timingSafeEqual } from 'node:crypto';
import { OauthError } from './oauth-error.ts';

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * The code challenge of a request, or null when it carries none. The method must be S256 and said: `plain`, which is meant
 * where none is said (RFC 7636 §4.3), protects nothing. Throws `OauthError`.
 */
export function readChallenge(parameter: (name: string) => string | undefined): string | null {
  const challenge = parameter('code_challenge');
  const method = parameter('code_challenge_method');
  if (challenge === undefined && method === undefined) return null;
  if (method !== 'S256') throw new OauthError('invalid_request', 'The code_challenge_method must be S256.');
  if (challenge === undefined || !CHALLENGE.test(challenge))
    throw new OauthError('invalid_request', 'The code_challenge must be the base64url of a SHA-256.');
  return challenge;
}

/**
 * Whether the verifier of a redemption fits the challenge of its authorization. Both or neither: a challenge without a
 * verifier is a stolen code, and a verifier without a challenge means that somebody took the challenge away on the way
 * (RFC 9700 §4.8.2).
 */
export function verifies(challenge: string | null, verifier: string | undefined): boolean {
  if (challenge === null || verifier === undefined) return challenge === null && verifier === undefined;
  if (!VERIFIER.test(verifier)) return false;
  const digest = createHash('sha256').update(verifier, 'ascii').digest();
  const expected = Buffer.from(challenge, 'base64url');
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}
