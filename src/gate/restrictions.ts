import type { RefChange, Violation } from './bounds/index.ts';
import { matchesGlob } from './glob.ts';
import type { OperationName } from './operations.ts';

/** Kinds of branch restriction that say who may move a branch, and how; others say what a pull request takes to be merged. */
export const MOVING_KINDS = ['push', 'force', 'delete', 'restrict_merges'] as const;
export type MovingKind = (typeof MOVING_KINDS)[number];

/** One rule of a repository, as it stands to whoever moves a branch now. */
export interface BranchRestriction {
  readonly kind: MovingKind;
  /** Bitbucket's glob over branch names: `*` stands for any run of characters, slashes included. */
  readonly pattern: string;
  /** Whether whoever moves it is one of the people, groups or access tokens that the rule names. Only `push` and `restrict_merges` name any. */
  readonly names: boolean;
}

/** What makes a branch move: what somebody pushes, or that a pull request is merged. */
export type MovedBy = 'push' | 'merge';

export const movedBy = (operation: OperationName): MovedBy =>
  operation === 'pull_request.merge' ? 'merge' : 'push';

const BRANCHES = 'refs/heads/';

/**
 * Judges one ref against the rules of its repository. Every rule that matches must allow: `push` lets those that it names
 * push to the branch, `restrict_merges` those that it names merge into it, `force` and `delete` let nobody rewrite or
 * delete it. Merging brings a branch forward; whatever else becomes of a ref on that occasion, such as that the source
 * is deleted, is a push like any other.
 */
export function judgeRestrictions(
  restrictions: readonly BranchRestriction[],
  ref: string,
  change: RefChange,
  by: MovedBy,
): Violation | null {
  if (!ref.startsWith(BRANCHES)) return null;
  const branch = ref.slice(BRANCHES.length);
  const merges = by === 'merge' && change === 'fast-forward';
  for (const { kind, pattern, names } of restrictions) {
    const bites =
      (kind === 'push' && !names && !merges) ||
      (kind === 'restrict_merges' && !names && merges) ||
      (kind === 'force' && change === 'force') ||
      (kind === 'delete' && change === 'delete');
    if (!bites || !matchesGlob(pattern, branch)) continue;
    return { bound: 'restriction', says: `${SAYS[kind]} (branch restriction on ${pattern})` };
  }
  return null;
}

const SAYS: Readonly<Record<MovingKind, string>> = {
  push: 'only those whom the repository names may push to this branch',
  force: 'nobody may rewrite this branch',
  delete: 'nobody may delete this branch',
  restrict_merges: 'only those whom the repository names may merge into this branch',
};
