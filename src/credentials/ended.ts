import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';

type Where = ExpressionBuilder<Schema, 'credential'>;

/** The WHERE for credentials that are revoked or expired at `now`, as `stateOf` says it. */
export const hasEnded = (where: Where, now: number): Expression<SqlBool> =>
  where.or([
    where('credential.revoked_at', 'is not', null),
    where('credential.expires_at', '<=', now),
    where('credential.retires_at', '<=', now),
  ]);

/** The WHERE for all others: those that work, or may work again. */
export const hasNotEnded = (where: Where, now: number): Expression<SqlBool> =>
  where.and([
    where('credential.revoked_at', 'is', null),
    where.or([where('credential.expires_at', 'is', null), where('credential.expires_at', '>', now)]),
    where.or([where('credential.retires_at', 'is', null), where('credential.retires_at', '>', now)]),
  ]);

/** The WHERE for those that have ended or were derived from one that has, as lists show them. */
export const isOver = (where: Where, now: number): Expression<SqlBool> =>
  where.or([hasEnded(where, now), parentHasEnded(where, now)]);

/** The WHERE for all others. */
export const isNotOver = (where: Where, now: number): Expression<SqlBool> =>
  where.and([hasNotEnded(where, now), where.not(parentHasEnded(where, now))]);

const parentHasEnded = (where: Where, now: number) =>
  where.exists(
    where
      .selectFrom('credential as parent')
      .select('parent.id')
      .whereRef('parent.id', '=', 'credential.parent_id')
      .where((of) =>
        of.or([
          of('parent.revoked_at', 'is not', null),
          of('parent.expires_at', '<=', now),
          of('parent.retires_at', '<=', now),
        ]),
      ),
  );
