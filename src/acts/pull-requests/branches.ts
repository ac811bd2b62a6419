import type { RepositoryHandle } from '../../git/handle.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { branchPrefix, shortRefName } from '../../git/ref-name.ts';
import { readHead, readRef } from '../../git/refs.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { comparing } from '../source/problems.ts';

/** The two branches of a pull request and where they stand. */
export interface Ends {
  readonly sourceBranch: string;
  readonly destinationBranch: string;
  readonly sourceCommit: ObjectId;
  readonly destinationCommit: ObjectId;
}

/**
 * Finds both branches. Throws `Problem` for one that is not there, for one and the same, and where nothing of the source
 * is left to be merged.
 *
 * @param destination the main branch where it is left out
 */
export async function findEnds(
  services: Services,
  grant: ReadingGrant,
  source: string,
  destination: string | undefined,
): Promise<Ends> {
  const handle = await openForReading(services.storage, grant);
  return comparing(services, async () => {
    const sourceCommit = await tipOf(services, handle, source);
    if (sourceCommit === undefined) {
      throw noSuchBranch('source', source);
    }
    const head = readHead(handle);
    const destinationBranch = destination ?? (head === undefined ? '' : shortRefName(head));
    const destinationCommit = await tipOf(services, handle, destinationBranch);
    if (destinationCommit === undefined) {
      throw destination === undefined
        ? invalid(
            'destination',
            'The main branch has no commit yet: name the branch that is to be merged into.',
          )
        : noSuchBranch('destination', destination);
    }
    if (destinationBranch === source)
      throw invalid('destination', 'Source and destination are the same branch: name two.');
    if ((await services.history.mergeBase(handle, sourceCommit, destinationCommit)) === sourceCommit) {
      // Scripts that open one each night go by the message.
      const why = `There is nothing to merge: all of ${JSON.stringify(source.slice(0, 100))} is in ${JSON.stringify(destinationBranch.slice(0, 100))} already.`;
      throw new Problem('invalid', 'There are no changes to be pulled', { fields: { source: [why] } });
    }
    return { sourceBranch: source, destinationBranch, sourceCommit, destinationCommit };
  });
}

/** In the words by which clients of Bitbucket Cloud know it. */
const noSuchBranch = (end: 'source' | 'destination', name: string): Problem =>
  invalid(end, `branch not found: ${name.slice(0, 100)}`);

/** Where a branch stands now; undefined where there is none of that name. */
async function tipOf(
  services: Services,
  handle: RepositoryHandle,
  branch: string,
): Promise<ObjectId | undefined> {
  // What is no name of a branch is the name of none.
  if (branch === '' || /[\p{Cc}\s~^:?*[\]\\]/u.test(branch)) return undefined;
  const found = await readRef(services, handle, branchPrefix + branch);
  return found?.targetType === 'commit' ? found.target : undefined;
}
