import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { examineSecret, Secret } from '../../src/credentials/index.ts';
import { generatePublicId, generateSecret } from '../../src/credentials/secret.ts';
import { prefixOf, SECRET_FORMS } from '../../src/gate/index.ts';
import { projectRoot } from '../support/run.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six base62 digits of a CRC-32, reckoned here by itself. */
function checksum(text: string): string {
  let rest = BigInt(crc32(text));
  let digits = '';
  for (let i = 0; i < 6; i++, rest /= 62n) digits = ALPHABET[Number(rest % 62n)] + digits;
  return digits;
}

describe.each(SECRET_FORMS)('the secret of %s', (form) => {
  const prefix = prefixOf(form);

  it('is its prefix, 32 characters and a checksum of all that stands before', () => {
    for (let i = 0; i < 200; i++) {
      const text = generateSecret(form).reveal();
      expect(text).toMatch(/^lk[a-z]{2}_[0-9A-Za-z]{38}$/);
      expect(text.startsWith(prefix)).toBe(true);
      expect(text.slice(-6)).toBe(checksum(text.slice(0, -6)));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(255);
      expect(encodeURIComponent(text)).toBe(text);
      expect(examineSecret(new Secret(text))).toBe(form);
    }
  });

  it('with one character mistyped, left out, doubled or two swapped is told without being looked up', () => {
    const text = generateSecret(form).reveal();
    for (let i = prefix.length; i < text.length; i++) {
      const others = ALPHABET.split('').filter((each) => each !== text[i]);
      for (const other of others) {
        expect(examineSecret(new Secret(text.slice(0, i) + other + text.slice(i + 1)))).toBe('malformed');
      }
      expect(examineSecret(new Secret(text.slice(0, i) + text.slice(i + 1)))).toBe('malformed');
      expect(examineSecret(new Secret(text.slice(0, i) + text[i] + text.slice(i)))).toBe('malformed');
      const swapped = text.slice(0, i) + (text[i + 1] ?? '') + text[i] + text.slice(i + 2);
      if (swapped !== text) expect(examineSecret(new Secret(swapped))).toBe('malformed');
    }
  });
});

it('the prefixes tell the forms apart', () => {
  const prefixes = SECRET_FORMS.map(prefixOf);
  for (const one of prefixes) {
    expect(prefixes.filter((other) => other.startsWith(one))).toEqual([one]);
  }
  const secret = generateSecret('app_password').reveal();
  // One kind's body under another's prefix does not pass: the prefix is under the checksum.
  expect(examineSecret(new Secret(secret.replace('lkap_', 'lkrt_')))).toBe('malformed');
});

it('any other text is no secret of ours, or a damaged one', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', 'lkap_', 'lkrt_', 'LKAP_', ' lkap_'),
      (text, prefix) => {
        const examined = examineSecret(new Secret(prefix + text));
        expect(examined).toBe(/^lk(?:ap|rt)_/.test(prefix + text) ? 'malformed' : undefined);
      },
    ),
  );
});

describe('a secret in clear', () => {
  const text = generateSecret('app_password').reveal();
  const secret = new Secret(text);
  const held = { token: secret, nested: [{ secret }], map: new Map([['a', secret]]) };

  it.each<[string, () => string]>([
    ['toString', () => String(secret)],
    ['a template', () => `${secret as unknown as string}`],
    ['JSON', () => JSON.stringify(held)],
    ['inspect', () => inspect(held, { depth: 9, showHidden: true })],
    ['format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error', () => inspect(new Error(`refused: ${secret as unknown as string}`, { cause: held }))],
    ['a thrown object', () => inspect(Object.assign(new Error('x'), held), { showHidden: true })],
    ['concatenation', () => `${'' + (secret as unknown as string)}`],
    [
      'its keys',
      () => JSON.stringify([Object.keys(secret), Object.entries(secret), { ...(secret as object) }]),
    ],
    ['an array', () => [secret].join()],
  ])('is not printed by %s', (_how, print) => {
    expect(print()).not.toContain(text.slice(5, 20));
  });

  it('is not logged', () => {
    let logged = '';
    const log = pino(
      new Writable({ write: (chunk: Buffer, _encoding, done) => ((logged += String(chunk)), done()) }),
    );
    log.info(held, 'with %s and %o', secret, secret);
    log.error({ error: Object.assign(new Error('x'), held), ...held });
    log.error(Object.assign(new Error('x', { cause: held }), held));
    expect(logged).toContain('[redacted]');
    expect(logged).not.toContain(text.slice(5, 20));
  });

  it('cannot be cloned out of its box', () => {
    expect(JSON.stringify(structuredClone(Object.assign({}, secret)))).not.toContain(text);
    expect(() => Secret.prototype.reveal.call({} as Secret)).toThrow(TypeError);
  });
});

describe('the generator (T64)', () => {
  it('is the random source of the system: nothing in the folder uses another', () => {
    const folder = join(projectRoot, 'src/credentials');
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      expect([name, /Math\.random|Date\.now\(\)|nanoid/.test(text)]).toEqual([name, false]);
    }
    expect(readFileSync(join(folder, 'secret.ts'), 'utf8')).toMatch(/randomBytes.*from 'node:crypto'/);
  });

  it('favours no character, and never gives the same twice', () => {
    const made = Array.from({ length: 4000 }, () => generateSecret('app_password').reveal());
    expect(new Set(made).size).toBe(made.length);
    const counts = new Map<string, number>(ALPHABET.split('').map((letter) => [letter, 0]));
    for (const text of made) {
      for (const letter of text.slice(5, 37)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    const expected = (made.length * 32) / 62;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    // 61 degrees of freedom: above 130 happens by chance once in a million runs.
    expect(chiSquare).toBeLessThan(130);
  });

  it('makes public ids that say nothing and are never alike', () => {
    const ids = Array.from({ length: 1000 }, generatePublicId);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^cred_[0-9A-Za-z]{20}$/);
  });
});
