import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';

/**
 * The WHERE for what concerns a repository that was transferred since: it is a matter of the workspace that it was in then.
 *
 * @param repository column with its id
 * @param since column with the moment
 */
export const wasTransferredSince = (
  where: Pick<ExpressionBuilder<Schema, never>, 'exists' | 'selectFrom'>,
  repository: string,
  since: string,
): Expression<SqlBool> =>
  where.exists(
    where
      .selectFrom('audit')
      .select('audit.sequence')
      .where('audit.target_type', '=', 'repository')
      .where('audit.operation', '=', 'repository.transfer')
      .where('audit.target_id', '=', sql.ref<string>(repository))
      .where('audit.at', '>=', sql.ref<number>(since)),
  );
