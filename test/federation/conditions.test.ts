import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimText } from '../../src/federation/claims.ts';
import { chooseConditions, holds, readCondition } from '../../src/federation/conditions.ts';
import { chooseImmutableClaims } from '../../src/federation/issuers.ts';
import { Problem } from '../../src/problem.ts';

const met = (claim: string, pattern: string, claims: Record<string, unknown>): boolean =>
  holds({ claim, pattern }, claims);

describe('a condition', () => {
  it('compares texts as they are, and whole numbers and booleans as JSON has them', () => {
    expect(met('id', '42', { id: 42 })).toBe(true);
    expect(met('id', '42', { id: '42' })).toBe(true);
    expect(met('id', '42', { id: ' 42' })).toBe(false);
    expect(met('protected', 'true', { protected: true })).toBe(true);
    // Two that are not the same come out of JSON as one.
    const big = JSON.parse('{"id":9007199254740993}') as Record<string, unknown>;
    for (const text of ['9007199254740992', '9007199254740993']) expect(met('id', text, big)).toBe(false);
    expect(met('id', '9007199254740991', { id: 9_007_199_254_740_991 })).toBe(true);
    for (const value of [null, undefined, [42], ['42'], { id: 42 }])
      expect(met('id', '42', { id: value })).toBe(false);
  });

  it('finds what lies below by a pointer, and nothing that every object has', () => {
    const claims = { 'kubernetes.io': { serviceaccount: { uid: 'u' } }, 'a/b': { '~': 1 }, list: ['x'] };
    expect(met('/kubernetes.io/serviceaccount/uid', 'u', claims)).toBe(true);
    expect(met('/a~1b/~0', '1', claims)).toBe(true);
    expect(met('/list/0', 'x', claims)).toBe(false);
    expect(met('kubernetes.io/serviceaccount/uid', 'u', claims)).toBe(false);
    expect(claimText(claims, '/constructor/name')).toBeUndefined();
    expect(claimText(claims, 'toString')).toBeUndefined();
  });

  it('has a star that stays between two slashes, and nothing else that is not literal', () => {
    expect(met('ref', 'refs/heads/release-*', { ref: 'refs/heads/release-1' })).toBe(true);
    expect(met('ref', 'refs/heads/*', { ref: 'refs/heads/a/b' })).toBe(false);
    expect(met('ref', 'refs/heads/*', { ref: 'xrefs/heads/a' })).toBe(false);
    expect(met('ref', 'refs/heads/*', { ref: 'refs/heads/a\nx' })).toBe(false);
    expect(met('ref', 'a.c', { ref: 'abc' })).toBe(false);
    expect(met('ref', '^a$', { ref: 'a' })).toBe(false);
    expect(met('ref', '[ab]', { ref: 'a' })).toBe(false);
  });

  it('is never met by what it does not say, whatever is written into it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '/', '|', '.', '(', '\\'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const regular = new RegExp(`^${pattern.replaceAll(/[.|()\\/]/g, '\\$&').replaceAll('*', '[^/]*')}$`);
        if (pattern === '' || pattern.includes('**')) return;
        expect(met('c', pattern, { c: value })).toBe(regular.test(value));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the conditions of a policy', () => {
  const exact = { claim: 'repository_id', pattern: '42' };
  const refused = (...more: { claim: string; pattern: string }[]) => {
    try {
      chooseConditions([exact, ...more], ['repository_id']);
      return undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      return (error as Problem).message;
    }
  };

  it('are one on each claim, and none on what is judged anyway', () => {
    expect(refused()).toBeUndefined();
    expect(refused({ claim: 'repository_id', pattern: '43' })).toContain('two conditions');
    expect(refused({ claim: 'aud', pattern: 'x' })).toContain('a field of its own');
    expect(refused({ claim: 'exp', pattern: '1' })).toContain('judged for every token');
    // T68, T70: no other way of writing its name leads around that.
    expect(refused({ claim: '/aud', pattern: 'x' })).toContain('a field of its own');
    expect(refused({ claim: '/sub', pattern: 'repo:acme/*' })).toContain('several names are joined');
    expect(refused({ claim: '/repository_id', pattern: '43' })).toContain('two conditions');
    expect(refused({ claim: 'ref', pattern: 'a*b*c*d*e' })).toContain('more than 3');
    expect(refused({ claim: 'ref', pattern: 'a*b*c*d/e*' })).toBeUndefined();
    for (const claim of ['iss', '/iss', 'aud', 'sub', '/sub'])
      expect(() => chooseImmutableClaims([claim])).toThrow('is no id that one project has');
    expect(refused({ claim: '', pattern: 'x' })).toContain('Name a claim');
    expect(refused({ claim: 'ref', pattern: '' })).toContain('must be');
    expect(refused({ claim: 'ref', pattern: 'a/**b' })).toContain('"**" must be a whole segment');
    expect(refused({ claim: 'ref', pattern: 'a\u202eb' })).toContain('must be');
    expect(refused(...Array.from({ length: 20 }, (_, at) => ({ claim: `c${at}`, pattern: 'x' })))).toContain(
      'at most 20',
    );
  });

  it('are written as CLAIM=TEXT', () => {
    expect(readCondition('ref = refs/heads/a=b')).toEqual({ claim: 'ref', pattern: 'refs/heads/a=b' });
    expect(() => readCondition('ref')).toThrow(/CLAIM=TEXT/);
    expect(() => readCondition('=x')).toThrow(/CLAIM=TEXT/);
  });
});
