import { isIPv6 } from 'node:net';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { countAttempt, forgetAttempts, uncountAttempt, type Bucket } from './attempts.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const LONGEST_NAME = 300;

/** A bucket, and what a success does to it: `forget` empties it, `uncount` takes back the one try. */
interface Limit {
  readonly bucket: Bucket;
  readonly success: 'forget' | 'uncount';
}

const limit = (name: string, most: number, windowMs: number, success: Limit['success']): Limit => ({
  bucket: { name, most, windowMs },
  success,
});

/** Where somebody tries from. */
export interface Origin {
  readonly address: string;
  /** The digest of the browser's cookie, where the account was signed in to in it before. */
  readonly knownBrowser: string | undefined;
}

/**
 * Limits on guessing a password. Names are counted as they were typed, whether or not anybody is called so. A browser that the
 * account knows has a bucket of its own and fills no other, so that whoever guesses elsewhere never locks the owner out.
 */
export function passwordLimits(typed: string, { address, knownBrowser }: Origin): readonly Limit[] {
  const name = typed.trim().toLowerCase().slice(0, LONGEST_NAME);
  if (knownBrowser !== undefined) {
    return [limit(`password browser ${knownBrowser} ${name}`, 20, QUARTER_MS, 'forget')];
  }
  const network = networkOf(address);
  return [
    limit(`password network ${network}`, 100, QUARTER_MS, 'uncount'),
    limit(`password network ${network} ${name}`, 10, QUARTER_MS, 'forget'),
    limit(`password name ${name}`, 100, HOUR_MS, 'uncount'),
  ];
}

/** Limits on asking for links to a new password: what one network may send, and what one name may get. */
export function resetLimits(typed: string, address: string): readonly Limit[] {
  const name = typed.trim().toLowerCase().slice(0, LONGEST_NAME);
  return [
    limit(`reset network ${networkOf(address)}`, 20, HOUR_MS, 'uncount'),
    limit(`reset name ${name}`, 5, HOUR_MS, 'uncount'),
  ];
}

/** Tries that one right password gives at the second step; then it has to be given again. */
const TRIES_OF_A_SIGN_IN = 5;

/**
 * Limits on guessing the second step, of somebody who knows the password. Six digits are guessed in the end, so what is
 * counted is the account, wherever it is tried from. Passkeys and recovery codes are beyond guessing: not being counted there,
 * they stay open to the owner.
 */
export function secondStepLimits(
  account: string,
  signIn: string,
  { knownBrowser }: Origin,
  guessable: boolean,
): readonly Limit[] {
  return [
    limit(`second step of ${signIn}`, TRIES_OF_A_SIGN_IN, HOUR_MS, 'forget'),
    ...(guessable
      ? [
          knownBrowser === undefined
            ? limit(`second step ${account}`, 20, HOUR_MS, 'uncount')
            : limit(`second step browser ${knownBrowser} ${account}`, 20, HOUR_MS, 'forget'),
        ]
      : []),
  ];
}

/** Limits on guessing within a session that somebody else may hold. */
export const confirmationLimits = (sessionId: string): readonly Limit[] => [
  limit(`confirm ${sessionId}`, 10, QUARTER_MS, 'forget'),
];

/** Limits on guessing the code that a device shows; whoever guesses is signed in. */
export const deviceCodeLimits = (account: string): readonly Limit[] => [
  limit(`device code ${account}`, 10, QUARTER_MS, 'forget'),
];

/** Limits on answers of passkeys for nobody in particular. Nobody guesses one; checking it is work. */
export const passkeyLimits = ({ address }: Pick<Origin, 'address'>): readonly Limit[] => [
  limit(`passkey network ${networkOf(address)}`, 100, QUARTER_MS, 'uncount'),
];

/**
 * Counts one try before it is judged. Call what it returns when the try succeeded. Throws `Problem` with the code
 * `unavailable` when there were too many; the seconds to wait stand in its data.
 */
export async function beginAttempt(
  db: Handle,
  limits: readonly Limit[],
  now: number,
): Promise<() => Promise<void>> {
  for (const { bucket } of limits) {
    const wait = await countAttempt(db, bucket, now);
    if (wait > 0) throw tooMany(wait);
  }
  return async () => {
    for (const { bucket, success } of limits) {
      await (success === 'forget' ? forgetAttempts(db, bucket) : uncountAttempt(db, bucket));
    }
  };
}

function tooMany(waitMs: number): Problem {
  const minutes = Math.max(1, Math.ceil(waitMs / MINUTE_MS));
  return new Problem(
    'unavailable',
    `Too many tries failed. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`} and try again.`,
    { data: { retryAfterSeconds: Math.ceil(waitMs / 1000) } },
  );
}

/** An IPv4 address; of an IPv6 address the 64 bits of its network, of which one subscriber has as many addresses as they like. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return plain;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
