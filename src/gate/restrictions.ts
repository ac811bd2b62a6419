import type { RefChange, Violation } from './bounds/index.ts';
import { matchesGlob } from './glob.ts';

/** Kinds of branch restriction that concern pushing; `restrict_merges` is kept for the day there are merges. */
export const RESTRICTION_KINDS = ['push', 'force', 'delete', 'restrict_merges'] as const;
export type RestrictionKind = (typeof RESTRICTION_KINDS)[number];

/** One rule of a repository, as it stands to whoever pushes now. */
export interface BranchRestriction {
  readonly kind: RestrictionKind;
  /** Bitbucket's glob over branch names: `*` stands for any run of characters, slashes included. */
  readonly pattern: string;
  /** Whether the pusher is one of the people, groups or access tokens that the rule names. Only `push` names any. */
  readonly names: boolean;
}

const BRANCHES = 'refs/heads/';

/**
 * Judges one ref of a push against the rules of its repository. Every rule that matches must allow: `push` lets those
 * that it names change the branch, `force` and `delete` let nobody rewrite or delete it.
 */
export function judgeRestrictions(
  restrictions: readonly BranchRestriction[],
  ref: string,
  change: RefChange,
): Violation | null {
  if (!ref.startsWith(BRANCHES)) return null;
  const branch = ref.slice(BRANCHES.length);
  for (const { kind, pattern, names } of restrictions) {
    const bites =
      (kind === 'push' && !names) ||
      (kind === 'force' && change === 'force') ||
      (kind === 'delete' && change === 'delete');
    if (!bites || !matchesGlob(pattern, branch)) continue;
    return { bound: 'restriction', says: `${SAYS[kind]} (branch restriction on ${pattern})` };
  }
  return null;
}

const SAYS: Readonly<Record<RestrictionKind, string>> = {
  push: 'only those whom the repository names may push to this branch',
  force: 'nobody may rewrite this branch',
  delete: 'nobody may delete this branch',
  restrict_merges: 'only those whom the repository names may merge into this branch',
};
