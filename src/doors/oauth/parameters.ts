import type { FastifyRequest } from 'fastify';
import { OauthError } from '../../acts/oauth/error.ts';
import { publicClientId } from '../../entry/index.ts';

/**
 * The parameters of a form body. Throws `OauthError` for one that is given twice (RFC 6749 §3.2); one without a value
 * counts as absent (§3.1).
 */
export function readParameters(body: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (parameters.has(name))
      throw new OauthError('invalid_request', `A parameter is given twice: ${name.slice(0, 64)}.`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Reads one of a request's parameters. A client without a secret may say its `client_id` in the header as well. */
export const parameterOf =
  (request: FastifyRequest) =>
  (name: string): string | undefined => {
    const value: unknown = request.body instanceof Map ? request.body.get(name) : undefined;
    if (typeof value === 'string' && value !== '') return value;
    return name === 'client_id' ? publicClientId(request.headers.authorization) : undefined;
  };
