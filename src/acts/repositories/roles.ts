import type { Grant, Role } from '../../gate/index.ts';
import {
  clearRole,
  holdRepository,
  listRoles,
  setRole,
  type RoleHolder,
  type RoleSubject,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { groupNamed } from '../workspaces/groups.ts';
import { personNamed } from '../workspaces/members.ts';

/** Everybody with a role of their own on the repository; owners of the workspace are admins besides. */
export const viewRoles = (services: Services, grant: Grant<'role.list'>): Promise<RoleHolder[]> =>
  listRoles(services.database, grant.targets[0].id);

/** What whom a form names holds on the repository before it changes that. Throws `Problem` for an unknown one. */
export async function findRole(
  services: Services,
  grant: Grant<'role.grant'>,
  holder: string,
): Promise<RoleHolder | undefined> {
  const [{ id, workspace }] = grant.targets;
  const wanted = await subjectNamed(services, workspace.id, holder);
  return (await listRoles(services.database, id)).find(
    ({ subject }) => subject.type === wanted.type && subject.id === wanted.id,
  );
}

/** Gives a role, or replaces the one held. `holder` is a user name, or a group's slug behind `@`. Throws `Problem` for an unknown one. */
export async function grantRole(
  services: Services,
  grant: Grant<'role.grant'>,
  input: { readonly holder: string; readonly role: Role },
): Promise<void> {
  const [repository] = grant.targets;
  const { id, workspace } = repository;
  const subject = await subjectNamed(services, workspace.id, input.holder);
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      await setRole(trx, id, subject, input.role, now);
    },
    () => ({ target: { type: 'repository', id }, detail: { [subject.type]: subject.id, role: input.role } }),
  );
}

/** Takes a role away. Throws `Problem` when none was held. */
export async function revokeRole(
  services: Services,
  grant: Grant<'role.revoke'>,
  holder: string,
): Promise<void> {
  const [{ id, workspace }] = grant.targets;
  const subject = await subjectNamed(services, workspace.id, holder);
  const had = await change(
    services,
    grant,
    (trx) => clearRole(trx, id, subject),
    (was) => (was ? { target: { type: 'repository', id }, detail: { [subject.type]: subject.id } } : null),
  );
  if (!had) throw new Problem('not_found', `${holder} holds no role of their own on this repository.`);
}

async function subjectNamed(services: Services, workspaceId: string, holder: string): Promise<RoleSubject> {
  const name = holder.trim();
  if (name.startsWith('@'))
    return { type: 'group', id: (await groupNamed(services, workspaceId, name.slice(1))).id };
  return { type: 'account', id: (await personNamed(services, name, 'user')).id };
}
