import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How many of these are still held by somebody, after everything else is collected. */
export async function stillHeld(references: readonly WeakRef<object>[]): Promise<number> {
  // What a promise was given stays until its turn of the event loop is over.
  await nextTurn();
  collect();
  return references.filter((reference) => reference.deref() !== undefined).length;
}
