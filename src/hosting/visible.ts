import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Visibility } from '../gate/index.ts';
import type { Schema } from '../store/schema.ts';

/**
 * The WHERE of a list: the same rule as `liveRole` and the loader's role, written as SQL. A property test holds the two
 * against each other for every kind of principal, on both databases.
 */
export function visibleRepositories(
  where: ExpressionBuilder<Schema, 'repository'>,
  visibility: Visibility,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [
    where('repository.deleted_at', 'is', null),
    seenBy(where, visibility.seenBy),
  ];
  if (visibility.workspace !== 'every') {
    conditions.push(where('repository.workspace_id', '=', visibility.workspace.only));
  }
  for (const { workspaces, projects, repositories } of visibility.within) {
    conditions.push(
      where.or([
        isOneOf(where, 'repository.id', repositories),
        isOneOf(where, 'repository.project_id', projects),
        isOneOf(where, 'repository.workspace_id', workspaces),
      ]),
    );
  }
  return where.and(conditions);
}

/** An empty list is nothing, and `in ()` is no SQL. */
const isOneOf = (
  where: ExpressionBuilder<Schema, 'repository'>,
  column: 'repository.id' | 'repository.project_id' | 'repository.workspace_id',
  ids: readonly string[],
): Expression<SqlBool> => (ids.length === 0 ? sql<SqlBool>`1 = 0` : where(column, 'in', ids));

function seenBy(
  where: ExpressionBuilder<Schema, 'repository'>,
  seen: Visibility['seenBy'],
): Expression<SqlBool> {
  switch (seen.type) {
    case 'operator':
      return sql<SqlBool>`1 = 1`;
    case 'public':
      return where('repository.is_private', '=', 0);
    case 'repository':
      return where('repository.id', '=', seen.repositoryId);
    case 'project':
      return where('repository.project_id', '=', seen.projectId);
    case 'workspace':
      return where('repository.workspace_id', '=', seen.workspaceId);
    case 'account':
      return isVisibleTo(where, seen);
  }
}

/** True for what is public, and for what the account holds a role on, unless the workspace keeps it for want of two-step verification. */
export const isVisibleTo = (
  where: ExpressionBuilder<Schema, 'repository'>,
  { accountId, hasTwoStep }: { readonly accountId: string; readonly hasTwoStep: boolean },
): Expression<SqlBool> =>
  where.or([
    where('repository.is_private', '=', 0),
    hasTwoStep
      ? accountHasRole(where, accountId)
      : where.and([accountHasRole(where, accountId), where.not(requiresTwoStep(where))]),
  ]);

const requiresTwoStep = (where: ExpressionBuilder<Schema, 'repository'>): Expression<SqlBool> =>
  where.exists(
    where
      .selectFrom('workspace')
      .select('workspace.id')
      .whereRef('workspace.id', '=', 'repository.workspace_id')
      .where('workspace.requires_two_step', '=', 1),
  );

/** True for a repository on which the account holds a role: as owner of the workspace, by itself or through a group. */
function accountHasRole(
  where: ExpressionBuilder<Schema, 'repository'>,
  accountId: string,
): Expression<SqlBool> {
  return where.or([
    where.exists(
      where
        .selectFrom('workspace_member')
        .select('workspace_member.account_id')
        .whereRef('workspace_member.workspace_id', '=', 'repository.workspace_id')
        .where('workspace_member.account_id', '=', accountId)
        .where('workspace_member.membership', '=', 'owner'),
    ),
    where.exists(
      where
        .selectFrom('repository_role')
        .select('repository_role.role')
        .whereRef('repository_role.repository_id', '=', 'repository.id')
        .where('repository_role.subject_type', '=', 'account')
        .where('repository_role.subject_id', '=', accountId),
    ),
    where.exists(
      where
        .selectFrom('repository_role')
        .innerJoin('workspace_group_member', 'workspace_group_member.group_id', 'repository_role.subject_id')
        .select('repository_role.role')
        .whereRef('repository_role.repository_id', '=', 'repository.id')
        .where('repository_role.subject_type', '=', 'group')
        .where('workspace_group_member.account_id', '=', accountId),
    ),
  ]);
}
