import { strongerRole, type Role } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/** Who holds which role on how many repositories of a workspace. */
export interface WorkspaceRoles {
  readonly repositories: number;
  readonly publicRepositories: number;
  readonly people: ReadonlyMap<string, Reach>;
  readonly groups: ReadonlyMap<string, Reach>;
}

/** On how many repositories a role, or what is public, lets read, and lets push. */
export interface Reach {
  readonly reads: number;
  readonly pushes: number;
}

/** The roles given in a workspace, directly and by groups, summed up; its owners, who are admins of all, are not among them. */
export async function workspaceRoles(db: Handle, workspaceId: string): Promise<WorkspaceRoles> {
  const repositories = await db
    .selectFrom('repository')
    .select(['id', 'is_private'])
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute();
  const open = new Set(repositories.filter(({ is_private }) => is_private === 0).map(({ id }) => id));
  const given = await db
    .selectFrom('repository_role')
    .innerJoin('repository', 'repository.id', 'repository_role.repository_id')
    .select(['repository_id', 'subject_type', 'subject_id', 'role'])
    .where('repository.workspace_id', '=', workspaceId)
    .where('repository.deleted_at', 'is', null)
    .execute();
  const members = await db
    .selectFrom('workspace_group_member')
    .innerJoin('workspace_group', 'workspace_group.id', 'workspace_group_member.group_id')
    .select(['workspace_group.id', 'workspace_group_member.account_id'])
    .where('workspace_group.workspace_id', '=', workspaceId)
    .execute();
  const inGroup = Map.groupBy(members, ({ id }) => id);
  const people = new Best();
  const groups = new Best();
  for (const { repository_id, subject_type, subject_id, role } of given) {
    if (subject_type === 'account') people.add(subject_id, repository_id, role);
    else groups.add(subject_id, repository_id, role);
    for (const { account_id } of subject_type === 'group' ? (inGroup.get(subject_id) ?? []) : [])
      people.add(account_id, repository_id, role);
  }
  return {
    repositories: repositories.length,
    publicRepositories: open.size,
    people: people.reaches(open),
    groups: groups.reaches(open),
  };
}

/** The strongest role of each holder on each repository. */
class Best {
  readonly #roles = new Map<string, Map<string, Role>>();

  add(holder: string, repository: string, role: Role): void {
    const held = this.#roles.get(holder) ?? new Map<string, Role>();
    held.set(repository, strongerRole(held.get(repository) ?? null, role) ?? role);
    this.#roles.set(holder, held);
  }

  reaches(open: ReadonlySet<string>): ReadonlyMap<string, Reach> {
    return new Map(
      [...this.#roles].map(([holder, held]) => [
        holder,
        {
          reads: new Set([...held.keys(), ...open]).size,
          pushes: [...held.values()].filter((role) => role !== 'read').length,
        },
      ]),
    );
  }
}
