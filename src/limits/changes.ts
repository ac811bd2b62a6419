import { Problem } from '../problem.ts';
import { besideItsLike, inTurn, isTooLong } from '../store/change-order.ts';
import type { Database, Handle } from '../store/handle.ts';

type Work<Result> = (trx: Handle) => Promise<Result>;

/** A transaction that no other change happens beside. Throws `Problem` where those before it take very long. */
export const changeInTurn = <Result>(database: Database, work: Work<Result>): Promise<Result> =>
  orBusy(inTurn(database, work));

/** The same for a push, which waits for changes, and they for it, but not for other pushes. */
export const changeBesidePushes = <Result>(database: Database, work: Work<Result>): Promise<Result> =>
  orBusy(besideItsLike(database, work));

async function orBusy<Result>(change: Promise<Result>): Promise<Result> {
  try {
    return await change;
  } catch (error) {
    if (!isTooLong(error)) throw error;
    throw new Problem(
      'unavailable',
      'This host is busy with other changes, and nothing was changed; try again in a minute.',
    );
  }
}
