import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Schema } from '../store/schema.ts';

type Where = ExpressionBuilder<Schema, 'credential'>;

/** A repository, and what it lies in. */
export interface RepositoryPlace {
  readonly repositoryId: string;
  readonly projectId: string;
  readonly workspaceId: string;
}

/** The WHERE of the access tokens that a repository, its project and its workspace own. */
export const isTokenOf = (where: Where, { repositoryId, projectId, workspaceId }: RepositoryPlace) =>
  where.or([
    ownedBy(where, 'repository', repositoryId),
    ownedBy(where, 'project', projectId),
    ownedBy(where, 'workspace', workspaceId),
  ]);

/** The WHERE of what enters a repository and belongs to no person: those tokens, and the access keys of it and of its project. */
export const opensRepository = (where: Where, place: RepositoryPlace): Expression<SqlBool> =>
  where.or([
    isTokenOf(where, place),
    where(
      'credential.id',
      'in',
      where
        .selectFrom('access_key_place')
        .select('access_key_place.credential_id')
        .where('live', '=', 1)
        .where((or) =>
          or.or([
            or.and([or('place_type', '=', 'repository'), or('place_id', '=', place.repositoryId)]),
            or.and([or('place_type', '=', 'project'), or('place_id', '=', place.projectId)]),
          ]),
        ),
    ),
  ]);

/** The WHERE of the access tokens of a workspace itself and of its projects. */
export const isTokenOfWorkspace = (where: Where, workspaceId: string): Expression<SqlBool> =>
  where.or([
    ownedBy(where, 'workspace', workspaceId),
    where.and([
      where('owner_type', '=', 'project'),
      where(
        'owner_id',
        'in',
        where.selectFrom('project').select('project.id').where('workspace_id', '=', workspaceId),
      ),
    ]),
  ]);

const ownedBy = (where: Where, type: 'repository' | 'project' | 'workspace', id: string) =>
  where.and([where('owner_type', '=', type), where('owner_id', '=', id)]);
