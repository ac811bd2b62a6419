import { findAccount, type Account } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  findMember,
  listMembers,
  pageOfMembers,
  removeMember as deleteMember,
  setMember,
  type Member,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export const viewMembers = (services: Services, grant: Grant<'workspace.members'>): Promise<Member[]> =>
  listMembers(services.database, grant.targets[0].id);

/** A page of those with these letters in a name. */
export const viewPageOfMembers = (
  services: Services,
  grant: Grant<'workspace.members'>,
  which: Parameters<typeof pageOfMembers>[2],
): ReturnType<typeof pageOfMembers> => pageOfMembers(services.database, grant.targets[0].id, which);

/** Throws `Problem` for an unknown user. */
export async function personNamed(services: Services, name: string, field: string): Promise<Account> {
  const account = await findAccount(services.database, name.trim());
  if (account === undefined) throw invalid(field, `There is no user "${name.trim()}" on this host.`);
  return account;
}

/** What somebody is in the workspace, before that is changed; undefined where they are not in it. */
export async function viewMember(
  { database }: Services,
  grant: Grant<'workspace.member.add'> | Grant<'workspace.member.remove'>,
  user: string,
): Promise<Member | undefined> {
  const account = await findAccount(database, user.trim());
  return account === undefined ? undefined : findMember(database, grant.targets[0].id, account.id);
}

/** Adds a person, or changes what they are. Throws `Problem` for an unknown user, and rather than leave no owner. */
export async function addMember(
  services: Services,
  grant: Grant<'workspace.member.add'>,
  input: { readonly user: string; readonly membership: 'owner' | 'member' },
): Promise<void> {
  const [{ id }] = grant.targets;
  const account = await personNamed(services, input.user, 'user');
  await change(
    services,
    grant,
    (trx, now) => setMember(trx, id, account.id, input.membership, now),
    () => ({
      target: { type: 'workspace', id },
      detail: { account: account.id, membership: input.membership },
    }),
  );
}

/** Removes a person with all roles that they held in the workspace. Throws `Problem` for the last owner and for no member. */
export async function removeMember(
  services: Services,
  grant: Grant<'workspace.member.remove'>,
  user: string,
): Promise<void> {
  const [{ id }] = grant.targets;
  const account = await personNamed(services, user, 'user');
  const removed = await change(
    services,
    grant,
    (trx) => deleteMember(trx, id, account.id),
    (was) => (was ? { target: { type: 'workspace', id }, detail: { account: account.id } } : null),
  );
  if (!removed) throw new Problem('not_found', `${account.username} is no member of this workspace.`);
}
