import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Refused } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { bearerChallenge } from '../shared/bearer-challenge.ts';
import { nameCredential } from './answer-headers.ts';
import { envelope, type Failure } from './envelope.ts';
import { answerRefusal } from './refusals.ts';

const BASIC_CHALLENGE = 'Basic realm="Latchkey"';
const PROBLEM_STATUS = {
  invalid: 400,
  taken: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  // No status of HTTP: Bitbucket's own, for what takes it too long.
  too_costly: 555,
  unavailable: 503,
} as const;

/** Renders whatever went wrong; nothing else in this door writes an error. */
export const errorRenderer =
  (services: Services) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Refused) return sendRefusal(services, error, request, reply);
    return sendFailure(reply, failureFrom(services, error, request));
  };

/** For addresses and methods that no route serves. */
export function sendNoSuchRoute(services: Services, reply: FastifyReply): FastifyReply {
  return sendFailure(reply, {
    status: 404,
    message: 'Resource not found',
    detail: `There is no API hosted at this URL.\n\nWhat is served, and by which method, is described at: ${services.publicUrl}/2.0/`,
  });
}

/** As text, because an answer with a schema of its own would be cut to it. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  return reply
    .code(failure.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(envelope(failure)));
}

function sendRefusal(
  { publicUrl }: Services,
  refused: Refused,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const header = request.headers.authorization ?? '';
  const { workspace } = request.params as { workspace?: string };
  const basic = /^basic\b/i.test(header);
  const answer = answerRefusal(refused, basic ? 'basic' : 'other', workspace);
  if (answer.challenge !== undefined) {
    const schemes = { basic: BASIC_CHALLENGE, bearer: bearerChallenge(publicUrl, refused) };
    const challenges = answer.challenge === 'both' ? Object.values(schemes) : schemes[answer.challenge];
    reply.header('www-authenticate', challenges);
  }
  if (answer.credential !== null) nameCredential(request, reply, answer.credential);
  if (answer.text !== undefined) {
    reply.removeHeader('x-accepted-oauth-scopes');
    return reply.code(answer.text.status).type('text/plain; charset=utf-8').send(answer.text.body);
  }
  const failure = answer.failure ?? { status: 403, message: 'Forbidden' };
  // Those of the route are for most kinds; what came may be of another one, or of none.
  if (failure.status === 401 && (basic || 'kind' in refused.refusal))
    reply.removeHeader('x-accepted-oauth-scopes');
  return sendFailure(reply, failure);
}

function failureFrom(services: Services, error: unknown, request: FastifyRequest): Failure {
  if (error instanceof Problem) return failureFromProblem(error);
  if (isClientGone(error))
    return { status: 400, message: 'The connection ended before the answer was there.' };
  if (isRequestError(error)) {
    return error.validation === undefined
      ? { status: error.statusCode, message: bodySentence(error) }
      : failureFromValidation(error);
  }
  const id = randomUUID();
  services.log.error(
    { id, route: request.routeOptions.url ?? null, err: error },
    'A request of the API failed.',
  );
  return {
    status: 500,
    message: 'Something went wrong on this host; its administrator finds more in the log.',
    data: { request_id: id },
  };
}

function failureFromProblem(problem: Problem): Failure {
  const { code, message, fields, data } = problem;
  const named = Object.entries(fields);
  const [first] = named;
  // Bitbucket puts the field before a message that is the field's own.
  const isFieldMessage = named.length === 1 && first?.[1].length === 1 && first[1][0] === message;
  return {
    status: PROBLEM_STATUS[code],
    message: isFieldMessage ? `${first[0]}: ${message}` : message,
    ...(named.length > 0 && { fields }),
    ...(data !== undefined && { data }),
  };
}

type RequestError = FastifyError & { readonly statusCode: number };

/** What Fastify says of a body or parameter that it could not take. */
const isRequestError = (error: unknown): error is RequestError =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500;

function bodySentence(error: RequestError): string {
  switch (error.statusCode) {
    case 413:
      return 'The body of the request is too large.';
    case 415:
      return 'Send the body as application/json or application/x-www-form-urlencoded.';
    default:
      return 'The body of the request could not be read.';
  }
}

function failureFromValidation(error: RequestError): Failure {
  const fields: Record<string, string[]> = {};
  for (const { instancePath, message } of error.validation ?? []) {
    const name = instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body';
    (fields[name] ??= []).push(message ?? 'is not as it should be');
  }
  return { status: 400, message: 'Bad request', fields };
}
