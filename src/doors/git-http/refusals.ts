import type { FastifyInstance, FastifyReply } from 'fastify';
import { Refused, type RefusalCode } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { bearerChallenge } from '../shared/bearer-challenge.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { MISSING, sentencesOf } from '../shared/git-sentences.ts';
import { noCaching } from './exchange.ts';

const CHALLENGE = 'Basic realm="Latchkey"';
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
    if (isClientGone(error)) return sendText(reply, 400, 'The connection ended before the answer was there.');
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
