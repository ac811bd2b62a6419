import { Problem } from '../problem.ts';
import { besideItsLike, inTurn, isTooLong } from '../store/change-order.ts';
import type { Database, Handle } from '../store/handle.ts';
import { Turns } from './turns.ts';

type Work<Result> = (trx: Handle) => Promise<Result>;

/** Of this process at once: what waits for its turn in the database holds a connection, and reading needs some, too. */
const MOST_BESIDE = 2;

interface ChangeTurns {
  readonly alone: Turns;
  readonly beside: Turns;
}
const turns = new WeakMap<Database, ChangeTurns>();

function turnsOf(database: Database): ChangeTurns {
  const present = turns.get(database) ?? {
    alone: new Turns(1, Number.POSITIVE_INFINITY),
    beside: new Turns(MOST_BESIDE, Number.POSITIVE_INFINITY),
  };
  turns.set(database, present);
  return present;
}

/** A transaction that no other change happens beside. Throws `Problem` where those before it take very long. */
export const changeInTurn = <Result>(database: Database, work: Work<Result>): Promise<Result> =>
  turnsOf(database).alone.take(() => orBusy(inTurn(database, work)));

/** The same for a push, which waits for changes, and they for it, but not for other pushes. */
export const changeBesidePushes = <Result>(database: Database, work: Work<Result>): Promise<Result> =>
  turnsOf(database).beside.take(() => orBusy(besideItsLike(database, work)));

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
