import type { FastifyInstance, FastifyReply } from 'fastify';
import { Refused } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { bearerChallenge } from '../shared/bearer-challenge.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { answerTo, CHALLENGE, STATUS_OF_PROBLEM, statusOf } from '../shared/git-answer.ts';
import { noCaching } from './exchange.ts';

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
