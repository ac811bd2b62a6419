import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/** No request is at work on its files for so long without writing to them. */
const OVER_MS = 2 * 24 * 3600_000;

/** Removes the files of requests whose process ended before they did. */
export const sweepSpool = ({ spool, clock }: Services, _grant: Grant<'host.inspect'>): Promise<void> =>
  spool.sweep(clock() - OVER_MS);
