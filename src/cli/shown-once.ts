import { fstatSync, statSync } from 'node:fs';
import { Problem } from '../problem.ts';

const STANDARD_OUTPUT = 1;

/** For a verb that prints a secret, before it makes or replaces anything: throws `Problem` where nobody could see it. */
export function refuseUnseen(): void {
  if (!leadsNowhere()) return;
  throw new Problem(
    'unavailable',
    'Standard output leads nowhere, and a secret is shown once, so nothing was made: let it go to a terminal, a file or a program.',
  );
}

/**
 * Prints what holds a secret that is shown this once. Where that fails, what it opens is taken back, so that nothing is
 * left that works and that nobody has. Throws `Problem` then.
 *
 * @param what by its public id, for where it cannot be taken back either
 * @param takeBack answers with what it did, by the public id, as the rest of a sentence
 */
export async function showOnce(text: string, what: string, takeBack: () => Promise<string>): Promise<void> {
  const hindrance = await hindranceOf(text);
  if (hindrance === null) return;
  const done = await takeBack().catch(
    (error: unknown) =>
      `${what} still works and could not be taken back (${error instanceof Error ? error.message : String(error)}), so do that yourself`,
  );
  throw new Problem(
    'unavailable',
    `Standard output could not be written (${hindrance}), and a secret is shown once: ${done}.`,
  );
}

/** Closed, or sent to /dev/null: Node opens that in the place of what is closed, so the two look the same. */
function leadsNowhere(): boolean {
  const output = fstatSync(STANDARD_OUTPUT);
  return output.isCharacterDevice() && output.rdev === statSync('/dev/null').rdev;
}

/** Null when it was written. */
function hindranceOf(text: string): Promise<string | null> {
  // It is said here, with what follows of it.
  process.stdout.removeAllListeners('error').on('error', () => {});
  return new Promise((resolve) =>
    process.stdout.write(`${text}\n`, (error) => resolve(error ? error.message : null)),
  );
}
