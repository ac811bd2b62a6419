import { whyNotMergedBy } from '../../../acts/pull-requests/may-merge.ts';
import { mergeability } from '../../../acts/pull-requests/merge.ts';
import { viewMergeChecks, type JudgedRule } from '../../../acts/pull-requests/merge-checks.ts';
import type { PullRequest, PullRequestGrant } from '../../../acts/pull-requests/view.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { plural } from '../repositories/words.ts';
import type { Fit, Merging } from './merging-view.ts';

/** What a rule wanted and has. */
const MET: Readonly<Record<JudgedRule['kind'], (atLeast: number) => string>> = {
  require_approvals_to_merge: (count) => `It has the ${plural(count, 'approval')} that it takes.`,
  require_default_reviewer_approvals_to_merge: (count) =>
    `It has the ${plural(count, 'approval')} by default reviewers that it takes.`,
  require_no_changes_requested: () => 'Nobody asks for changes.',
  require_passing_builds_to_merge: () => 'The builds of its last commit passed.',
  require_tasks_to_be_completed: () => 'Every task of it is done.',
  require_all_comments_resolved: () => 'Every comment on it is resolved.',
};

/** What stands for and against merging one that is open. @param mayMerge whether whoever looks may merge here at all */
export async function mergingOf(
  services: Services,
  grant: PullRequestGrant,
  pullRequest: PullRequest,
  mayMerge: boolean,
): Promise<Merging> {
  const [fit, rules, refused] = await Promise.all([
    fitting(services, grant, pullRequest),
    viewMergeChecks(services, pullRequest.repositoryId, pullRequest),
    mayMerge ? whyNotMergedBy(services, grant, pullRequest) : null,
  ]);
  return {
    ...fit,
    unmet: rules.flatMap(({ unmet }) => unmet ?? []),
    met: rules.flatMap(({ kind, atLeast, unmet }) => (unmet === null ? MET[kind](atLeast) : [])),
    refused,
  };
}

/** A page is shown also where finding out whether the branches fit together takes too long. */
async function fitting(services: Services, grant: PullRequestGrant, pullRequest: PullRequest): Promise<Fit> {
  try {
    return { ...(await mergeability(services, grant, pullRequest)), unknown: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      conflicts: [],
      sourceIsGone: false,
      destinationIsGone: false,
      isEmpty: false,
      isUnrelated: false,
      unknown: error.message,
    };
  }
}
