import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterUses,
  decodeBound,
  describeBound,
  encodeBound,
  judgePath,
  judgeRefChange,
  judgeUse,
  OPERATION_NAMES,
  SCOPE_NAMES,
  type HeldBound,
} from '../../../src/gate/index.ts';
import { anyBound, ask, credential, everyTargetsOf, NOW_AND_HERE } from '../questions.ts';

const stored = (kind: string, value: unknown): HeldBound =>
  decodeBound(kind, JSON.parse(JSON.stringify(value)) as unknown);

describe('the stored form of a bound', () => {
  it('is read as what was written', () => {
    fc.assert(
      fc.property(anyBound, (bound) => {
        const fresh = afterUses(bound, 0);
        expect(stored(bound.kind, encodeBound(bound))).toEqual(fresh);
        expect(describeBound(stored(bound.kind, encodeBound(bound)))).toBe(describeBound(fresh));
      }),
      { numRuns: 1000 },
    );
  });

  it('with a member that this version does not know is no bound that it can judge', () => {
    fc.assert(
      fc.property(anyBound, fc.string({ minLength: 1 }), fc.jsonValue(), (bound, name, value) => {
        const known = encodeBound(bound);
        fc.pre(!Object.hasOwn(known, name));
        const more: Record<string, unknown> = { ...known };
        Object.defineProperty(more, name, { value, enumerable: true });
        expect(decodeBound(bound.kind, more)).toEqual({ kind: 'unknown', name: bound.kind });
      }),
    );
    const rule = { pattern: 'refs/heads/a', changes: ['create'] };
    expect(stored('refs', { allow: [rule], deny: [] }).kind).toBe('refs');
    expect(stored('refs', { allow: [{ ...rule, unless: 'friday' }], deny: [] }).kind).toBe('unknown');
  });

  it.each([
    ['moon', {}],
    ['constructor', {}],
    ['__proto__', {}],
    ['unknown', { name: 'x' }],
    ['refs', null],
    ['refs', []],
    ['refs', 'refs/heads/a'],
    ['refs', { allow: [] }],
    ['refs', { allow: ['refs/heads/a'], deny: [] }],
    ['refs', { allow: [{ pattern: 'a**', changes: [] }], deny: [] }],
    ['refs', { allow: [{ pattern: 'a', changes: ['rename'] }], deny: [] }],
    ['refs', { allow: [], deny: ['..'] }],
    ['paths', { allow: [1], deny: [] }],
    ['paths', { allow: ['/a'], deny: [] }],
    ['networks', { networks: ['192.0.2.1/24'], observe: false }],
    ['networks', { networks: [], observe: 'yes' }],
    ['networks', { networks: ['192.0.2.0/24'] }],
    ['time', { windows: ['tomorrow'] }],
    ['uses', { limit: -1 }],
    ['uses', { limit: 1.5 }],
    ['uses', { limit: '3' }],
    ['pushes', {}],
    ['size', { maximumBytes: null }],
    ['author', { name: 'x' }],
    ['repositories', { repositories: [] }],
    ['repositories', { workspaces: [1], projects: [], repositories: [] }],
  ])('%s of %j cannot be judged', (kind, value) => {
    expect(decodeBound(kind, value)).toEqual({ kind: 'unknown', name: kind });
  });

  it('of anything at all is read without throwing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('refs', 'paths', 'networks', 'time', 'uses', 'repositories')),
        fc.oneof(fc.jsonValue(), fc.record({ allow: fc.jsonValue(), deny: fc.jsonValue() })),
        (kind, value) => {
          const bound = decodeBound(kind, value);
          expect(describeBound(bound)).not.toMatch(/undefined|\[object/);
        },
      ),
    );
  });

  it.each([
    [20 * 1024 ** 2, '20 MB'],
    [1024 ** 3, '1 GB'],
    [1536, '1,536 bytes'],
    [512 * 1024, '512 KB'],
    [1_000_000, '1,000,000 bytes'],
    [1, '1 byte'],
  ])('of %d bytes is told as %s', (maximumBytes, says) => {
    expect(describeBound({ kind: 'size', maximumBytes })).toBe(`at most ${says} in a push`);
  });

  it('that cannot be judged refuses everywhere', () => {
    const bounds: HeldBound[] = [{ kind: 'unknown', name: 'moon' }];
    expect(judgeUse(bounds, NOW_AND_HERE)).toMatchObject({ bound: 'unknown' });
    expect(judgeRefChange(bounds, 'refs/heads/a', 'create')).toMatchObject({ bound: 'unknown' });
    expect(judgePath(bounds, 'a')).toMatchObject({ bound: 'unknown' });
    for (const operation of OPERATION_NAMES) {
      for (const kind of ['app_password', 'repository_access_token'] as const) {
        for (const targets of everyTargetsOf(operation)) {
          const principal = credential(kind, SCOPE_NAMES, { bounds });
          expect(ask({ operation, principal, targets }).allowed).toBe(false);
        }
      }
    }
  });
});
