import { describe, expect, it } from 'vitest';
import { visibleName } from '../../../../src/doors/web/visible.ts';
import { pagesOf } from '../../../../src/doors/web/pages-of.ts';
import { bodyOf, sizeWords, subjectOf } from '../../../../src/doors/web/repositories/words.ts';

describe('messages', () => {
  it('have a subject whatever they are', () => {
    expect(subjectOf('First\n\nmore')).toBe('First');
    expect(subjectOf('\n\n  \n')).toBe('(no message)');
    expect(subjectOf('')).toBe('(no message)');
    expect(subjectOf('x'.repeat(500))).toHaveLength(161);
    expect(subjectOf('😀'.repeat(500), 5)).toBe('😀😀…');
    expect(subjectOf('x😀', 3)).toBe('x😀');
  });

  it('have a body without the subject', () => {
    expect(bodyOf('First\n\nmore\nlines\n')).toBe('more\nlines');
    expect(bodyOf('First')).toBe('');
  });
});

it('names show what would hide or turn text', () => {
  expect(visibleName('a\nb\u202egpj.exe')).toBe('a\ufffdb\ufffdgpj.exe');
  expect(visibleName('héllo 世界.txt')).toBe('héllo 世界.txt');
});

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1536, '1.5 KB'],
  [20 * 1024 * 1024, '20 MB'],
  [3 * 1024 ** 3, '3.0 GB'],
])('%i is %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

describe('pages', () => {
  const href = (page: number) => `?page=${page}`;

  it('are none where everything fits', () => {
    expect(pagesOf(1, 10, 10, href)).toEqual({});
  });

  it('lead to their neighbours, and back from beyond the end', () => {
    expect(pagesOf(2, 10, 25, href)).toEqual({
      summary: '11–20 of 25',
      previous: '?page=1',
      next: '?page=3',
    });
    expect(pagesOf(3, 10, 25, href)).toEqual({ summary: '21–25 of 25', previous: '?page=2' });
    expect(pagesOf(9, 10, 25, href)).toEqual({ summary: 'Nothing beyond 25', previous: '?page=8' });
  });

  it('go on where there are more than were counted', () => {
    expect(pagesOf(100, 10, 1000, href, true)).toEqual({
      summary: '991–1000 of more than 1,000',
      previous: '?page=99',
      next: '?page=101',
    });
  });
});
