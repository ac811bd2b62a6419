import { access, constants } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

const PATIENCE_MS = 2_000;

/** Why this host cannot serve now, in a sentence for its operator; null where it can. Reads no row and no repository. */
export async function whyNotReady(services: Services, _grant: Grant<'host.inspect'>): Promise<string | null> {
  const question = services.database.selectNoFrom((value) => value.lit(1).as('one'));
  const database = question.execute().then(
    () => null,
    () => 'The database does not answer.',
  );
  const folder = access(services.storage.root, constants.W_OK).then(
    () => null,
    () => 'The folder of the repositories cannot be written.',
  );
  const late = delay(PATIENCE_MS, 'The database or the disk takes longer than two seconds to answer.', {
    ref: false,
  });
  const both = Promise.all([database, folder]).then(
    (reasons) => reasons.find((reason) => reason !== null) ?? null,
  );
  return Promise.race([both, late]);
}
