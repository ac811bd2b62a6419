import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAuthorization } from '../../src/entry/index.ts';
import { explain } from '../../src/gate/index.ts';

const encoded = (text: string | Buffer) => Buffer.from(text).toString('base64');

describe('the Authorization header', () => {
  it('that is absent is nothing, and only that', () => {
    expect(readAuthorization(undefined)).toEqual({ type: 'nothing' });
  });

  it.each([
    [`Basic ${encoded('ada:secret')}`, 'ada', 'secret'],
    [`basic ${encoded('ada:secret')}`, 'ada', 'secret'],
    [`BASIC   ${encoded('ada:secret')}  `, 'ada', 'secret'],
    [`Basic ${encoded('ada:se:cr:et')}`, 'ada', 'se:cr:et'],
    [`Basic ${encoded(':secret')}`, '', 'secret'],
    [`Basic ${encoded('ada:')}`, 'ada', ''],
    [`Basic ${encoded('ada@example.org:sécret ☃')}`, 'ada@example.org', 'sécret ☃'],
    [`Basic ${encoded('ada:secret').replace(/=+$/, '')}`, 'ada', 'secret'],
  ])('%j is read', (header, userName, secret) => {
    const presented = readAuthorization(header);
    expect(presented).toMatchObject({ type: 'basic', userName });
    if (presented.type === 'basic') expect(presented.secret.reveal()).toBe(secret);
  });

  it.each(['Bearer abc', 'bearer abc', 'Token abc', 'BEARER  abc '])('%j is a bearer', (header) => {
    const presented = readAuthorization(header);
    expect(presented.type).toBe('bearer');
    if (presented.type === 'bearer') expect(presented.secret.reveal()).toBe('abc');
  });

  it.each([
    '',
    ' ',
    'Basic',
    'Basic ',
    'Bearer',
    'Bearer ',
    'Basic !!!',
    'Basic ====',
    'Bearer a b',
    ` Basic ${encoded('a:b')}`,
    `Basic ${encoded('no colon')}`,
    `Basic ${encoded('ada:line\nbreak')}`,
    `Basic ${encoded('ada:\0')}`,
    `Basic ${encoded('a\rda:x')}`,
    `Basic ${encoded('ada:\u0085')}`,
    `Basic ${encoded(Buffer.from([0x61, 0x3a, 0xff, 0xfe]))}`,
    `Basic ${encoded(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))}`,
    `Basic ${encoded('a:b')},Basic ${encoded('c:d')}`,
    `Basic ${encoded('a:b')} Basic`,
    'Digest username="ada"',
    'Negotiate abc',
    'AWS4-HMAC-SHA256 abc',
    'lkap_secret',
    `Basic ${'A'.repeat(5000)}`,
    `Bearer ${'a'.repeat(1_000_000)}`,
    '\0',
    'Basic \0',
    'Bearer\tabc',
  ])('%j is refused, and does not pass as anonymous', (header) => {
    const presented = readAuthorization(header);
    expect(presented.type).toBe('malformed');
    if (presented.type !== 'malformed') return;
    const told = explain({ code: 'credentials_malformed', why: presented.why });
    expect(told).toMatch(/^The Authorization header could not be read: [^\n\0]+\.$/);
  });

  it('of any content is read or refused: never an exception, never nothing, never a word of it told (T62)', () => {
    const scheme = fc.constantFrom(
      '',
      'Basic ',
      'Bearer ',
      'Token ',
      'basic',
      'Basic  ',
      'Digest ',
      'Basic\t',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => encoded(Buffer.from(bytes))),
      fc.tuple(fc.string(), fc.string()).map(([user, secret]) => encoded(`${user}:${secret}`)),
    );
    fc.assert(
      fc.property(scheme, value, (start, rest) => {
        const presented = readAuthorization(start + rest);
        expect(presented.type).not.toBe('nothing');
        expect(presented.type).not.toBe('cookie');
        if (presented.type === 'malformed' && rest.length > 12) expect(presented.why).not.toContain(rest);
        if (presented.type === 'basic') expect(`${presented.userName}`).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 5000 },
    );
  });
});
