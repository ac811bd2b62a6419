import { ObjectNotFound, ObjectTooLarge, ObjectUnreadable } from '../../git/object-error.ts';
import { RevisionNotFound } from '../../git/revision.ts';
import { MalformedTree } from '../../git/tree.ts';
import { Problem } from '../../problem.ts';

/** Nothing goes by this name, in the words that Bitbucket's clients know; `data.shas` names what was asked for. */
export const commitNotFound = (revision: string): Problem =>
  new Problem('not_found', 'Commit not found', { data: { shas: [revision] } });

export const noSuchFile = (path: string): Problem =>
  new Problem('not_found', `No such file or directory: ${path}`);

/** Runs a reading of Git data and turns what Git does not have into a `Problem`. Everything else passes through. */
export async function reading<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RevisionNotFound) {
      throw error.ambiguous ? new Problem('invalid', error.message) : commitNotFound(error.revision);
    }
    if (error instanceof ObjectNotFound) throw commitNotFound(error.id);
    if (error instanceof ObjectTooLarge) throw new Problem('invalid', error.message);
    if (error instanceof MalformedTree || error instanceof ObjectUnreadable) {
      throw new Problem('unavailable', 'The repository is damaged at this place and could not be read.');
    }
    throw error;
  }
}
