import { Secret as Seed, TOTP } from 'otpauth';
import { Secret } from '../../credentials/index.ts';

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, half a minute. */
const DIGITS = 6;
const PERIOD_SECONDS = 30;
/** RFC 4226 §4 asks for 160 bits. */
const SEED_BYTES = 20;
/** Steps by which the clock of a phone may be wrong, either way. */
const SKEW = 1;
const CODE = /^\d{6}$/;

/** A new seed, in base32 as people type it. */
export const newSeed = (): Secret => new Secret(new Seed({ size: SEED_BYTES }).base32);

/** The address that an authenticator app reads from the picture. @param issuer the host, so that the app tells two of ours apart */
export const seedAddress = (seed: Secret, issuer: string, username: string): string =>
  new TOTP({
    issuer,
    label: username,
    secret: seed.reveal(),
    digits: DIGITS,
    period: PERIOD_SECONDS,
  }).toString();

/** Codes are typed with a space in the middle, as apps show them. */
const typedCode = (typed: string): string => typed.replace(/[\s-]/g, '');

/** Whether it is a code of an authenticator app at all, right or wrong. */
export const isAppCode = (typed: string): boolean => CODE.test(typedCode(typed));

/** The time step whose code this is, near enough to now; undefined for any other. */
export function stepOf(seed: Secret, typed: string, now: number): number | undefined {
  const token = typedCode(typed);
  if (!CODE.test(token)) return undefined;
  const delta = TOTP.validate({
    token,
    secret: Seed.fromBase32(seed.reveal()),
    digits: DIGITS,
    period: PERIOD_SECONDS,
    timestamp: now,
    window: SKEW,
  });
  return delta === null ? undefined : TOTP.counter({ period: PERIOD_SECONDS, timestamp: now }) + delta;
}
