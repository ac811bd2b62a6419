import { removeOldUses } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/** Removes from the ledger what lies longer ago than it keeps. */
export const purgeUsage = ({ database, clock }: Services, _grant: Grant<'usage.purge'>): Promise<void> =>
  removeOldUses(database, clock());
