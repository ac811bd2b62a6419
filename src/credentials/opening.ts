import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';

type Where = ExpressionBuilder<Schema, 'credential'>;

/** A repository, and what it lies in. */
export interface RepositoryPlace {
  readonly repositoryId: string;
  readonly projectId: string;
  readonly workspaceId: string;
}

/**
 * The WHERE of the access tokens and trust policies that a repository owns, and of the access keys of it and of its project.
 * What came of one is not among them: it lives for minutes, and that one stands for it.
 */
export const belongsToRepository = (
  where: Where,
  { repositoryId, projectId }: Pick<RepositoryPlace, 'repositoryId' | 'projectId'>,
): Expression<SqlBool> =>
  where.or([
    ownedBy(where, 'repository', repositoryId),
    where(
      'credential.id',
      'in',
      where
        .selectFrom('access_key_place')
        .select('access_key_place.credential_id')
        .where('live', '=', 1)
        .where((or) =>
          or.or([
            or.and([or('place_type', '=', 'repository'), or('place_id', '=', repositoryId)]),
            or.and([or('place_type', '=', 'project'), or('place_id', '=', projectId)]),
          ]),
        ),
    ),
  ]);

/** The WHERE of the access tokens of a project and of a workspace, which open what lies in them as far as they are not confined. */
export const isTokenAbove = (
  where: Where,
  { projectId, workspaceId }: Pick<RepositoryPlace, 'projectId' | 'workspaceId'>,
): Expression<SqlBool> =>
  where.or([ownedBy(where, 'project', projectId), ownedBy(where, 'workspace', workspaceId)]);

/** The WHERE of the access tokens of a workspace itself and of its projects. */
export const isTokenOfWorkspace = (where: Where, workspaceId: string): Expression<SqlBool> =>
  where.or([
    ownedBy(where, 'workspace', workspaceId),
    where.and([
      where('owner_type', '=', 'project'),
      where('credential.parent_id', 'is', null),
      where(
        'owner_id',
        'in',
        where.selectFrom('project').select('project.id').where('workspace_id', '=', workspaceId),
      ),
    ]),
  ]);

/** Not what came of another one: that opens no more, for less long, and what it came of stands for it. */
const ownedBy = (where: Where, type: 'repository' | 'project' | 'workspace', id: string) =>
  where.and([
    where('owner_type', '=', type),
    where('owner_id', '=', id),
    where('credential.parent_id', 'is', null),
  ]);
