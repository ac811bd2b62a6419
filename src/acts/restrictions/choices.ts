import { RESTRICTION_KINDS, type RestrictionKind } from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import { countsAtLeast } from '../../pull-requests/index.ts';

export { RESTRICTION_KINDS } from '../../hosting/index.ts';

/** Kinds of Bitbucket Cloud that this host does not keep, and why. */
const UNSERVED: Readonly<Record<string, string>> = {
  require_review_group_approvals_to_merge:
    'there are no groups of reviewers here: require_approvals_to_merge counts the approvals of everybody with a role',
  require_commits_behind: 'how far a branch is behind is not looked at when it is merged here',
  smart_reset_pullrequest_approvals:
    'this host does not tell one change of a source from another: reset_pullrequest_approvals_on_change takes approvals back at each',
  require_all_dependencies_merged: 'pull requests do not depend on each other here',
  allow_auto_merge_when_builds_pass: 'nothing is merged by itself here',
};

const LONGEST_PATTERN = 255;

const isRestrictionKind = (kind: string): kind is RestrictionKind =>
  (RESTRICTION_KINDS as readonly string[]).includes(kind);

/** Throws `Problem` for a kind that this host does not judge. */
export function chooseKind(kind: string): RestrictionKind {
  if (isRestrictionKind(kind)) return kind;
  const kinds = `the kinds are ${RESTRICTION_KINDS.join(', ')}`;
  const because = Object.hasOwn(UNSERVED, kind) ? UNSERVED[kind] : undefined;
  throw invalid(
    'kind',
    because === undefined
      ? `${JSON.stringify(kind.slice(0, 64))} is no kind of branch restriction: ${kinds}.`
      : `Branch restrictions "${kind}" are not kept, since ${because}.`,
  );
}

/** Whether a rule of this kind says how many there must be. */
export const wantsValue = countsAtLeast;

/** More approvals than anybody waits for. */
const MOST_VALUE = 100;

/** The number that somebody typed; what is none is none that a rule can ask for. */
export const valueFrom = (text: string): number | null =>
  text === '' ? null : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;

/** How many a rule asks for. Throws `Problem` where its kind wants a number and there is none that can be, or the other way round. */
export function chooseValue(kind: RestrictionKind, value: number | null): number | null {
  if (!wantsValue(kind)) {
    // Some clients send a zero for what is not set.
    if (value === null || value === 0) return null;
    throw invalid('value', `A restriction "${kind}" counts nothing, so it takes no value.`);
  }
  if (value !== null && Number.isInteger(value) && value >= 1 && value <= MOST_VALUE) return value;
  throw invalid(
    'value',
    `A restriction "${kind}" says how many there must be: give a whole number from 1 to ${MOST_VALUE}.`,
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
