import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignedIn } from '../../../acts/accounts/sign-in.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import {
  browserCookie,
  clearPendingCookie,
  pendingCookie,
  setBrowserCookie,
  setSessionCookie,
} from '../cookies.ts';
import { sendGoOnAs } from '../confirm/go-on.ts';
import type { Onward } from '../onward.ts';
import { places } from '../places.ts';
import { redirectTo } from '../respond.ts';

/** The browser of a request, as acts know it. */
export const browserOf = (services: Services, request: FastifyRequest) => ({
  userAgent: request.headers['user-agent'] ?? '',
  known: browserCookie(services, request),
});

/** Gives the browser its cookies, and leads on. */
export function welcome(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, browser, username, mustChangePassword }: SignedIn,
  onward: Onward,
): FastifyReply | Promise<FastifyReply> {
  setSessionCookie(services, request, reply, token);
  setBrowserCookie(services, request, reply, browser);
  if (pendingCookie(services, request) !== '') clearPendingCookie(services, request, reply);
  if (mustChangePassword)
    return redirectTo(services, request, reply, places.password, 'password-change-needed');
  return 'next' in onward
    ? redirectTo(services, request, reply, onward.next ?? places.home)
    : sendGoOnAs(services, request, reply, onward, username);
}

/** The status for a try that failed; after too many it says when to come back. */
export function statusOfTry(problem: Problem, reply: FastifyReply): number {
  const seconds = problem.data?.['retryAfterSeconds'];
  if (typeof seconds === 'number') void reply.header('retry-after', seconds);
  return problem.code === 'unavailable' ? 429 : 422;
}
