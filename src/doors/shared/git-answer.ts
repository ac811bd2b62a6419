import type { Refused, RefusalCode } from '../../gate/index.ts';
import type { Problem } from '../../problem.ts';
import { MISSING, sentencesOf } from './git-sentences.ts';

/** With which status, and in which words, clients of Git and of Git LFS hear of what went wrong. */

export const CHALLENGE = 'Basic realm="Latchkey"';
const SIGN_IN =
  'Authenticate with an app password or API token (user name and secret), or an access token (user name x-token-auth).';

/**
 * 401 asks Git's credential helper for another secret and makes it forget this one: only where the secret or the name
 * beside it will never do.
 */
const STATUSES: Readonly<Record<RefusalCode, 401 | 403 | 404>> = {
  credentials_malformed: 401,
  page_takes_no_credential: 401,
  secret_not_ours: 401,
  secret_unknown: 401,
  credential_ended: 401,
  user_name_wrong: 401,
  secret_elsewhere: 401,
  scheme_wrong: 401,
  sign_in_needed: 401,
  credential_paused: 403,
  account_disabled: 403,
  password_change_needed: 403,
  two_step_needed: 403,
  confirmation_needed: 403,
  asker_not_accepted: 403,
  scope_missing: 403,
  target_missing: 404,
  out_of_bounds: 403,
  role_too_small: 403,
  wiki_off: 404,
};

/** The answer to a refusal. Whoever presented nothing hears the same for a private repository and for a missing one. */
export function answerTo(refused: Refused): { readonly status: number; readonly text: string } {
  const { refusal, credential } = refused;
  const stranger =
    refusal.code === 'sign_in_needed' || (refusal.code === 'target_missing' && credential === null);
  if (stranger) return { status: 401, text: `${MISSING}\n${SIGN_IN}` };
  return { status: STATUSES[refusal.code], text: sentencesOf(refused) };
}

/** For clients that show one line. */
export const onOneLine = (text: string): string => text.replace(/([^.!?])\n/g, '$1. ').replaceAll('\n', ' ');

export const STATUS_OF_PROBLEM: Readonly<Record<Problem['code'], number>> = {
  invalid: 400,
  taken: 409,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_costly: 400,
  unavailable: 503,
};

/** The status of an error that the HTTP framework itself made of a bad request. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
