import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { MOST_GENERATIONS } from './derived.ts';

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
  where.or([hasEnded(where, now), oneAboveHasEnded(where, now)]);

/** The WHERE for all others. */
export const isNotOver = (where: Where, now: number): Expression<SqlBool> =>
  where.and([hasNotEnded(where, now), where.not(oneAboveHasEnded(where, now))]);

/** What a derived token came of may have come of a secret itself: one more than there are generations of them. */
const ABOVE = Array.from({ length: MOST_GENERATIONS + 1 }, (_, index) => `above_${index + 1}` as const);

/** One statement within the other: each row stands for the one that the row within it came of. */
function oneAboveHasEnded(where: Where, now: number): Expression<SqlBool> {
  const among = (names: readonly `above_${number}`[], below: string): Expression<SqlBool> | undefined => {
    const [name, ...rest] = names;
    if (name === undefined) return undefined;
    return where.exists(
      where
        .selectFrom(`credential as ${name}`)
        .select(`${name}.id` as never)
        .whereRef(`${name}.id` as never, '=', `${below}.parent_id` as never)
        .where((of) => {
          const further = among(rest, name);
          return of.or([
            of(`${name}.revoked_at` as never, 'is not', null),
            of(`${name}.expires_at` as never, '<=', now as never),
            of(`${name}.retires_at` as never, '<=', now as never),
            ...(further === undefined ? [] : [further]),
          ]);
        }),
    );
  };
  return among(ABOVE, 'credential') ?? where.lit(false);
}
