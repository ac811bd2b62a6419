import type { FastifyRequest } from 'fastify';
import { OauthError } from '../../acts/oauth/error.ts';

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

/** Reads one of a request's parameters. */
export const parameterOf =
  (request: FastifyRequest) =>
  (name: string): string | undefined => {
    const value: unknown = request.body instanceof Map ? request.body.get(name) : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
