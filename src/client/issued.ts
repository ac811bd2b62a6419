import { Problem } from '../problem.ts';
import { numberIn, printable, textIn, type HostAnswer } from './host.ts';

/** `client_id` of the command line at every Latchkey: public, for it cannot keep a secret. */
export const CLIENT_ID = 'latchkey';

/** The user name by which Git sends a token that is no app password. */
export const TOKEN_USER = 'x-token-auth';

/** What a token endpoint issued, as Git's helpers know it. */
export interface IssuedCredential {
  readonly username: string;
  readonly secret: string;
  /** What it may do, as the host says it was approved. */
  readonly scopes: readonly string[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  /** Milliseconds since 1970; undefined for what does not expire. */
  readonly expiresAt: number | undefined;
  readonly refreshToken: string | undefined;
}

/** What Git can be told as a user name or a password. */
const PLAIN = /^[^\p{C}\s]{1,255}$/u;

/** Reads a token answer (RFC 6749 §5.1). Throws `Problem` when it holds nothing that Git can use. */
export function readIssued({ body }: HostAnswer, now: number): IssuedCredential {
  const secret = textIn(body, 'access_token');
  const refreshToken = textIn(body, 'refresh_token');
  const username = textIn(body, 'username') ?? TOKEN_USER;
  if (secret === undefined || ![secret, username, refreshToken ?? 'none'].every((each) => PLAIN.test(each)))
    throw new Problem('unavailable', 'The host answered with no credential that Git could use.');
  const seconds = numberIn(body, 'expires_in');
  return {
    username,
    secret,
    scopes: (textIn(body, 'scope') ?? '')
      .split(' ')
      .filter((scope) => scope !== '')
      .map(printable),
    issuedAt: now,
    expiresAt: seconds === undefined ? undefined : now + seconds * 1000,
    refreshToken,
  };
}
