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
