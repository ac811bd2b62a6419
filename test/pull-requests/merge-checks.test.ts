import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countsAtLeast,
  judgeRules,
  MERGE_CHECK_KINDS,
  rulesFor,
  type MergeFacts,
  type MergeRule,
} from '../../src/pull-requests/index.ts';

const unmetRules = (rules: readonly MergeRule[], facts: MergeFacts): string[] =>
  judgeRules(rules, facts).flatMap(({ unmet }) => unmet ?? []);

const READY: MergeFacts = {
  approvals: 9,
  defaultReviewerApprovals: 9,
  askingForChanges: 0,
  passedBuilds: 9,
  otherBuilds: 0,
  openTasks: 0,
  openComments: 0,
};
const BARE: MergeFacts = {
  approvals: 0,
  defaultReviewerApprovals: 0,
  askingForChanges: 1,
  passedBuilds: 0,
  otherBuilds: 0,
  openTasks: 1,
  openComments: 1,
};

const anyFacts: fc.Arbitrary<MergeFacts> = fc.record({
  approvals: fc.nat(4),
  defaultReviewerApprovals: fc.nat(4),
  askingForChanges: fc.nat(2),
  passedBuilds: fc.nat(4),
  otherBuilds: fc.nat(2),
  openTasks: fc.nat(2),
  openComments: fc.nat(2),
});
const anyRule: fc.Arbitrary<MergeRule> = fc
  .record({
    kind: fc.constantFrom(...MERGE_CHECK_KINDS),
    pattern: fc.constantFrom('main', 'release/*', '*'),
    value: fc.integer({ min: 1, max: 4 }),
  })
  .map((rule) => ({ ...rule, value: countsAtLeast(rule.kind) ? rule.value : null }));
const anyRules = fc.array(anyRule, { maxLength: 6 });

describe('what a pull request takes to be merged', () => {
  it.each(MERGE_CHECK_KINDS)(
    '%s stands against one that lacks it, and not against one that does not',
    (kind) => {
      const rules = [{ kind, pattern: 'main', value: countsAtLeast(kind) ? 2 : null }];
      const said = unmetRules(rules, BARE);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^[A-Z].* \(branch restriction on main\)\.$/);
      expect(unmetRules(rules, READY)).toEqual([]);
    },
  );

  it('is nothing where there are no rules, and each rule asks for its own alone', () => {
    fc.assert(
      fc.property(anyFacts, anyRules, (facts, rules) => {
        expect(unmetRules([], facts)).toEqual([]);
        const alone = rules.filter((rule) => unmetRules([rule], facts).length > 0).map(({ kind }) => kind);
        expect(unmetRules(rules, facts)).toHaveLength(new Set(alone).size);
      }),
    );
  });

  it('is never less for one more rule, and never more for one more approval or less for one that is taken back', () => {
    fc.assert(
      fc.property(anyFacts, anyRules, anyRule, (facts, rules, more) => {
        const before = unmetRules(rules, facts).length;
        expect(unmetRules([...rules, more], facts).length).toBeGreaterThanOrEqual(before);
        const better = { ...facts, approvals: facts.approvals + 1, passedBuilds: facts.passedBuilds + 1 };
        expect(unmetRules(rules, better).length).toBeLessThanOrEqual(before);
        const worse = { ...facts, openTasks: facts.openTasks + 1, otherBuilds: facts.otherBuilds + 1 };
        expect(unmetRules(rules, worse).length).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('does not depend on the order of the rules, and of one kind the one that asks for most is told', () => {
    fc.assert(
      fc.property(
        anyFacts,
        fc.uniqueArray(anyRule, { maxLength: 6, selector: ({ kind, value }) => `${kind} ${value}` }),
        (facts, rules) => {
          expect(unmetRules(rules.toReversed(), facts)).toEqual(unmetRules(rules, facts));
        },
      ),
    );
    const rule = (pattern: string, value: number): MergeRule => ({
      kind: 'require_approvals_to_merge',
      pattern,
      value,
    });
    expect(unmetRules([rule('main', 1), rule('*', 3), rule('m*', 2)], BARE)).toEqual([
      'It takes 3 approvals by others than its author, and has 0 (branch restriction on *).',
    ]);
  });

  it('is what the rules of the branch say that it goes to', () => {
    const rules: MergeRule[] = ['main', 'release/*', '*', 'mai'].map((pattern) => ({
      kind: 'require_no_changes_requested',
      pattern,
      value: null,
    }));
    expect(rulesFor(rules, 'main').map(({ pattern }) => pattern)).toEqual(['main', '*']);
    expect(rulesFor(rules, 'release/1/fix').map(({ pattern }) => pattern)).toEqual(['release/*', '*']);
  });

  it('of builds is that none failed or is at work, and that there are enough', () => {
    const rules: MergeRule[] = [{ kind: 'require_passing_builds_to_merge', pattern: 'main', value: 2 }];
    const said = (passedBuilds: number, otherBuilds: number) =>
      unmetRules(rules, { ...READY, passedBuilds, otherBuilds })[0] ?? null;
    expect(said(2, 0)).toBeNull();
    expect(said(1, 0)).toContain('takes 2 passing builds, and has 1');
    expect(said(5, 1)).toContain('and 1 build of it did not');
  });
});
