import { invalid, Problem } from '../problem.ts';

const LARGEST_ANSWER_BYTES = 64 * 1024;
const PATIENCE_MS = 30_000;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What a Latchkey says of itself (RFC 8414), as far as the command line needs it. Every address is on the host itself. */
export interface HostEndpoints {
  readonly token: string;
  readonly device: string;
}

/**
 * The origin of a host, such as `https://git.example.com`, from what a person typed. Throws `Problem` for anything else, and
 * for plain http to another machine, by which everybody on the way would read the secret.
 */
export function hostOrigin(typed: string): string {
  const text = /^https?:\/\//i.test(typed) ? typed : `https://${typed}`;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(text) || url.pathname !== '/')
    throw invalid(
      'host',
      `Give the address of a Latchkey host, such as https://git.example.com; "${printable(typed)}" is none.`,
    );
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw invalid(
      'host',
      `A secret does not go over plain http to another machine: use https://${url.host}.`,
    );
  }
  return url.origin;
}

/** Asks a host where its endpoints are. Throws `Problem` when it is no Latchkey, or sends us elsewhere. */
export async function discover(origin: string): Promise<HostEndpoints> {
  const { status, body } = await ask(`${origin}/.well-known/oauth-authorization-server`);
  if (status !== 200)
    throw new Problem('not_found', `${origin} does not say where one signs in: is it a Latchkey host?`);
  if (textIn(body, 'issuer') !== origin) {
    throw new Problem(
      'conflict',
      `This host calls itself ${printable(textIn(body, 'issuer') ?? 'nothing')}: use that address, or set its "url".`,
    );
  }
  const own = (name: string): string => {
    const address = textIn(body, name);
    if (address === undefined || URL.parse(address)?.origin !== origin)
      throw new Problem('conflict', `${origin} names no ${name} of its own.`);
    return address;
  };
  return { token: own('token_endpoint'), device: own('device_authorization_endpoint') };
}

export interface HostAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** GET, or POST of a form. Throws `Problem` when there is no answer in JSON. */
export const ask = (address: string, form?: Readonly<Record<string, string>>): Promise<HostAnswer> =>
  send(address, {
    method: form === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json' },
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });

/** POST of JSON to the API, with a credential. Throws `Problem` when there is no answer in JSON. */
export const post = (
  address: string,
  authorization: string,
  json: Readonly<Record<string, unknown>>,
): Promise<HostAnswer> =>
  send(address, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', authorization },
    body: JSON.stringify(json),
  });

/** DELETE at the API, with a credential; true where it is done. Throws `Problem` when there is no answer. */
export async function remove(address: string, authorization: string): Promise<boolean> {
  const { host } = new URL(address);
  try {
    const { status } = await fetch(address, {
      method: 'DELETE',
      headers: { authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return status === 204;
  } catch (error) {
    throw new Problem('unavailable', `${host} gave no answer: ${printable(reason(error))}.`);
  }
}

/** Follows no redirect, so that nothing goes where it was not sent. */
async function send(address: string, request: RequestInit): Promise<HostAnswer> {
  const { host } = new URL(address);
  try {
    const response = await fetch(address, {
      ...request,
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const parsed: unknown = JSON.parse(await textOf(response));
    if (typeof parsed !== 'object' || parsed === null) throw new Error('it is no JSON object');
    return { status: response.status, body: { ...parsed } };
  } catch (error) {
    throw new Problem('unavailable', `${host} gave no answer that can be read: ${printable(reason(error))}.`);
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER_BYTES) throw new Error('it is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return 'it is no JSON';
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

export const textIn = (body: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A positive whole number; undefined for anything else. */
export const numberIn = (body: Readonly<Record<string, unknown>>, name: string): number | undefined => {
  const value = body[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
};

/** What a host said, for a terminal: without what a terminal would obey. */
export const printable = (text: string): string =>
  text.slice(0, 500).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '�');
