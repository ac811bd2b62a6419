import { fstatSync, statSync } from 'node:fs';
import { Problem } from '../problem.ts';

const STANDARD_OUTPUT = 1;

/**
 * Prints what holds a secret that is shown this once. Where nobody can have got it, what it opens is taken back, so that
 * nothing is left that works and that nobody has. Throws `Problem` then.
 *
 * @param takeBack answers with what it did, by the public id, as the rest of a sentence
 */
export async function showOnce(text: string, takeBack: () => Promise<string>): Promise<void> {
  const hindrance = leadsNowhere() ? 'it leads nowhere' : await hindranceOf(text);
  if (hindrance === null) return;
  throw new Problem(
    'unavailable',
    `Standard output could not be written (${hindrance}), and a secret is shown once: ${await takeBack()}.`,
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
