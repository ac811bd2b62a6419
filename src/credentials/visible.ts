import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Visibility } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import type { Schema } from '../store/schema.ts';
import { isTokenOfWorkspace } from './opening.ts';
import { pageOfCredentials, type CredentialPage, type WhichCredentials } from './list.ts';

type Where = ExpressionBuilder<Schema, 'credential'>;

const nothing = sql<SqlBool>`1 = 0`;
const everything = sql<SqlBool>`1 = 1`;

/**
 * The WHERE of a list of credentials of every kind: what belongs to whoever looks, or, within a workspace, whatever
 * belongs to it, to its projects, repositories and OAuth consumers or opens one of them as an access key, for its owners. A property test holds it against
 * asking for the credentials of each owner alone, on both databases.
 */
function visibleCredentials(where: Where, { workspace, seenBy }: Visibility): Expression<SqlBool> {
  if (workspace !== 'every') {
    return where.and([ownsWorkspace(where, workspace.only, seenBy), lieInWorkspace(where, workspace.only)]);
  }
  switch (seenBy.type) {
    case 'operator':
      return everything;
    case 'account':
      return where.and([where('owner_type', '=', 'account'), where('owner_id', '=', seenBy.accountId)]);
    case 'repository':
      return where.and([where('owner_type', '=', 'repository'), where('owner_id', '=', seenBy.repositoryId)]);
    case 'project':
      return where.and([where('owner_type', '=', 'project'), where('owner_id', '=', seenBy.projectId)]);
    case 'workspace':
      return lieInWorkspace(where, seenBy.workspaceId);
    case 'public':
      return nothing;
  }
}

function ownsWorkspace(where: Where, workspaceId: string, seenBy: Visibility['seenBy']): Expression<SqlBool> {
  if (seenBy.type === 'operator') return everything;
  if (seenBy.type !== 'account') return nothing;
  return where.exists(
    where
      .selectFrom('workspace_member')
      .innerJoin('workspace', 'workspace.id', 'workspace_member.workspace_id')
      .select('workspace_member.account_id')
      .where('workspace_member.workspace_id', '=', workspaceId)
      .where('workspace_member.account_id', '=', seenBy.accountId)
      .where('workspace_member.membership', '=', 'owner')
      .where((and) => (seenBy.hasTwoStep ? everything : and('workspace.requires_two_step', '=', 0))),
  );
}

function lieInWorkspace(where: Where, workspaceId: string): Expression<SqlBool> {
  const repositories = where
    .selectFrom('repository')
    .select('repository.id')
    .where('repository.workspace_id', '=', workspaceId)
    .where('repository.deleted_at', 'is', null);
  const projects = where.selectFrom('project').select('project.id').where('workspace_id', '=', workspaceId);
  const consumers = where
    .selectFrom('oauth_consumer')
    .select('oauth_consumer.id')
    .where('workspace_id', '=', workspaceId);
  return where.or([
    where.and([where('owner_type', '=', 'consumer'), where('owner_id', 'in', consumers)]),
    where.and([
      where('owner_type', '=', 'repository'),
      where('owner_id', 'in', repositories),
      // What came of another one lives for minutes, and that stands for it.
      where('credential.parent_id', 'is', null),
    ]),
    isTokenOfWorkspace(where, workspaceId),
    where.exists(
      where
        .selectFrom('access_key_place')
        .select('access_key_place.id')
        .whereRef('access_key_place.credential_id', '=', 'credential.id')
        .where('live', '=', 1)
        .where((or) =>
          or.or([
            or.and([or('place_type', '=', 'repository'), or('place_id', 'in', repositories)]),
            or.and([or('place_type', '=', 'project'), or('place_id', 'in', projects)]),
          ]),
        ),
    ),
  ]);
}

/**
 * One page of the credentials that a grant's visibility shows: those that live, or those that have ended; with `id`, that one if it is
 * among them. The newest first.
 */
export const listVisibleCredentials = (
  db: Handle,
  visibility: Visibility,
  { id, ...which }: WhichCredentials & { readonly id?: string },
  now: number,
): Promise<CredentialPage> =>
  pageOfCredentials(
    db,
    (where) =>
      where.and([
        visibleCredentials(where, visibility),
        ...(id === undefined ? [] : [where('credential.id', '=', id)]),
      ]),
    which,
    now,
  );
