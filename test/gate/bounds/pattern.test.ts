import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesPattern, patternProblem } from '../../../src/gate/index.ts';
import { anyPath, anyPathPattern } from '../questions.ts';

const matches = (pattern: string, name: string) => matchesPattern(compilePattern(pattern), name);

/** The same as a regular expression, put together piece by piece: slow in the worst case, and plain to read. */
function asRegExp(pattern: string): RegExp {
  const segments = pattern.split('/');
  let source = '^';
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '**') source += last ? '[^/]+(?:/[^/]+)*' : '(?:[^/]+/)*';
    else {
      source += segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
      if (!last) source += '/';
    }
  });
  return new RegExp(`${source}$`, 'su');
}

describe('a pattern', () => {
  it.each([
    ['refs/heads/main', 'refs/heads/main', true],
    ['refs/heads/main', 'refs/heads/Main', false],
    ['refs/heads/main', 'refs/heads/main2', false],
    ['refs/heads/release/*', 'refs/heads/release/1.0', true],
    ['refs/heads/release/*', 'refs/heads/release/1.0/fix', false],
    ['refs/heads/release/*', 'refs/heads/release', false],
    ['refs/heads/release*', 'refs/heads/release', true],
    ['refs/tags/v*', 'refs/tags/v1', true],
    ['refs/tags/v*', 'refs/tags/x/v1', false],
    ['refs/heads/**', 'refs/heads/a/b/c', true],
    ['refs/heads/**', 'refs/heads', false],
    ['docs/**', 'docs/a', true],
    ['docs/**', 'docs', false],
    ['docs/**', 'docsx/a', false],
    ['**/*.md', 'README.md', true],
    ['**/*.md', 'a/b/README.md', true],
    ['**/*.md', 'a/b/README.mdx', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/x/y/b/c', false],
    ['a/**/**/b', 'a/b', true],
    ['**', 'anything/at/all', true],
    ['*', 'one', true],
    ['*', 'one/two', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['a?', 'ab', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
    expect(asRegExp(pattern).test(name)).toBe(expected);
  });

  it('matches as a regular expression put together from it does', () => {
    fc.assert(
      fc.property(anyPathPattern, anyPath, (pattern, path) => {
        expect(matchesPattern(pattern, path)).toBe(asRegExp(pattern.text).test(path));
      }),
      { numRuns: 20_000 },
    );
  });

  it('means what it says of any text in it: only the star is special', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => patternProblem(text) === undefined && !text.includes('*'));
    fc.assert(
      fc.property(name, name, (pattern, other) => {
        expect(matches(pattern, pattern)).toBe(true);
        expect(matches(pattern, other)).toBe(pattern === other);
      }),
    );
  });

  it.each([
    ['', /empty/],
    ['/a', /begins or ends/],
    ['a/', /begins or ends/],
    ['a//b', /"\/\/"/],
    ['a/../b', /"\.\." segment/],
    ['./a', /segment/],
    ['..', /segment/],
    ['a**', /whole segment/],
    ['a/**b', /whole segment/],
    ['***', /whole segment/],
    ['a\nb', /control/],
    ['a\0', /control/],
    ['a'.repeat(1025), /1024/],
  ])('%j is told what is wrong with it', (text, problem) => {
    expect(patternProblem(text)).toMatch(problem);
  });

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, name) => {
        expect(['string', 'undefined']).toContain(typeof patternProblem(text));
        expect(typeof matches(text, name)).toBe('boolean');
      }),
    );
  });

  it('is decided at once, however it is abused', () => {
    // With any backtracking beyond the last star these would not end before the sun does.
    const long = Array.from({ length: 500 }, () => 'a').join('/');
    expect(matches(`${'**/a/'.repeat(200)}b`, long)).toBe(false);
    expect(matches(`${'**/'.repeat(300)}a`, long)).toBe(true);
    expect(matches(`${'*a'.repeat(500)}b`, 'a'.repeat(4000))).toBe(false);
    expect(
      matches(`**/${'*a'.repeat(300)}b/**`, Array.from({ length: 50 }, () => 'a'.repeat(80)).join('/')),
    ).toBe(false);
  });
});
