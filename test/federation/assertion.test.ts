import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BadAssertion,
  checkSignature,
  digestOf,
  LEEWAY_MS,
  readAssertion,
  timeProblem,
  untilOf,
} from '../../src/federation/assertion.ts';
import { parseKeySet } from '../../src/federation/key-set.ts';
import { Problem } from '../../src/problem.ts';
import { keySetOf, signed, signingKey } from './ci-issuer.ts';

const ISSUER = 'https://ci.example.com';
const encode = (text: string): string => Buffer.from(text).toString('base64url');

describe('a token that strangers send', () => {
  it('is read or refused with a sentence, and nothing else comes of it', async () => {
    const good = await signed(await signingKey('k'), { iss: ISSUER });
    const json = fc.json({ maxDepth: 3 });
    const parts = fc.tuple(
      fc.oneof(json.map(encode), fc.string()),
      fc.oneof(json.map(encode), fc.base64String()),
    );
    const damaged = fc
      .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }))
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1));
    const any = fc.oneof(
      fc.string(),
      parts.map(([a, b]) => `${a}.${b}.x`),
      damaged,
    );
    fc.assert(
      fc.property(any, (text) => {
        try {
          const { claims, issuer } = readAssertion(text);
          expect(typeof issuer).toBe('string');
          timeProblem(claims, Date.now());
        } catch (error) {
          expect(error).toBeInstanceOf(BadAssertion);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is good by a key of its issuer alone, by every algorithm that there is', async () => {
    for (const algorithm of [
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'PS384',
      'PS512',
      'ES256',
      'ES384',
      'ES512',
      'EdDSA',
    ]) {
      const [key, other] = [await signingKey('k', algorithm), await signingKey('k', algorithm)];
      const text = await signed(key, { iss: ISSUER });
      const verdict = (keys: string) => checkSignature(readAssertion(text), parseKeySet(keys));
      expect(await verdict(keySetOf(key)), algorithm).toBe('good');
      expect(await verdict(keySetOf(other)), algorithm).toBe('bad');
      expect(await verdict(keySetOf({ ...key, publicJwk: { ...key.publicJwk, kid: 'l' } })), algorithm).toBe(
        'no key',
      );
      // Where neither names one, any may be meant.
      const { kid: _, ...unnamed } = key.publicJwk;
      const { kid: __, ...otherUnnamed } = other.publicJwk;
      const two = JSON.stringify({ keys: [otherUnnamed, unnamed] });
      const bare = await signed(key, { iss: ISSUER }, { kid: undefined });
      expect(await checkSignature(readAssertion(bare), parseKeySet(two)), algorithm).toBe('good');
      expect(
        await checkSignature(
          readAssertion(bare),
          parseKeySet(JSON.stringify({ keys: [otherUnnamed, otherUnnamed] })),
        ),
        algorithm,
      ).toBe('bad');
    }
  });

  it('is not checked by a key for another purpose, and demands no extensions', async () => {
    const key = await signingKey('k');
    const text = await signed(key, { iss: ISSUER });
    const wrong = { keys: [{ ...key.publicJwk, alg: 'ES384' }] };
    expect(await checkSignature(readAssertion(text), parseKeySet(JSON.stringify(wrong)))).not.toBe('good');
    const crit = `${encode('{"alg":"ES256","crit":["b64"],"b64":false}')}.${encode(`{"iss":"${ISSUER}"}`)}.x`;
    expect(() => readAssertion(crit)).toThrow(/crit/);
  });

  it('is remembered by its number, or by what was signed', async () => {
    const key = await signingKey('k');
    const of = async (claims: object) =>
      digestOf(readAssertion(await signed(key, { iss: ISSUER, ...claims })));
    expect(await of({ jti: 'a', n: 1 })).toBe(await of({ jti: 'a', n: 2 }));
    expect(await of({ jti: 'a' })).not.toBe(await of({ jti: 'b' }));
    // ES256 signs the same anew each time.
    expect(await of({ n: 1 })).toBe(await of({ n: 1 }));
    expect(await of({ n: 1 })).not.toBe(await of({ n: 2 }));
  });

  it('is good to the last moment of its leeway and not beyond', () => {
    const claims = { exp: 1000, iat: 900 };
    expect(timeProblem(claims, untilOf(claims) - 1)).toBeUndefined();
    expect(timeProblem(claims, untilOf(claims))).toContain('expired');
    expect(timeProblem({ exp: 1e12 }, 0)).toContain('does not say when');
    expect(timeProblem({ exp: 100_000, iat: 0 }, 99_999_000)).toContain('longer than 24 hours');
    expect(timeProblem({ exp: 100 }, 0)).toContain('when it was issued');
    // A fraction is a time as well (RFC 7519 §2), and what is kept of it is a whole number.
    expect(untilOf({ exp: 100.1234567 })).toBe(100_124 + LEEWAY_MS);
  });
});

describe('a set of keys', () => {
  it('is public keys for signatures, and nothing that must stay with the issuer', async () => {
    const { publicJwk } = await signingKey('k');
    const set = (...keys: unknown[]) => parseKeySet(JSON.stringify({ keys }));
    expect(set(publicJwk, { kty: 'oct', k: 'x' }, { ...publicJwk, use: 'enc' }, null).keys).toEqual([
      publicJwk,
    ]);
    expect(() => set({ ...publicJwk, d: 'x' })).toThrow(/private keys/);
    for (const text of ['', '[]', '{"keys":{}}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"x"}]}'])
      expect(() => parseKeySet(text)).toThrow(Problem);
    expect(() => set(...Array.from({ length: 101 }, () => publicJwk))).toThrow(/at most 100/);
  });
});
