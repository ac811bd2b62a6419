import { sql } from 'kysely';
import type { Role, Visibility } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { nameKey, repositoryFrom, selectRepositories, type Repository } from './repositories.ts';
import { visibleRepositories } from './visible.ts';

export interface RepositoryQuery {
  /** Part of the name, in any case. */
  readonly nameContains?: string;
  readonly projectId?: string;
  /** Only those on which this account holds a role of its own (not merely what is public), at least this one. */
  readonly heldBy?: { readonly accountId: string; readonly role: Role };
  readonly sort: { readonly by: 'slug' | 'created_at' | 'updated_at'; readonly descending: boolean };
  readonly offset: number;
  readonly limit: number;
}

const ROLES_FROM: Readonly<Record<Role, readonly Role[]>> = {
  read: ['read', 'write', 'admin'],
  write: ['write', 'admin'],
  admin: ['admin'],
};

/** One page of the repositories that a grant's visibility shows, and how many there are in all. */
export async function listRepositories(
  db: Handle,
  visibility: Visibility,
  query: RepositoryQuery,
): Promise<{ readonly repositories: Repository[]; readonly size: number }> {
  let rows = selectRepositories(db).where((where) => visibleRepositories(where as never, visibility));
  let count = db
    .selectFrom('repository')
    .select(({ fn }) => fn.countAll<number>().as('size'))
    .where((where) => visibleRepositories(where, visibility));

  if (query.nameContains !== undefined && query.nameContains !== '') {
    const pattern = `%${nameKey(query.nameContains).replace(/[\\%_]/g, '\\$&')}%`;
    const matches = sql<boolean>`(repository.name_key like ${pattern} escape '\\' or repository.slug_key like ${pattern} escape '\\')`;
    rows = rows.where(matches);
    count = count.where(matches);
  }
  if (query.projectId !== undefined) {
    rows = rows.where('repository.project_id', '=', query.projectId);
    count = count.where('repository.project_id', '=', query.projectId);
  }
  if (query.heldBy !== undefined) {
    const held = heldBy(query.heldBy.accountId, ROLES_FROM[query.heldBy.role]);
    rows = rows.where(held);
    count = count.where(held);
  }
  const page = await rows
    .orderBy(`repository.${query.sort.by}`, query.sort.descending ? 'desc' : 'asc')
    .orderBy('repository.id')
    .limit(query.limit)
    .offset(query.offset)
    .execute();
  const { size } = await count.executeTakeFirstOrThrow();
  return { repositories: page.map(repositoryFrom), size: Number(size) };
}

const heldBy = (accountId: string, roles: readonly Role[]) => sql<boolean>`(
  exists (select 1 from workspace_member m where m.workspace_id = repository.workspace_id
    and m.account_id = ${accountId} and m.membership = 'owner')
  or exists (select 1 from repository_role r where r.repository_id = repository.id and r.subject_type = 'account'
    and r.subject_id = ${accountId} and r.role in (${sql.join(roles)}))
  or exists (select 1 from repository_role r join workspace_group_member g on g.group_id = r.subject_id
    where r.repository_id = repository.id and r.subject_type = 'group' and g.account_id = ${accountId}
    and r.role in (${sql.join(roles)})))`;
