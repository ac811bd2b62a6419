import type { Grant, Role } from '../../gate/index.ts';
import {
  clearRole,
  findRole,
  holdRepository,
  pageOfRoles,
  setRole,
  type RoleHolder,
  type RoleSubject,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { groupNamed } from '../workspaces/groups.ts';
import { personNamed } from '../workspaces/members.ts';

/** A page of those with a role of their own and these letters in a name; owners of the workspace are admins besides. */
export const viewRoles = (
  services: Services,
  grant: Grant<'role.list'>,
  which: Parameters<typeof pageOfRoles>[2],
): ReturnType<typeof pageOfRoles> => pageOfRoles(services.database, grant.targets[0].id, which);

/**
 * What somebody holds on the repository by themselves, before that is changed; undefined for nothing. `holder` is a user
 * name, or a group's slug behind `@`.
 */
export async function viewRole(
  services: Services,
  grant: Grant<'role.list'> | Grant<'role.grant'>,
  holder: string,
): Promise<RoleHolder | undefined> {
  const [{ id, workspace }] = grant.targets;
  const subject = await subjectNamed(services, workspace.id, holder).catch(orUndefined);
  return subject === undefined ? undefined : findRole(services.database, id, subject);
}

/** Of a name that nobody has, whoever changes something is told by the change itself. */
function orUndefined(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
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
