import { ObjectNotFound, ObjectTooLarge, ObjectUnreadable } from '../../git/object-error.ts';
import { GitFailed } from '../../git/process-error.ts';
import { RevisionNotFound } from '../../git/revision.ts';
import { MalformedTree } from '../../git/tree.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { begun, whereGitStarts } from '../git/serve.ts';

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

export const tooMuch = (): Problem =>
  new Problem(
    'too_costly',
    'This takes longer, or more memory, than is spent on it here. Clone the repository and let Git do it there.',
  );

/** The same of what Git has to find or compare, which may be made to take it as long as one likes. */
export async function comparing<Result>(services: Services, work: () => Promise<Result>): Promise<Result> {
  return whereGitStarts(services, reading(work)).catch((error: unknown) => whereGitGaveUp(services, error));
}

/**
 * The same of what Git writes: what goes wrong before its first byte is still told.
 * @param signal aborted when the client is gone; then that is thrown
 */
export const written = (
  services: Services,
  text: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> =>
  comparing(services, () =>
    begun(text, (error) => {
      signal.throwIfAborted();
      throw error;
    }),
  );

/** Throws a `Problem` where Git was ended, or ended itself, over what it had to do, and otherwise what it is given. */
function whereGitGaveUp({ log }: Services, error: unknown): never {
  if (error instanceof DOMException && error.name === 'TimeoutError') throw tooMuch();
  if (!(error instanceof GitFailed)) throw error;
  const { command, code, stderr } = error;
  log.warn({ command, code, stderr }, 'Git gave up what a request asked for.');
  throw tooMuch();
}
