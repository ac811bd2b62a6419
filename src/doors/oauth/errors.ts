import type { FastifyInstance, FastifyReply } from 'fastify';
import { CLIENT_NEEDED } from '../../acts/oauth/client.ts';
import { OauthError } from '../../acts/oauth/error.ts';
import { explain, Refused } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { describable } from '../shared/bearer-challenge.ts';
import type { LateAnswer } from '../shared/body-deadline.ts';

/** 401 with a challenge where the client is not known; 400 for everything else (RFC 6749 §5.2). */
const CHALLENGE = 'Basic realm="Latchkey", charset="UTF-8"';

const UNKNOWN_CLIENT = 'No consumer has this key and this secret.';
const isUnknown = (code: string): boolean => code === 'secret_unknown' || code === 'secret_not_ours';

const answerOf = (error: string, description: string): string =>
  JSON.stringify({ error, error_description: describable(description) });

/** For a body that did not come in time. */
export const lateAnswer = (sentence: string): LateAnswer => ({
  contentType: 'application/json; charset=utf-8',
  body: answerOf('invalid_request', sentence),
});

const sendNo = (reply: FastifyReply, status: number, error: string, description: string): FastifyReply =>
  reply.code(status).type('application/json; charset=utf-8').send(answerOf(error, description));

/** The one place of this door where anything that was thrown becomes an answer. */
export function renderErrors(app: FastifyInstance, services: Services): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof OauthError) {
      if (error.code !== 'invalid_client') return sendNo(reply, 400, error.code, error.message);
      return sendNo(reply.header('www-authenticate', CHALLENGE), 401, error.code, error.message);
    }
    if (error instanceof Refused) {
      const { refusal, credential } = error;
      if (refusal.code === 'credentials_malformed')
        return sendNo(reply, 400, 'invalid_request', explain(refusal));
      // Known, and may not now: a client that hears `invalid_client` throws its secret away.
      if (['asker_not_accepted', 'out_of_bounds', 'credential_paused'].includes(refusal.code))
        return sendNo(reply, 400, 'unauthorized_client', explain(refusal, credential));
      return sendNo(
        reply.header('www-authenticate', CHALLENGE),
        401,
        'invalid_client',
        refusal.code === 'sign_in_needed'
          ? CLIENT_NEEDED
          : `Invalid OAuth client credentials. ${isUnknown(refusal.code) ? UNKNOWN_CLIENT : explain(refusal, credential)}`,
      );
    }
    const status = statusOf(error);
    if (status !== undefined) {
      return sendNo(
        reply,
        status === 413 ? 413 : 400,
        'invalid_request',
        'Send the parameters as application/x-www-form-urlencoded in the body of a POST.',
      );
    }
    services.log.error({ error, route: request.routeOptions.url }, 'An OAuth request failed.');
    return sendNo(reply, 500, 'server_error', 'Something went wrong on this host; its log says what.');
  });
}

/** The status of an error that the HTTP framework itself made of a bad request. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
