/** Addresses of the own machine, on which a program takes any free port (RFC 8252 §7.3). */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]']);

const LONGEST = 2000;
/** Characters that some parser between us and the client reads differently: controls, spaces, backslashes, quotes. */
const UNSAFE = /[\p{C}\p{Z}\\<>"^`{|}]/u;
/** A dot segment in any spelling, an encoded slash, backslash or percent sign, or an empty segment. */
const TRICK = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c|%25|\/\//i;

/** What an answer puts into the query: a callback that brought its own would say it first. */
const ANSWERS: ReadonlySet<string> = new Set([
  'code',
  'state',
  'iss',
  'scope',
  'error',
  'error_description',
  'error_uri',
]);

/**
 * A callback that may be registered or asked for, parsed; undefined for anything else. No fragment (RFC 6749 §3.1.2), no
 * userinfo, no path tricks, no parameter of the answer in the query; http and https with a host, or a scheme of the program's
 * own with a dot in it (RFC 8252 §7.1). The text itself is judged, before a parser has tidied it up.
 */
export function readCallback(text: string): URL | undefined {
  if (text.length > LONGEST || UNSAFE.test(text) || text.includes('#')) return undefined;
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/.exec(text) ?? [];
  const isWeb = /^https?$/i.test(scheme);
  if (!isWeb && !scheme.includes('.')) return undefined;
  if (isWeb && !/^\/\/[^/?@]+(?:[/?]|$)/.test(rest)) return undefined;
  const [hierarchy = ''] = rest.split('?', 1);
  if (hierarchy.replace(/^\/\//, '').includes('@')) return undefined;
  if (TRICK.test(hierarchy.replace(/^\/\//, ''))) return undefined;
  try {
    const url = new URL(text);
    return url.username === '' && url.password === '' && !answersItself(url) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Some parsers part a query at semicolons as well, and some do not mind letter case. */
const answersItself = ({ search }: URL): boolean =>
  [...new URLSearchParams(search.replaceAll(';', '&')).keys()].some((name) =>
    ANSWERS.has(name.trim().toLowerCase()),
  );

/**
 * Whether a request may send people to `asked` for a consumer that registered `registered`: same scheme, host and port
 * (on a literal loopback address any port), and the path is the registered one or continues it by whole segments. A
 * registered query must be there as it stands; without one the request may add its own.
 */
export function matchesCallback(registered: string, asked: string): boolean {
  const own = readCallback(registered);
  const wanted = readCallback(asked);
  if (own === undefined || wanted === undefined) return false;
  if (own.protocol !== wanted.protocol || own.hostname !== wanted.hostname) return false;
  const anyPort = own.protocol === 'http:' && LOOPBACK.has(own.hostname);
  if (!anyPort && own.port !== wanted.port) return false;
  if (own.search !== '' && own.search !== wanted.search) return false;
  const within = own.pathname.endsWith('/') ? own.pathname : `${own.pathname}/`;
  return wanted.pathname === own.pathname || wanted.pathname.startsWith(within);
}

/** What the Content-Security-Policy must allow a form to lead to: the origin, or the scheme of a program's own. */
export function sameOriginCallback(callback: string): string {
  const url = new URL(callback);
  // The policy's grammar has no address in brackets.
  return url.origin === 'null' || url.hostname.startsWith('[') ? url.protocol : url.origin;
}
