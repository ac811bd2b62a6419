import type { FastifyInstance, FastifyReply } from 'fastify';
import { explain, Refused, type Refusal, type RefusalCode } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { bearerChallenge } from '../shared/bearer-challenge.ts';
import { noCaching } from './exchange.ts';

/**
 * Refusals as Git shows them: plain text, each line behind "remote: ". The sentence that Bitbucket Cloud is known for
 * comes first, then what to do next.
 */

const CHALLENGE = 'Basic realm="Latchkey"';
const UNKNOWN = 'Invalid credentials';
const MISSING =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.';
const SIGN_IN =
  'Authenticate with an app password (user name and app password) or a repository access token (user name x-token-auth).';

interface Answer {
  readonly status: 401 | 403 | 404;
  readonly says: string | ((refusal: Refusal) => string);
}

/**
 * 401 asks Git's credential helper for another secret and makes it forget this one: only where the secret or the name
 * beside it will never do.
 */
const ANSWERS: Readonly<Record<RefusalCode, Answer>> = {
  credentials_malformed: { status: 401, says: UNKNOWN },
  page_takes_no_credential: { status: 401, says: UNKNOWN },
  secret_not_ours: { status: 401, says: UNKNOWN },
  secret_unknown: { status: 401, says: UNKNOWN },
  credential_ended: { status: 401, says: UNKNOWN },
  user_name_wrong: { status: 401, says: UNKNOWN },
  secret_elsewhere: { status: 401, says: UNKNOWN },
  scheme_wrong: { status: 401, says: UNKNOWN },
  sign_in_needed: { status: 401, says: MISSING },
  credential_paused: {
    status: 403,
    says: (refusal) =>
      refusal.code === 'credential_paused' && refusal.from !== undefined
        ? 'This credential may not be used yet.'
        : 'This credential is paused.',
  },
  account_disabled: { status: 403, says: 'This account is disabled.' },
  password_change_needed: { status: 403, says: 'This account must change its password.' },
  two_step_needed: { status: 403, says: 'To access this repository, enable two-step authentication.' },
  confirmation_needed: { status: 403, says: 'This needs a fresh confirmation on the web pages.' },
  asker_not_accepted: { status: 403, says: 'This credential cannot be used for this.' },
  scope_missing: { status: 403, says: 'Your credentials lack one or more required privilege scopes.' },
  target_missing: { status: 404, says: MISSING },
  out_of_bounds: { status: 403, says: 'Your credentials do not extend to this repository.' },
  role_too_small: {
    status: 403,
    says: (refusal) =>
      `Access denied. You must have ${refusal.code === 'role_too_small' ? refusal.needed : 'more'} access to this repository.`,
  },
  wiki_off: { status: 404, says: 'This repository has no wiki.' },
};

/** The answer to a refusal. Whoever presented nothing hears the same for a private repository and for a missing one. */
export function answerTo({ refusal, credential }: Refused): {
  readonly status: number;
  readonly text: string;
} {
  const stranger =
    refusal.code === 'sign_in_needed' || (refusal.code === 'target_missing' && credential === null);
  if (stranger) return { status: 401, text: `${MISSING}\n${SIGN_IN}` };
  const { status, says } = ANSWERS[refusal.code];
  return {
    status,
    text: `${typeof says === 'string' ? says : says(refusal)}\n${explain(refusal, credential)}`,
  };
}

const STATUS_OF_PROBLEM: Readonly<Record<Problem['code'], number>> = {
  invalid: 400,
  taken: 409,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
};

export const sendText = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  noCaching(reply).code(status).type('text/plain; charset=utf-8').send(`${text}\n`);

/** The one place of this door where anything that was thrown becomes an answer. */
export function renderErrors(app: FastifyInstance, services: Services): void {
  app.setErrorHandler((error, request, reply) => {
    // What is left of the body is read and thrown away: a client that is still sending reads no answer before.
    request.raw.resume();
    if (error instanceof Refused) {
      const { status, text } = answerTo(error);
      // Git offers each challenge to its credential helpers; the second tells a client of OAuth what to do.
      if (status === 401 && /^bearer /i.test(request.headers.authorization ?? ''))
        void reply.header('WWW-Authenticate', [CHALLENGE, bearerChallenge(services.publicUrl, error)]);
      else if (status === 401) void reply.header('WWW-Authenticate', CHALLENGE);
      return sendText(reply, status, text);
    }
    if (error instanceof Problem) return sendText(reply, STATUS_OF_PROBLEM[error.code], error.message);
    if (error instanceof DOMException && error.name === 'AbortError')
      return sendText(reply, 400, 'The connection ended before the answer was there.');
    const status = statusOf(error);
    if (status !== undefined)
      return sendText(reply, status, 'The request cannot be read; use a current Git client.');
    services.log.error({ error, route: request.routeOptions.url }, 'A Git request failed.');
    return sendText(reply, 500, 'Something went wrong on this host; its log says what. Try again later.');
  });
}

/** The status of an error that the HTTP framework itself made of a bad request. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
