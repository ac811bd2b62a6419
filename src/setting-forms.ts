import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * How settings of each form are written, with what is said of one that is not. On the command line and in the environment all
 * are text; in the settings file numbers, switches and lists may be what they are in JSON.
 */

const numberIn = (value: unknown): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;

const HIGHEST_PORT = 65_535;

export function wholeNumber(least: number, most: number) {
  const right = `must be a whole number from ${least} to ${most}`;
  return z.preprocess(numberIn, z.int(right).min(least, right).max(most, right));
}

export const port = wholeNumber(0, HIGHEST_PORT);

export const portOrOff = z.preprocess(
  numberIn,
  z.union([z.int().min(0).max(HIGHEST_PORT), z.literal('off')], 'must be a port, or "off"'),
);

const SWITCH: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

export const onOrOff = z.preprocess(
  (value) => SWITCH.get(value) ?? value,
  z.boolean('must be true or false'),
);

/** Of a host, to listen on. */
export const hostName = z.string().min(1, 'must not be empty');

/** An IPv6 address stands in brackets. */
const ADDRESS = /^(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(?<port>\d{1,5})$/;

function addressFrom(text: string): { readonly host: string; readonly port: number } {
  const { host = '', port = '' } = ADDRESS.exec(text)?.groups ?? {};
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

export const hostAndPort = z
  .string()
  .refine(
    (text) => ADDRESS.test(text) && addressFrom(text).port <= HIGHEST_PORT,
    'must be HOST:PORT, such as 127.0.0.1:9990',
  )
  .transform(addressFrom);

/** An address or a network in CIDR notation. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const networks = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(/[\s,]+/) : value),
  z.array(z.string().refine(isNetwork, 'must be an address or a network such as 10.0.0.0/8')),
);

/** Scheme, host and port: nothing is served below a path, and what stands before or behind would be in every link. */
const ORIGIN = /^https?:\/\/(?:\[[0-9a-f:.]+\]|[^\s/?#@:\\[\]]+)(?::\d+)?\/?$/i;

export const origin = z
  .string()
  .refine(
    (text) => ORIGIN.test(text) && URL.canParse(text),
    'must be http:// or https:// with a host and, where it has one, a port, such as https://git.example.com:8443',
  );

export const sshUrl = z
  .string()
  .regex(
    /^ssh:\/\/[^/?#@\s]+@(?:[^/?#@:\s]+|\[[0-9a-fA-F:]+\])(?::\d+)?\/?$/,
    'must be of the form ssh://git@git.example.com:7999',
  );

export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgres://user@host/name');

/** In a user name or password a percent sign begins the code of a byte (RFC 3986 §2.1). */
function hasReadableUser(text: string): boolean {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  try {
    decodeURIComponent(`${username} ${password}`);
    return true;
  } catch {
    return false;
  }
}

export const smtpUrl = z
  .url({ protocol: /^smtps?$/ })
  .refine(hasReadableUser, 'a percent sign in its user name or password must be written %25');
