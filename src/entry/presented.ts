import { Secret } from '../credentials/index.ts';
import type { ProvenKey } from './proven-key.ts';

/** What a caller presented, as a door parsed it; nothing here has been believed yet. */
export type Presented =
  | { readonly type: 'nothing' }
  | { readonly type: 'basic'; readonly userName: string; readonly secret: Secret }
  | { readonly type: 'bearer'; readonly secret: Secret }
  | { readonly type: 'cookie'; readonly token: Secret }
  /** An SSH key that was proven, never one that was only offered, with the user name in front of the host. */
  | { readonly type: 'key'; readonly userName: string; readonly key: ProvenKey }
  | { readonly type: 'malformed'; readonly why: string };

/** The session cookie of the web door; absent or empty is nothing. */
export const readSessionCookie = (value: string | undefined): Presented =>
  value === undefined || value === '' ? { type: 'nothing' } : { type: 'cookie', token: new Secret(value) };

const LONGEST = 4096;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
// Every control character; what is left is safe to write to a line of a log or an answer.
const CONTROL = /\p{Cc}/u;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const malformed = (why: string): Presented => ({ type: 'malformed', why });

/**
 * Reads an Authorization header (RFC 9110 §11.6.2; Basic as in RFC 7617 with UTF-8, Bearer as in RFC 6750). Never
 * throws; a header that is there and cannot be read is `malformed`, never `nothing`, so that it is refused and does not
 * pass as anonymous.
 */
export function readAuthorization(header: string | undefined): Presented {
  if (header === undefined) return { type: 'nothing' };
  if (header.length > LONGEST) return malformed(`it is longer than ${LONGEST} characters`);
  const [, scheme, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+) +(\S+) *$/.exec(header) ?? [];
  if (scheme === undefined || value === undefined)
    return malformed('it is not a scheme followed by one value');
  switch (scheme.toLowerCase()) {
    case 'basic':
      return readBasic(value);
    case 'bearer':
    case 'token':
      return { type: 'bearer', secret: new Secret(value) };
    default:
      return malformed('only the schemes Basic and Bearer are understood');
  }
}

function readBasic(value: string): Presented {
  if (!BASE64.test(value)) return malformed('what follows Basic is not base64');
  let text: string;
  try {
    text = utf8.decode(Buffer.from(value, 'base64'));
  } catch {
    return malformed('what follows Basic is not UTF-8');
  }
  const colon = text.indexOf(':');
  if (colon === -1) return malformed('there is no colon between user name and secret');
  if (CONTROL.test(text)) return malformed('it contains control characters');
  return { type: 'basic', userName: text.slice(0, colon), secret: new Secret(text.slice(colon + 1)) };
}

/**
 * The client credentials of a request to a token endpoint (RFC 6749 §2.3.1): Basic, whose two halves are form-encoded, or
 * `client_id` and `client_secret` in the body. A public client says its `client_id` alone, or with an empty secret, and presents nothing. Never
 * throws; both ways at once is `malformed`. A Bearer is handed on as it is, and refused by its kind.
 */
export function readClientCredentials(
  header: string | undefined,
  parameter: (name: string) => string | undefined,
): Presented {
  const clientId = parameter('client_id');
  const secret = parameter('client_secret');
  if (header === undefined) {
    if (secret === undefined) return { type: 'nothing' };
    return clientId === undefined
      ? malformed('there is a client_secret without a client_id')
      : { type: 'basic', userName: clientId, secret: new Secret(secret) };
  }
  if (secret !== undefined)
    return malformed('the client is authenticated in the header and in the body at once');
  const presented = readAuthorization(header);
  if (presented.type !== 'basic') return presented;
  try {
    const userName = formDecoded(presented.userName);
    if (presented.secret.reveal() === '') {
      return clientId === undefined || clientId === userName
        ? { type: 'nothing' }
        : malformed('it names another client than client_id does');
    }
    return {
      type: 'basic',
      userName,
      secret: new Secret(formDecoded(presented.secret.reveal())),
    };
  } catch {
    return malformed('key or secret is not form-encoded');
  }
}

/** The `client_id` of a client that sends an empty secret along, as one without a secret may (RFC 6749 §2.3.1). */
export function publicClientId(header: string | undefined): string | undefined {
  const presented = readAuthorization(header);
  if (presented.type !== 'basic' || presented.secret.reveal() !== '') return undefined;
  try {
    return formDecoded(presented.userName);
  } catch {
    return undefined;
  }
}

const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
