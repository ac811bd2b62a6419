import { matchesGlob } from '../gate/index.ts';
import type { ReviewState } from './participants.ts';

/** What is known of an open pull request that rules ask about. */
export interface MergeFacts {
  /** Of people with a role on the repository now, its author not among them. */
  readonly approvals: number;
  /** How many of these are by default reviewers of the repository. */
  readonly defaultReviewerApprovals: number;
  /** People with a role on the repository now who ask for changes. */
  readonly askingForChanges: number;
  /** Of the source commit. */
  readonly passedBuilds: number;
  /** Those that failed, were stopped or are at work. */
  readonly otherBuilds: number;
  readonly openTasks: number;
  /** Threads of comments that nobody resolved. */
  readonly openComments: number;
}

interface MergeCheck {
  /** It says how many there must be at least. */
  readonly counts: boolean;
  /** What is missing, as a sentence without what rule says so; null: nothing. */
  readonly objects: (facts: MergeFacts, atLeast: number) => string | null;
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

const check = (objects: MergeCheck['objects'], counts = false): MergeCheck => ({ counts, objects });

/** Kinds of branch restriction that stand against merging until something is done, in the order in which people do it. */
const MERGE_CHECKS = {
  require_approvals_to_merge: check(
    ({ approvals }, atLeast) =>
      approvals >= atLeast
        ? null
        : `It takes ${plural(atLeast, 'approval')} by others than its author, and has ${approvals}`,
    true,
  ),
  require_default_reviewer_approvals_to_merge: check(
    ({ defaultReviewerApprovals: approvals }, atLeast) =>
      approvals >= atLeast
        ? null
        : `It takes ${plural(atLeast, 'approval')} by default reviewers of the repository, and has ${approvals}`,
    true,
  ),
  require_no_changes_requested: check(({ askingForChanges: asking }) =>
    asking === 0 ? null : `Changes are asked for by ${plural(asking, 'person', 'people')}`,
  ),
  require_passing_builds_to_merge: check(({ passedBuilds, otherBuilds }, atLeast) => {
    if (otherBuilds > 0)
      return `Every build of its last commit must pass, and ${plural(otherBuilds, 'build')} of it did not`;
    if (passedBuilds >= atLeast) return null;
    return `Its last commit takes ${plural(atLeast, 'passing build')}, and has ${passedBuilds}`;
  }, true),
  require_tasks_to_be_completed: check(({ openTasks }) =>
    openTasks === 0 ? null : `Its tasks must be completed, and ${plural(openTasks, 'is', 'are')} not`,
  ),
  require_all_comments_resolved: check(({ openComments }) =>
    openComments === 0
      ? null
      : `Comments on it must be resolved, and ${plural(openComments, 'is', 'are')} not`,
  ),
} as const satisfies Readonly<Record<string, MergeCheck>>;

export type MergeCheckKind = keyof typeof MERGE_CHECKS;
export const MERGE_CHECK_KINDS = Object.keys(MERGE_CHECKS) as readonly MergeCheckKind[];

export const isMergeCheckKind = (kind: string): kind is MergeCheckKind => Object.hasOwn(MERGE_CHECKS, kind);

/** Whether a rule of this kind says how many there must be. */
export const countsAtLeast = (kind: string): boolean => isMergeCheckKind(kind) && MERGE_CHECKS[kind].counts;

/** Kinds of branch restriction that take decisions back when the source of a pull request changes, and which. */
export const RESETS = {
  reset_pullrequest_approvals_on_change: 'approved',
  reset_pullrequest_changes_requested_on_change: 'changes_requested',
} as const satisfies Readonly<Record<string, ReviewState>>;

export type ResettingKind = keyof typeof RESETS;
export const RESETTING_KINDS = Object.keys(RESETS) as readonly ResettingKind[];

/** A rule about what a pull request takes to be merged. */
export interface MergeRule {
  readonly kind: MergeCheckKind;
  /** Bitbucket's glob over names of branches that are merged into. */
  readonly pattern: string;
  /** How many there must be at least; null of a kind that counts nothing. */
  readonly value: number | null;
}

/** Those that concern what is merged into this branch. */
export const rulesFor = <Rule extends { readonly pattern: string }>(
  rules: readonly Rule[],
  branch: string,
): Rule[] => rules.filter(({ pattern }) => matchesGlob(pattern, branch));

/** A rule and what became of it. */
export interface JudgedRule {
  readonly kind: MergeCheckKind;
  /** How many there must be; 1 of a kind that counts nothing. */
  readonly atLeast: number;
  /** What it still wants, as a sentence; null where it has that. */
  readonly unmet: string | null;
}

/** What the rules of the branch that it goes to make of a pull request. Of several of one kind the one that asks for most is told. */
export function judgeRules(rules: readonly MergeRule[], facts: MergeFacts): JudgedRule[] {
  const strictest = new Map<MergeCheckKind, MergeRule>();
  for (const rule of rules) {
    const other = strictest.get(rule.kind);
    if (other === undefined || atLeast(rule) > atLeast(other)) strictest.set(rule.kind, rule);
  }
  return MERGE_CHECK_KINDS.flatMap((kind) => {
    const rule = strictest.get(kind);
    if (rule === undefined) return [];
    const says = MERGE_CHECKS[kind].objects(facts, atLeast(rule));
    const unmet = says === null ? null : `${says} (branch restriction on ${rule.pattern}).`;
    return [{ kind, atLeast: atLeast(rule), unmet }];
  });
}

const atLeast = ({ value }: MergeRule): number => Math.max(1, value ?? 1);
