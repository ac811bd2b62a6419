import type { Handle } from '../store/handle.ts';
import { countAttempt } from './attempts.ts';

const MOST = 60;
const WINDOW_MS = 3600_000;

/** Whether a person gets one more message about pull requests: nobody is sent more of them in an hour, whoever makes them come. */
export const mayBeMailed = async (db: Handle, accountId: string, now: number): Promise<boolean> =>
  (await countAttempt(
    db,
    { name: `mail about pull requests ${accountId}`, most: MOST, windowMs: WINDOW_MS },
    now,
  )) === 0;
