import type { Handle } from '../store/handle.ts';
import { countAttempt } from './attempts.ts';

const REMEMBERED_MS = 24 * 3600_000;

/** True for the first who takes what is named so, on however many nodes; false for all others within a day. */
export const takeOnce = async (db: Handle, name: string, now: number): Promise<boolean> =>
  (await countAttempt(db, { name, most: 1, windowMs: REMEMBERED_MS }, now)) === 0;
