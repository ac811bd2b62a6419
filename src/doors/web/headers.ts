/**
 * Nothing runs, loads, frames or receives a form but what this host serves itself; nothing stands inline. `leadsTo` are
 * further sources (an origin or a scheme) to which the answer to a form of the page may redirect.
 */
export const contentSecurityPolicy = (leadsTo: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    ["form-action 'self'", ...leadsTo].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

const YEAR_SECONDS = 31_536_000;

/** What every answer of the web door carries. @param https whether the host is reached by https, as configured */
export const securityHeaders = (https: boolean): Readonly<Record<string, string>> => ({
  'content-security-policy': contentSecurityPolicy(),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // Pages hold what one person may see; a route that serves public files overrides this.
  'cache-control': 'no-store',
  ...(https && { 'strict-transport-security': `max-age=${YEAR_SECONDS}` }),
});
