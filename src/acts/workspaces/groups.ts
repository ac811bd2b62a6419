import { findAccount } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  addToGroup,
  chooseGroupSlug,
  chooseName,
  createGroup as insertGroup,
  deleteGroup as dropGroup,
  findGroup,
  isInGroup,
  pageOfGroupMembers,
  pageOfGroups,
  removeFromGroup,
  slugFrom,
  type Group,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { personNamed } from './members.ts';

/** A page of the groups of the grant's workspace with these letters in a name. */
export const viewGroups = (
  services: Services,
  grant: Grant<'group.list'>,
  which: Parameters<typeof pageOfGroups>[2],
): ReturnType<typeof pageOfGroups> => pageOfGroups(services.database, grant.targets[0].id, which);

/** A group with a page of the people in it that have these letters in a name. Throws `Problem` for an unknown group. */
export async function viewGroup(
  services: Services,
  grant: Grant<'group.list'>,
  slug: string,
  which: Parameters<typeof pageOfGroupMembers>[2],
): Promise<Group & Awaited<ReturnType<typeof pageOfGroupMembers>>> {
  const group = await groupNamed(services, grant.targets[0].id, slug);
  return { ...group, ...(await pageOfGroupMembers(services.database, group.id, which)) };
}

/** A group that is about to be changed. Throws `Problem` for an unknown one, and for somebody who is to be taken out and is not in it. */
export async function findGroupToChange(
  services: Services,
  grant: Grant<'group.change'>,
  { group: slug, takingOut }: { readonly group: string; readonly takingOut?: string },
): Promise<Group> {
  const group = await groupNamed(services, grant.targets[0].id, slug);
  if (takingOut !== undefined) {
    const account = await findAccount(services.database, takingOut);
    if (account?.username !== takingOut || !(await isInGroup(services.database, group.id, account.id)))
      throw new Problem('not_found', `Nobody of this name is in the group ${group.name}.`);
  }
  return group;
}

/** Without a slug one is made of the name. Throws `Problem` for a bad or taken name. */
export async function createGroup(
  services: Services,
  grant: Grant<'group.change'>,
  input: { readonly name: string; readonly slug?: string | undefined },
): Promise<Group> {
  const [{ id: workspaceId }] = grant.targets;
  const name = chooseName(input.name);
  const slug = input.slug === undefined ? slugFrom(name) : chooseGroupSlug(input.slug);
  if (slug === '')
    throw invalid(
      'slug',
      'This name holds no letter from a to z and no digit: choose one for addresses as well.',
    );
  return change(
    services,
    grant,
    (trx, now) => insertGroup(trx, workspaceId, { slug, name }, now),
    (group) => ({ target: { type: 'workspace', id: workspaceId }, detail: { created: group.slug } }),
  );
}

/** Deletes a group with every role it held. Throws `Problem` for an unknown group. */
export async function deleteGroup(
  services: Services,
  grant: Grant<'group.change'>,
  slug: string,
): Promise<void> {
  const [{ id: workspaceId }] = grant.targets;
  const group = await groupNamed(services, workspaceId, slug);
  await change(
    services,
    grant,
    async (trx) => {
      if (!(await dropGroup(trx, workspaceId, group.id))) throw noSuchGroup(slug);
    },
    () => ({ target: { type: 'workspace', id: workspaceId }, detail: { deleted: group.slug } }),
  );
}

/** Puts a member of the workspace into a group, or takes them out. Throws `Problem` for an unknown group or person, and for taking out who is not in it. */
export async function changeGroupMember(
  services: Services,
  grant: Grant<'group.change'>,
  input: { readonly group: string; readonly user: string; readonly member: boolean },
): Promise<void> {
  const [{ id: workspaceId }] = grant.targets;
  const group = await groupNamed(services, workspaceId, input.group);
  const account = await personNamed(services, input.user, 'user');
  await change(
    services,
    grant,
    async (trx, now) => {
      if (input.member) {
        if (!(await addToGroup(trx, workspaceId, group.id, account.id, now))) throw noSuchGroup(input.group);
      } else if (!(await removeFromGroup(trx, group.id, account.id)))
        throw new Problem('not_found', `${account.username} is not in the group "${group.slug}".`);
    },
    () => ({
      target: { type: 'workspace', id: workspaceId },
      detail: { group: group.slug, account: account.id, member: input.member },
    }),
  );
}

export async function groupNamed(services: Services, workspaceId: string, slug: string) {
  const group = await findGroup(services.database, workspaceId, slug);
  if (group === undefined) throw noSuchGroup(slug);
  return group;
}

const noSuchGroup = (slug: string): Problem =>
  new Problem('not_found', `There is no group "${slug}" in this workspace.`);
