import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readAuthorization, readSessionCookie, type Presented } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { isNoticeName, type NoticeName } from './notices.ts';
import type { Theme } from './pieces/index.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const THEME = 'latchkey-theme';
const NOTICE = 'latchkey-notice';
const BROWSER_SECONDS = 400 * 24 * 3600;
const PENDING_SECONDS = 10 * 60;
const SESSION_SECONDS = 30 * 24 * 3600;
const THEME_SECONDS = 365 * 24 * 3600;
const NOTICE_SECONDS = 60;

/** Whether the browser keeps a `Secure` cookie of ours: over https, and on this very machine. */
export const isSecure = (services: Services, request: FastifyRequest): boolean =>
  services.publicUrl.startsWith('https:') || request.protocol === 'https' || LOOPBACK.test(request.hostname);

const nameOfSession = (secure: boolean): string => (secure ? '__Host-latchkey' : 'latchkey');

/** `__Host-` demands Secure, Path=/ and no Domain: no other host or page of the same site can set or see it (RFC 6265bis). */
const common = (secure: boolean): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax',
  secure,
});

/**
 * What a request presents to the web door: its session cookie and nothing else. An Authorization header is passed on as
 * what it is, so that entry refuses it: a credential opens no page, not even a public one.
 */
export function presentToWeb(services: Services, request: FastifyRequest): Presented {
  const { authorization } = request.headers;
  if (authorization !== undefined) return readAuthorization(authorization);
  return readSessionCookie(request.cookies[nameOfSession(isSecure(services, request))]);
}

export function setSessionCookie(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
): void {
  const secure = isSecure(services, request);
  // A page in this very answer is for whoever has just signed in.
  request.cookies[nameOfSession(secure)] = token;
  void reply.setCookie(nameOfSession(secure), token, { ...common(secure), maxAge: SESSION_SECONDS });
}

export function clearSessionCookie(services: Services, request: FastifyRequest, reply: FastifyReply): void {
  const secure = isSecure(services, request);
  void reply.clearCookie(nameOfSession(secure), common(secure));
}

export const isTheme = (value: string | undefined): value is Theme =>
  value === 'system' || value === 'light' || value === 'dark';

export function themeOf(request: FastifyRequest): Theme {
  const value = request.cookies[THEME];
  return isTheme(value) ? value : 'system';
}

export function setTheme(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  theme: Theme,
): void {
  void reply.setCookie(THEME, theme, { ...common(isSecure(services, request)), maxAge: THEME_SECONDS });
}

/** Remembers, for the next page alone, which of our own sentences to say. */
export function setNotice(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  name: NoticeName,
): void {
  void reply.setCookie(NOTICE, name, { ...common(isSecure(services, request)), maxAge: NOTICE_SECONDS });
}

/** The sentence to say on this page, which is then forgotten. */
export function takeNotice(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): NoticeName | undefined {
  const value = request.cookies[NOTICE];
  if (value === undefined) return undefined;
  void reply.clearCookie(NOTICE, common(isSecure(services, request)));
  return isNoticeName(value) ? value : undefined;
}

const nameOf = (secure: boolean, what: 'browser' | 'sign-in'): string =>
  secure ? `__Host-latchkey-${what}` : `latchkey-${what}`;

/** By what a browser is known in which somebody signed in before. It opens nothing. */
export const browserCookie = (services: Services, request: FastifyRequest): string | undefined =>
  request.cookies[nameOf(isSecure(services, request), 'browser')];

export function setBrowserCookie(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
): void {
  const secure = isSecure(services, request);
  void reply.setCookie(nameOf(secure, 'browser'), token, { ...common(secure), maxAge: BROWSER_SECONDS });
}

/** The sign-in that waits for its second step; '' when there is none. */
export const pendingCookie = (services: Services, request: FastifyRequest): string =>
  request.cookies[nameOf(isSecure(services, request), 'sign-in')] ?? '';

export function setPendingCookie(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
): void {
  const secure = isSecure(services, request);
  void reply.setCookie(nameOf(secure, 'sign-in'), token, { ...common(secure), maxAge: PENDING_SECONDS });
}

export function clearPendingCookie(services: Services, request: FastifyRequest, reply: FastifyReply): void {
  const secure = isSecure(services, request);
  void reply.clearCookie(nameOf(secure, 'sign-in'), common(secure));
}
