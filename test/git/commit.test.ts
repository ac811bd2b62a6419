import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoWithOffset, parseCommit, parseTag } from '../../src/git/commit.ts';

const id = 'e'.repeat(40);
const tree = 'a'.repeat(40);
const parents = ['b'.repeat(40), 'c'.repeat(40)];

function raw(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

describe('commits', () => {
  it('are read, with their signature passed over', () => {
    const commit = parseCommit(
      id,
      raw(
        `tree ${tree}\nparent ${parents[0]}\nparent ${parents[1]}\n`,
        'author Zoë Example <zoe@example.org> 1700000000 +0530\n',
        'committer C <c@example.org> 1700000001 -0330\n',
        'gpgsig -----BEGIN PGP SIGNATURE-----\n \n tree not-a-tree\n -----END PGP SIGNATURE-----\n',
        '\nSubject\n\nBody\n',
      ),
    );
    expect(commit).toEqual({
      id,
      tree,
      parents,
      author: {
        name: 'Zoë Example',
        email: 'zoe@example.org',
        date: '2023-11-15T03:43:20+05:30',
        timestamp: 1_700_000_000,
      },
      committer: {
        name: 'C',
        email: 'c@example.org',
        date: '2023-11-14T18:43:21-03:30',
        timestamp: 1_700_000_001,
      },
      message: 'Subject\n\nBody\n',
    });
  });

  it('are decoded as they say, or as Western European where they say nothing and are not UTF-8', () => {
    const body = (encoding: string) =>
      raw(
        `tree ${tree}\nauthor `,
        Buffer.from([0xc9, 0x76, 0x61]),
        ` <e@x> 1 +0000\ncommitter C <c@x> 1 +0000\n${encoding}\n`,
        Buffer.from([0xe9]),
      );
    expect(parseCommit(id, body(''))).toMatchObject({ author: { name: 'Éva' }, message: 'é' });
    expect(parseCommit(id, body('encoding ISO-8859-1\n'))).toMatchObject({
      author: { name: 'Éva' },
      message: 'é',
    });
    expect(parseCommit(id, body('encoding KOI8-R\n'))).toMatchObject({ message: 'И' });
    expect(parseCommit(id, body('encoding no-such-thing\n'))).toMatchObject({ message: 'é' });
  });

  it('with strange people and times are still commits', () => {
    const commit = (author: string) => parseCommit(id, raw(`tree ${tree}\nauthor ${author}\n\n`)).author;
    expect(commit('A <a <b> c> 5 +0000')).toMatchObject({ name: 'A', email: 'a <b> c', timestamp: 5 });
    expect(commit('nobody')).toMatchObject({ name: 'nobody', email: '', date: '1970-01-01T00:00:00+00:00' });
    expect(commit('A <a> 99999999999999999 +0000').date).toBe('1970-01-01T00:00:00+00:00');
    expect(commit('A <a> -1 +0000').date).toBe('1969-12-31T23:59:59+00:00');
    expect(commit('A <a> 0 +9900').date).toBe('1970-01-01T00:00:00+00:00');
    expect(commit('<> 0 +0000')).toMatchObject({ name: '', email: '' });
  });

  it('come out of any bytes, with dates that are dates', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const commit = parseCommit(id, Buffer.from(bytes));
        parseTag(id, Buffer.from(bytes));
        expect(Number.isNaN(Date.parse(commit.author.date))).toBe(false);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: -60_000_000_000, max: 250_000_000_000 }),
        fc.integer({ min: -1439, max: 1439 }),
        (seconds, minutes) => {
          const date = isoWithOffset(seconds, minutes);
          if (!date.startsWith('1970-01-01T00:00:00')) expect(Date.parse(date) / 1000).toBe(seconds);
        },
      ),
    );
  });
});

describe('annotated tags', () => {
  it('are read without the signature that ends them', () => {
    const tag = parseTag(
      id,
      raw(
        `object ${tree}\ntype commit\ntag v1.0\ntagger T <t@x> 1700000000 +0100\n\nRelease\n-----BEGIN SSH SIGNATURE-----\nabc\n`,
      ),
    );
    expect(tag).toMatchObject({ object: tree, objectType: 'commit', name: 'v1.0', message: 'Release\n' });
    expect(tag.tagger?.date).toBe('2023-11-14T23:13:20+01:00');
  });

  it('may lack a tagger', () => {
    expect(parseTag(id, raw(`object ${tree}\ntype commit\ntag old\n\nx\n`)).tagger).toBeUndefined();
  });
});

describe('texts that are longer than anybody reads', () => {
  const KILOBYTES_64 = 64 * 1024;
  const commit = (author: string, message: string, headers = '') =>
    parseCommit(id, raw(`tree ${tree}\nauthor ${author}\ncommitter C <c@x> 7 +0000\n${headers}\n${message}`));
  const tag = (message: string) =>
    parseTag(id, raw(`object ${tree}\ntype commit\ntag v1\ntagger T <t@x> 1 +0000\n\n${message}`));

  it('are cut after whole characters, with a sign, and up to there stay as they are', () => {
    for (const [sign, bytes] of [
      ['a', 1],
      ['é', 2],
      ['世', 3],
      ['😀', 4],
    ] as const) {
      const fits = sign.repeat(Math.floor(KILOBYTES_64 / bytes));
      for (const parse of [(message: string) => commit('A <a@x> 5 +0000', message), tag]) {
        expect(parse(fits).message).toBe(fits);
        expect(parse(fits + sign).message).toBe(`${fits}…`);
        expect(parse(fits.repeat(20)).message).toBe(`${fits}…`);
      }
    }
  });

  it('in other encodings end without half a character', () => {
    const message = Buffer.concat([
      Buffer.from('a'),
      Buffer.alloc(2 * KILOBYTES_64, Buffer.from([0x83, 0x65])),
    ]);
    const parsed = parseCommit(id, raw(`tree ${tree}\nencoding Shift_JIS\n\n`, message));
    expect(parsed.message).toBe(`a${'テ'.repeat(KILOBYTES_64 / 2 - 1)}…`);
  });

  it('any text is cut to a beginning of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 9 }), (piece) => {
        const whole = piece.repeat(KILOBYTES_64);
        const { message } = commit('A <a@x> 5 +0000', whole);
        if (Buffer.byteLength(whole) === KILOBYTES_64) {
          expect(message).toBe(whole);
          return;
        }
        expect(message.at(-1)).toBe('…');
        expect(whole.startsWith(message.slice(0, -1))).toBe(true);
        const length = Buffer.byteLength(message.slice(0, -1));
        expect(length).toBeLessThanOrEqual(KILOBYTES_64);
        expect(length).toBeGreaterThan(KILOBYTES_64 - 4);
      }),
      { numRuns: 8 },
    );
  });

  it('a signature is no part of the text, wherever the cut is', () => {
    const signature = `-----BEGIN PGP SIGNATURE-----\n${'x'.repeat(KILOBYTES_64)}`;
    for (const length of [10, KILOBYTES_64 - 20, KILOBYTES_64 - 1]) {
      const text = `${'x'.repeat(length)}\n`;
      expect(tag(text + signature).message).toBe(text);
    }
  });

  it('a person keeps the beginning of the name, and the time', () => {
    const long = 'é'.repeat(1_000_000);
    const { author } = commit(`${long} <a@x> 5 +0100`, '');
    expect(author).toMatchObject({ email: 'a@x', timestamp: 5, date: '1970-01-01T01:00:05+01:00' });
    expect(author.name).toMatch(/^é+…é+$/);
    expect(Buffer.byteLength(author.name)).toBeLessThan(1100);
    const { author: other } = commit(`A <${'a'.repeat(1_000_000)}@x> 5 +0100`, '');
    expect(other).toMatchObject({ name: 'A', email: expect.stringMatching(/^a+…a+@x$/), timestamp: 5 });
    expect(other.email.length).toBeLessThan(1100);
  });

  it('a person of a common length is read as it is', () => {
    const name = 'é'.repeat(450);
    expect(commit(`${name} <a@x> 5 +0100`, '').author.name).toBe(name);
  });

  it('headers that nobody asks for are passed over', () => {
    const headers = `${'x\n'.repeat(1_000_000)}encoding KOI8-R\n`;
    expect(commit('A <a@x> 5 +0000', 'x', headers).message).toBe('x');
    expect(parseCommit(id, raw(`tree ${tree}\n${headers}\n`, Buffer.from([0xe9])))).toMatchObject({
      tree,
      message: 'И',
    });
  });
});
