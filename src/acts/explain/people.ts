import { findAccount, type Account } from '../../accounts/index.ts';
import { strongerRole, type RepositoryFacts, type Role } from '../../gate/index.ts';
import { listGroups, listMembers, listRoles } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/** By what somebody holds a role. */
export type RoleSource =
  | { readonly type: 'owner' }
  | { readonly type: 'direct'; readonly role: Role }
  | { readonly type: 'group'; readonly slug: string; readonly name: string; readonly role: Role };

export interface RoleHolding {
  readonly account: Account;
  /** The strongest of them. */
  readonly role: Role;
  readonly through: readonly RoleSource[];
}

/** Everybody who holds a role on a repository now, and through what: as owner of its workspace, directly, or by groups. */
export async function holdingsOf(services: Services, repository: RepositoryFacts): Promise<RoleHolding[]> {
  const { database } = services;
  const through = new Map<string, RoleSource[]>();
  const add = (accountId: string, source: RoleSource): void => {
    through.set(accountId, [...(through.get(accountId) ?? []), source]);
  };
  for (const { account, membership } of await listMembers(database, repository.workspace.id)) {
    if (membership === 'owner') add(account.id, { type: 'owner' });
  }
  const groups = await listGroups(database, repository.workspace.id);
  for (const { subject, role } of await listRoles(database, repository.id)) {
    if (subject.type === 'account') add(subject.id, { type: 'direct', role });
    const group = subject.type === 'group' ? groups.find(({ id }) => id === subject.id) : undefined;
    for (const member of group?.members ?? []) {
      add(member.id, { type: 'group', slug: group?.slug ?? '', name: group?.name ?? '', role });
    }
  }
  const holdings: RoleHolding[] = [];
  for (const [id, sources] of through) {
    const account = await findAccount(database, `{${id}}`);
    const role = sources.reduce<Role | null>(
      (best, source) => strongerRole(best, source.type === 'owner' ? 'admin' : source.role),
      null,
    );
    if (account !== undefined && role !== null) holdings.push({ account, role, through: sources });
  }
  return holdings.toSorted((a, b) =>
    a.account.username.toLowerCase() < b.account.username.toLowerCase() ? -1 : 1,
  );
}
