import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgePath,
  judgeRestrictions,
  type BranchRestriction,
  type HeldBound,
  type MovedBy,
  type RefChange,
} from '../../src/gate/index.ts';
import { decidePush, type PushQuestion, type PushStage, type SeenRef } from '../../src/push/index.ts';
import { anyBounds, anyPath, anyRef } from '../gate/questions.ts';

/** The laws of the gate as they hold for each ref of a push. */

const id = (digit: string) => digit.repeat(40);
const zero = id('0');

interface Drawn {
  readonly ref: string;
  readonly change: RefChange;
  readonly paths: readonly string[];
}

const anyDrawn = fc.uniqueArray(
  fc.record({
    ref: anyRef,
    change: fc.constantFrom<RefChange>('create', 'fast-forward', 'force', 'delete'),
    paths: fc.array(anyPath, { maxLength: 3 }),
  }),
  { selector: ({ ref }) => ref, maxLength: 5 },
);
const anyRestrictions: fc.Arbitrary<BranchRestriction[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('push' as const, 'force' as const, 'delete' as const, 'restrict_merges' as const),
    pattern: fc.constantFrom('*', 'a*', 'a/b', 'b'),
    names: fc.boolean(),
  }),
  { maxLength: 2 },
);
const anyBy = fc.constantFrom<MovedBy>('push', 'merge');
const anyStage = fc.constantFrom<PushStage>('commands', 'objects', 'refs');

function asked(
  drawn: readonly Drawn[],
  bounds: readonly HeldBound[],
  restrictions: readonly BranchRestriction[] = [],
  atomic = false,
  by: MovedBy = 'push',
): PushQuestion {
  const seen = new Map<string, SeenRef>(
    drawn.map(({ ref, change, paths }) => [
      ref,
      {
        change,
        violation: paths.map((path) => judgePath(bounds, path)).find((each) => each !== null) ?? null,
      },
    ]),
  );
  return {
    commands: drawn.map(({ ref, change }) => ({
      ref,
      old: change === 'create' ? zero : id('a'),
      new: change === 'delete' ? zero : id('b'),
    })),
    atomic,
    data: 'repository',
    defaultBranch: 'refs/heads/main',
    confines: { credentialId: 'cred_x', email: 'ada@example.org', bounds, restrictions, by },
    seen,
    stopped: null,
  };
}

const moves = (stage: PushStage, question: PushQuestion): ReadonlySet<string> =>
  new Set(
    decidePush(stage, question)
      .refs.filter(({ reason }) => reason === null)
      .map(({ command }) => command.ref),
  );

describe('a push', () => {
  it('with one more layer of bounds or one more rule moves a subset', () => {
    fc.assert(
      fc.property(
        anyStage,
        anyDrawn,
        anyBounds,
        anyBounds,
        anyRestrictions,
        anyRestrictions,
        fc.boolean(),
        anyBy,
        (stage, drawn, bounds, more, rules, moreRules, atomic, by) => {
          const wider = moves(stage, asked(drawn, bounds, rules, atomic, by));
          for (const narrower of [
            moves(stage, asked(drawn, [...bounds, ...more], rules, atomic, by)),
            moves(stage, asked(drawn, [...more, ...bounds], rules, atomic, by)),
            moves(stage, asked(drawn, bounds, [...rules, ...moreRules], atomic, by)),
          ]) {
            expect(narrower.isSubsetOf(wider)).toBe(true);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('is decided alike in whatever order its refs come', () => {
    fc.assert(
      fc.property(
        anyStage,
        anyDrawn.chain((drawn) =>
          fc.tuple(fc.constant(drawn), fc.shuffledSubarray([...drawn], { minLength: drawn.length })),
        ),
        anyBounds,
        anyRestrictions,
        fc.boolean(),
        (stage, [drawn, shuffled], bounds, rules, atomic) => {
          const one = asked(drawn, bounds, rules, atomic);
          const other = asked(shuffled, bounds, rules, atomic);
          expect(moves(stage, one)).toEqual(moves(stage, other));
          expect(decidePush(stage, one).nothingStands).toBe(decidePush(stage, other).nothingStands);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('moves at a later stage nothing that an earlier one refused', () => {
    fc.assert(
      fc.property(anyDrawn, anyBounds, anyRestrictions, anyBy, (drawn, bounds, rules, by) => {
        const question = asked(drawn, bounds, rules, false, by);
        const [first, second, third] = (['commands', 'objects', 'refs'] as const).map((stage) =>
          moves(stage, question),
        );
        expect(second!.isSubsetOf(first!)).toBe(true);
        expect(third).toEqual(second);
      }),
      { numRuns: 2000 },
    );
  });

  it('that is atomic moves all of its refs or none', () => {
    fc.assert(
      fc.property(anyStage, anyDrawn, anyBounds, (stage, drawn, bounds) => {
        const moved = moves(stage, asked(drawn, bounds, [], true));
        expect([0, drawn.length]).toContain(moved.size);
      }),
    );
  });

  it('is decided by the question alone', () => {
    fc.assert(
      fc.property(anyStage, anyDrawn, anyBounds, anyRestrictions, (stage, drawn, bounds, rules) => {
        const question = asked(drawn, bounds, rules);
        const first = decidePush(stage, question);
        decidePush('refs', asked([], []));
        expect(decidePush(stage, structuredClone(question))).toEqual(first);
      }),
    );
  });

  it('of a ref that is refused names the credential and ends in a full stop', () => {
    fc.assert(
      fc.property(anyStage, anyDrawn, anyBounds, anyRestrictions, (stage, drawn, bounds, rules) => {
        for (const { reason } of decidePush(stage, asked(drawn, bounds, rules)).refs) {
          if (reason !== null) expect(reason).toMatch(/^cred_x: .*\.$/);
        }
      }),
    );
  });

  it('whose objects nobody has seen yet waits for them only while something may come of it', () => {
    const question = (changes: readonly RefChange[]): PushQuestion => ({
      ...asked(
        [{ ref: 'refs/heads/a', change: 'force', paths: [] }],
        [
          {
            kind: 'refs',
            allow: [{ pattern: { text: 'refs/heads/a', segments: ['refs', 'heads', 'a'] }, changes }],
            deny: [],
          },
        ],
      ),
      seen: new Map(),
    });
    expect(moves('commands', question(['force'])).size).toBe(1);
    expect(moves('commands', question(['fast-forward'])).size).toBe(1);
    expect(moves('commands', question(['create', 'delete'])).size).toBe(0);
    // At the last one an answer is owed: what was not told apart must be allowed either way.
    expect(moves('refs', question(['fast-forward'])).size).toBe(0);
    expect(moves('refs', question(['fast-forward', 'force'])).size).toBe(1);
  });
});

describe('that a pull request is merged', () => {
  const BRANCH = 'refs/heads/a/b';
  const refuses = (rules: readonly BranchRestriction[], change: RefChange, by: MovedBy, ref = BRANCH) =>
    judgeRestrictions(rules, ref, change, by) !== null;
  const stands = (rules: readonly BranchRestriction[], kind: BranchRestriction['kind']) =>
    rules.some((rule) => rule.kind === kind && !rule.names && rule.pattern !== 'b');

  it('is stood against by rules about merging, and a push by those about pushing', () => {
    fc.assert(
      fc.property(anyRestrictions, (rules) => {
        expect(refuses(rules, 'fast-forward', 'merge')).toBe(stands(rules, 'restrict_merges'));
        expect(refuses(rules, 'fast-forward', 'push')).toBe(stands(rules, 'push'));
      }),
    );
  });

  it('deletes, makes and rewrites branches as a push does', () => {
    fc.assert(
      fc.property(
        anyRestrictions,
        anyRef,
        fc.constantFrom<RefChange>('create', 'force', 'delete'),
        (rules, ref, change) => {
          expect(refuses(rules, change, 'merge', ref)).toBe(refuses(rules, change, 'push', ref));
        },
      ),
    );
    const rule = (kind: BranchRestriction['kind']) => [{ kind, pattern: '*', names: true }];
    expect(refuses(rule('delete'), 'delete', 'merge')).toBe(true);
    expect(refuses(rule('force'), 'force', 'merge')).toBe(true);
  });

  it('and a push on which nothing is known yet are told apart from the list of commands on', () => {
    const drawn: Drawn[] = [{ ref: BRANCH, change: 'fast-forward', paths: [] }];
    const rules: BranchRestriction[] = [{ kind: 'push', pattern: '*', names: false }];
    for (const stage of ['commands', 'objects', 'refs'] as const) {
      expect(moves(stage, asked(drawn, [], rules, false, 'merge')).size).toBe(1);
      expect(moves(stage, asked(drawn, [], rules, false, 'push')).size).toBe(0);
    }
  });
});
