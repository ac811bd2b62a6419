import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Handle } from '../store/handle.ts';
import type { Schema } from '../store/schema.ts';
import type { DayOfUse } from './ledger.ts';
import { REPLACEABLE_KINDS } from './successor.ts';

/** That a secret was used after its end, on a day counted from 1 January 1970 in UTC. */
export interface Alarm {
  readonly credentialId: string;
  readonly day: number;
}

/**
 * Of uses that are being written: notes which secrets were replaced or revoked and used all the same, once for each and day,
 * by whichever process it is written. What only reached its own date tells nobody anything, and neither does a derived token that
 * was revoked with what it came of, as a thousand may be at once. Wants the transaction of the uses.
 */
export async function noteAlarms(db: Handle, uses: readonly DayOfUse[]): Promise<void> {
  const ended = uses.filter(({ outcome }) => outcome === 'credential_ended');
  const days = new Map(
    ended.map(({ credentialId, day }) => [`${credentialId} ${day}`, { credentialId, day }]),
  );
  for (const { credentialId, day } of days.values()) {
    await db
      .insertInto('credential_alarm')
      .columns(['credential_id', 'day'])
      .expression((where) =>
        where
          .selectFrom('credential')
          // PostgreSQL takes what stands alone in a list for text.
          .select(['id', sql<number>`cast(${day} as integer)`.as('day')])
          .where('id', '=', credentialId)
          .where('kind', 'in', REPLACEABLE_KINDS)
          .where((or) => or.or([or('revoked_at', 'is not', null), isReplaced(or)]))
          .where((where) => where.not(endedWithParent(where))),
      )
      .onConflict((conflict) => conflict.columns(['credential_id', 'day']).doNothing())
      .execute();
  }
}

/** The WHERE for what `isReplaced` says of a row. */
const isReplaced = (where: ExpressionBuilder<Schema, 'credential'>): Expression<SqlBool> =>
  where.and([
    where('revoked_at', 'is', null),
    where('retires_at', 'is not', null),
    where.or([where('expires_at', 'is', null), where('retires_at', '<=', where.ref('expires_at'))]),
  ]);

const endedWithParent = (where: ExpressionBuilder<Schema, 'credential'>): Expression<SqlBool> =>
  where.exists(
    where
      .selectFrom('credential as parent')
      .select('parent.id')
      .whereRef('parent.id', '=', 'credential.parent_id')
      .whereRef('parent.revoked_at', '=', 'credential.revoked_at'),
  );

/** Those of which nobody was told, the oldest first; `most` of them. */
export async function untoldAlarms(db: Handle, most: number): Promise<Alarm[]> {
  const rows = await db
    .selectFrom('credential_alarm')
    .select(['credential_id', 'day'])
    .where('told_at', 'is', null)
    .orderBy('day')
    .orderBy('credential_id')
    .limit(most)
    .execute();
  return rows.map(({ credential_id: credentialId, day }) => ({ credentialId, day }));
}

/** True for the one who tells of it, of however many. */
export async function takeAlarm(db: Handle, { credentialId, day }: Alarm, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('credential_alarm')
    .set({ told_at: now })
    .where('credential_id', '=', credentialId)
    .where('day', '=', day)
    .where('told_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Removes those of the days before one, with the uses that they are of. */
export async function removeAlarmsBefore(db: Handle, day: number): Promise<void> {
  await db.deleteFrom('credential_alarm').where('day', '<', day).execute();
}
