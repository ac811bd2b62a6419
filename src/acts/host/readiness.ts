import { access, constants, statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

const PATIENCE_MS = 2_000;
/** With less, no push can be taken, and soon nothing be written down. */
const LEAST_ROOM_BYTES = 1024 * 1024;

/** Why this host cannot serve now, in a sentence for its operator; null where it can. Reads no row and no repository. */
export async function whyNotReady(services: Services, _grant: Grant<'host.inspect'>): Promise<string | null> {
  const question = services.database.selectNoFrom((value) => value.lit(1).as('one'));
  const database = question.execute().then(
    () => null,
    () => 'The database does not answer.',
  );
  const folder = whyNotWritable(services.storage.root);
  const late = delay(PATIENCE_MS, 'The database or the disk takes longer than two seconds to answer.', {
    ref: false,
  });
  const both = Promise.all([database, folder]).then(
    (reasons) => reasons.find((reason) => reason !== null) ?? null,
  );
  return Promise.race([both, late]);
}

/** Asks the file system, and writes nothing: what asks every few seconds must not wear the disk. */
async function whyNotWritable(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK);
    const { blocks, bavail, bsize, files, ffree } = await statfs(folder);
    // Some say nothing of their size, or of their files.
    const isFull = (blocks > 0 && bavail * bsize < LEAST_ROOM_BYTES) || (files > 0 && ffree === 0);
    return isFull ? 'There is no room left on the disk of the repositories.' : null;
  } catch {
    return 'The folder of the repositories cannot be written.';
  }
}
