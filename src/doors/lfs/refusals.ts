import type { FastifyInstance } from 'fastify';
import { NoRoom } from '../../acts/lfs/upload.ts';
import { Refused } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { bearerChallenge } from '../shared/bearer-challenge.ts';
import { wantsNoMore } from '../shared/body-deadline.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { answerTo, CHALLENGE, onOneLine, STATUS_OF_PROBLEM, statusOf } from '../shared/git-answer.ts';
import { sendJson } from './json.ts';

/** The one place of this door where anything that was thrown becomes an answer: a `message`, which git-lfs shows. */
export function renderErrors(app: FastifyInstance, services: Services): void {
  app.setErrorHandler((error, request, reply) => {
    const say = (status: number, message: string) => sendJson(reply.code(status), { message });
    // What is left of the body is read and thrown away: a client that is still sending reads no answer before.
    wantsNoMore(request.raw);
    request.raw.resume();
    if (error instanceof Refused) {
      const { status, text } = answerTo(error);
      if (status === 401) {
        const isBearer = /^bearer /i.test(request.headers.authorization ?? '');
        void reply.header('LFS-Authenticate', CHALLENGE);
        void reply.header(
          'WWW-Authenticate',
          isBearer ? [CHALLENGE, bearerChallenge(services.publicUrl, error)] : CHALLENGE,
        );
      }
      return say(status, onOneLine(text));
    }
    if (error instanceof NoRoom) {
      services.log.error({ error }, 'A file of Git LFS could not be stored.');
      return say(507, error.message);
    }
    if (error instanceof Problem)
      return say(error.code === 'invalid' ? 422 : STATUS_OF_PROBLEM[error.code], error.message);
    if (isClientGone(error)) return say(400, 'The connection ended before the answer was there.');
    const status = statusOf(error);
    if (status === 413) return say(413, 'The request is too long: ask for fewer files at a time.');
    if (status === 415) return say(415, 'A request to the Git LFS API is application/vnd.git-lfs+json.');
    if (status !== undefined) return say(status, 'The request cannot be read; use a current git-lfs.');
    services.log.error({ error, route: request.routeOptions.url }, 'A request of Git LFS failed.');
    return say(500, 'Something went wrong on this host; its log says what. Try again later.');
  });
}
