import { setImmediate } from 'node:timers/promises';
import type { Database, Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';
import { commitUnsynced } from '../store/unsynced.ts';
import { removeAlarmsBefore } from './alarms.ts';
import { dayOf, LEDGER_DAYS } from './ledger.ts';

/** Removed in one transaction: nothing else that this process does runs meanwhile. */
const LINES_AT_ONCE = 200;

/** Removes what is too old to be kept, a little at a time, so that nobody waits long for it. */
export async function removeOldUses(database: Database, now: number): Promise<void> {
  const kept = dayOf(now) - LEDGER_DAYS;
  for (let removed = LINES_AT_ONCE; removed === LINES_AT_ONCE; ) {
    await commitUnsynced(database, async (trx) => {
      removed = await removeSome(trx, kept);
    });
    await setImmediate();
  }
  await commitUnsynced(database, (trx) => removeAlarmsBefore(trx, kept));
}

async function removeSome(db: Handle, kept: number): Promise<number> {
  const lines = await db
    .selectFrom('credential_ledger')
    .select(['credential_id', 'day', 'operation', 'target_id', 'outcome', 'address', 'agent'])
    .where('day', '<', kept)
    .limit(LINES_AT_ONCE)
    .execute();
  for (const { credential_id, day, operation, target_id, outcome, address, agent } of lines)
    await remove(db, credential_id, day, operation, target_id, outcome, address, agent);
  return lines.length;
}

/** A line of the ledger by its key. */
const remove = prepared(
  (
    db,
    credentialId: string,
    day: number,
    operation: string,
    targetId: string,
    outcome: string,
    address: string,
    agent: string,
  ) =>
    db
      .deleteFrom('credential_ledger')
      .where('credential_id', '=', credentialId)
      .where('day', '=', day)
      .where('operation', '=', operation)
      .where('target_id', '=', targetId)
      .where('outcome', '=', outcome)
      .where('address', '=', address)
      .where('agent', '=', agent),
);
