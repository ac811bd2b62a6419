import { Refused, explain, type Grant } from '../../gate/index.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { objectFormatOf, zeroObjectId } from '../../git/object-id.ts';
import { branchRef } from '../../git/ref-name.ts';
import { readHead } from '../../git/refs.ts';
import { Problem } from '../../problem.ts';
import type { PullRequest } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { pushFromHere } from '../git/push-from-here.ts';
import type { ChangingTerms } from '../source/change-refs.ts';

/**
 * Deletes the source branch of a pull request that was merged, where it stands where it was merged. Never fails: the merge
 * is made. @returns why it is there still, as a sentence that the log is told as well; null where it is gone
 */
export async function deleteSource(
  services: Services,
  grant: Grant<'pull_request.merge'>,
  handle: RepositoryHandle,
  { repositoryId, number, sourceBranch, sourceCommit }: PullRequest,
  { decideAgain }: ChangingTerms,
): Promise<string | null> {
  const ref = branchRef(sourceBranch);
  if (ref === readHead(handle)) return 'It is the main branch, which stays.';
  try {
    const command = { ref, old: sourceCommit, new: zeroObjectId(objectFormatOf(sourceCommit)) };
    // Whoever asked may have left: what they wanted is done nevertheless.
    await pushFromHere(services, grant, { command, objects: [], decideAgain });
    return null;
  } catch (error) {
    const why = sentenceOf(error);
    services.log.warn(
      { repository: repositoryId, pull_request: number, branch: sourceBranch, why, error },
      'The source branch of a merged pull request could not be deleted.',
    );
    return why;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (error instanceof Refused) return `${explain(error.refusal)}`;
  return 'Something went wrong on this host; its administrator finds more in the log.';
}
