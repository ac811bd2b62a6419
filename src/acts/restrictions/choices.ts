import { RESTRICTION_KINDS, type RestrictionKind } from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';

export { RESTRICTION_KINDS } from '../../hosting/index.ts';

/** Kinds of Bitbucket Cloud that are about merging pull requests, which this host does not have. */
const MERGE_KINDS = [
  'require_tasks_to_be_completed',
  'require_approvals_to_merge',
  'require_review_group_approvals_to_merge',
  'require_default_reviewer_approvals_to_merge',
  'require_no_changes_requested',
  'require_passing_builds_to_merge',
  'require_commits_behind',
  'reset_pullrequest_approvals_on_change',
  'smart_reset_pullrequest_approvals',
  'reset_pullrequest_changes_requested_on_change',
  'require_all_dependencies_merged',
  'enforce_merge_checks',
  'allow_auto_merge_when_builds_pass',
  'require_all_comments_resolved',
];

const LONGEST_PATTERN = 255;

const isRestrictionKind = (kind: string): kind is RestrictionKind =>
  (RESTRICTION_KINDS as readonly string[]).includes(kind);

/** Throws `Problem` for a kind that this host does not judge. */
export function chooseKind(kind: string): RestrictionKind {
  if (isRestrictionKind(kind)) return kind;
  throw invalid(
    'kind',
    MERGE_KINDS.includes(kind)
      ? `"${kind}" concerns pull requests, which this host does not have: the kinds are ${RESTRICTION_KINDS.join(', ')}.`
      : `${JSON.stringify(kind.slice(0, 64))} is no kind of branch restriction: the kinds are ${RESTRICTION_KINDS.join(', ')}.`,
  );
}

/** A glob over branch names. Throws `Problem` for one that could match no branch. */
export function choosePattern(text: string): string {
  const pattern = text.trim().normalize('NFC');
  if (pattern === '') {
    throw invalid('pattern', 'Give the branch, or a pattern with "*" such as release/*.');
  }
  if (pattern.length > LONGEST_PATTERN)
    throw invalid('pattern', `A pattern has at most ${LONGEST_PATTERN} characters.`);
  if (pattern.startsWith('refs/')) {
    throw invalid(
      'pattern',
      `Give the branch by its name alone: ${JSON.stringify(pattern.replace(/^refs\/(?:heads\/)?/, '').slice(0, 100))}.`,
    );
  }
  if (/[\p{Cc}\s~^:?[\]\\]|\.\.|@\{|\/\/|^\/|\/$|\.lock$/u.test(pattern)) {
    throw invalid(
      'pattern',
      `No branch can have a name like ${JSON.stringify(pattern.slice(0, 100))}: only "*" has a meaning of its own in a pattern.`,
    );
  }
  return pattern;
}

/** Whether a rule of this kind may name people, groups and access tokens that it lets through. */
export const mayName = (kind: RestrictionKind): boolean => kind === 'push' || kind === 'restrict_merges';
