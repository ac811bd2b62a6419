import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { PullRequestState } from './pull-requests.ts';

/** What both databases say alike of a pull request, whatever their letters and their orders of text are. */
export type PullRequestCondition =
  | {
      readonly column: 'number' | 'created_at' | 'updated_at';
      readonly is: '=' | '>' | '>=' | '<' | '<=';
      /** A whole number that the column can hold. */
      readonly value: number;
    }
  | {
      readonly column: 'source_branch' | 'destination_branch' | 'author_id';
      /** Text that the database can hold. */
      readonly among: readonly string[];
    }
  | { readonly column: 'state'; readonly among: readonly PullRequestState[] };

/** For a WHERE: all of these. */
export const meets =
  (conditions: readonly PullRequestCondition[]) =>
  (rows: ExpressionBuilder<Schema, 'pull_request'>): Expression<SqlBool> =>
    rows.and(
      conditions.map((condition) => {
        if ('is' in condition) return rows(condition.column, condition.is, condition.value);
        // PostgreSQL knows no empty list.
        if (condition.among.length === 0) return rows.lit(false);
        return condition.column === 'state'
          ? rows('state', 'in', [...condition.among])
          : rows(condition.column, 'in', [...condition.among]);
      }),
    );
