import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBound, judgePath, PathsWithin, type HeldBound } from '../../../src/gate/index.ts';
import { anyPath, anyPathPattern } from '../questions.ts';

const mayChange = (bounds: readonly HeldBound[], path: string): boolean => {
  const names = path.split('/');
  const last = names.pop() ?? '';
  return names.reduce((paths, name) => paths.enter(name), PathsWithin.of(bounds)).mayChange(last);
};

describe('bounds of paths, folder by folder', () => {
  it('allow what they allow of the whole path, and nothing else', () => {
    const patterns = fc.array(
      anyPathPattern.map(({ text }) => text),
      { maxLength: 3 },
    );
    const bounds = fc.array(
      fc.record({ allow: patterns, deny: patterns }).map((value) => decodeBound('paths', value)),
      { maxLength: 2 },
    );
    let allowed = 0;
    fc.assert(
      fc.property(bounds, anyPath, (held, path) => {
        const may = judgePath(held, path) === null;
        if (may) allowed += 1;
        expect(mayChange(held, path)).toBe(may);
      }),
      { numRuns: 20_000 },
    );
    expect(allowed).toBeGreaterThan(1000);
  });

  it('allow nothing under a bound that this version cannot judge', () => {
    expect(mayChange([decodeBound('from another version', {})], 'a')).toBe(false);
  });

  it('are followed at once, however they are abused', () => {
    const bound = decodeBound('paths', { allow: [`${'**/a/'.repeat(200)}b`], deny: [] });
    expect(mayChange([bound], Array.from({ length: 500 }, () => 'a').join('/'))).toBe(false);
  });
});
