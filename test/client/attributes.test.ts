import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAttributes, parseAttributes } from '../../src/client/attributes.ts';
import { Problem } from '../../src/problem.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parsed = (text: string) => Object.fromEntries(parseAttributes(bytes(text)));
const key = fc.stringMatching(/^[a-z][a-z_]{0,20}$/);
const value = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\r\n\0]/.test(text));

describe("Git's credential protocol", () => {
  it('reads what Git sends, up to the blank line', () => {
    expect(
      parsed(
        'protocol=https\nhost=git.example.com:8443\nusername=jane\nwwwauth[]=Basic realm="x"\n\nhost=other\n',
      ),
    ).toEqual({ protocol: 'https', host: 'git.example.com:8443', username: 'jane' });
    expect(parsed('')).toEqual({});
    expect(parsed('password=a=b==\n')).toEqual({ password: 'a=b==' });
    expect(parsed('host=one\nhost=two\n')).toEqual({ host: 'two' });
  });

  it('what is written is read back as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value), (attributes) => {
        expect(parsed(formatAttributes(attributes))).toEqual({ ...attributes });
      }),
    );
  });

  it('no value passes for another attribute, in either direction', () => {
    for (const trick of ['x\nhost=evil.example', 'x\rhost=evil.example', 'x\r\nhost=evil.example', 'x\0y']) {
      expect(() => formatAttributes({ username: trick })).toThrow(Problem);
    }
    expect(() => parsed('host=good.example\rhost=evil.example\n')).toThrow(/carriage return/);
    expect(() => parsed('protocol=https\r\nhost=good.example\r\n')).toThrow(/carriage return/);
    expect(() => parsed('host=a\0b\n')).toThrow(/NUL/);
  });

  it('refuses what Git would not send, in one sentence', () => {
    expect(() => parsed('nonsense\n')).toThrow(/key=value/);
    expect(() => parsed('=value\n')).toThrow(/key=value/);
    expect(() => parsed(`host=${'x'.repeat(9000)}\n`)).toThrow(/line/);
    expect(() => parsed('a=b\n'.repeat(501))).toThrow(/500 lines/);
    expect(() => parsed('a=b\n'.repeat(20_000))).toThrow(/64 KiB/);
    expect(() => parseAttributes(Uint8Array.of(0x61, 0x3d, 0xff, 0x0a))).toThrow(/UTF-8/);
  });

  it('any bytes are read or refused, and never crash', () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ maxLength: 40 }).map(bytes),
      fc
        .constantFrom(
          'host=',
          '=',
          'protocol=https',
          '[]=',
          'url=https://a:b@c',
          '__proto__=x',
          'password=\u2028',
        )
        .map(bytes),
    );
    const message = fc
      .array(line, { maxLength: 12 })
      .map((lines) => Buffer.concat(lines.flatMap((each) => [each, bytes('\n')])));
    fc.assert(
      fc.property(message, (raw) => {
        try {
          for (const [name, text] of parseAttributes(raw)) {
            expect(name).not.toMatch(/[=\n\r\0]|\[\]$/);
            expect(text).not.toMatch(/[\n\r\0]/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
