import { branchRef } from '../../git/ref-name.ts';
import { restrictionsFor } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { answerRef, chooseRefQuestion } from '../explain/ref-answers.ts';
import type { PullRequest, PullRequestGrant } from './view.ts';

/**
 * Why whoever was admitted may not merge into the branch that a pull request is for, as the decision of the push that it would
 * be says it; null where nothing stands against them. What holds for everybody is told by `viewMergeChecks`.
 */
export async function whyNotMergedBy(
  { database }: Services,
  { principal, targets: [{ id }] }: PullRequestGrant,
  { destinationBranch }: Pick<PullRequest, 'destinationBranch'>,
): Promise<string | null> {
  const asked = chooseRefQuestion('pull_request.merge', { ref: branchRef(destinationBranch) });
  if (asked === null) return null;
  const restrictions = await restrictionsFor(database, id, principal);
  const asker = { principal, data: 'repository', restrictions, defaultBranch: undefined } as const;
  return answerRef(asked, asker)[0]?.reason ?? null;
}
