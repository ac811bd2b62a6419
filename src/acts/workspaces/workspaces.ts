import { findAccount } from '../../accounts/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import {
  chooseName,
  chooseWorkspaceSlug,
  createWorkspace as insertWorkspace,
  defaultProject,
  findWorkspace,
  reachableWorkspaces,
  updateWorkspace,
  workspacesOf,
  type ReachableWorkspace,
  type Workspace,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { requireOwnTwoStep } from '../host/policy.ts';
import { change } from '../transaction.ts';

/**
 * Makes a workspace, with a first project in it. A person owns what they make; the operator names the owner. Throws
 * `Problem` for a bad or taken slug and an unknown owner.
 */
export async function createWorkspace(
  services: Services,
  grant: Grant<'workspace.create'>,
  input: { readonly slug: string; readonly name: string; readonly owner?: string },
): Promise<Workspace> {
  const slug = chooseWorkspaceSlug(input.slug);
  const name = chooseName(input.name);
  const ownerId = accountOf(grant.principal)?.id ?? (await accountId(services, input.owner ?? ''));
  return change(
    services,
    grant,
    async (trx, now) => {
      const workspace = await insertWorkspace(trx, { slug, name, ownerId }, now);
      await defaultProject(trx, workspace.id, now);
      return workspace;
    },
    ({ id }) => ({ target: { type: 'workspace', id }, detail: { slug, owner: ownerId } }),
  );
}

async function accountId(services: Services, name: string): Promise<string> {
  const account = await findAccount(services.database, name);
  if (account === undefined) throw new Problem('not_found', `There is no user "${name}".`);
  return account.id;
}

type WorkspaceGrant =
  | Grant<'workspace.view'>
  | Grant<'workspace.update'>
  | Grant<'workspace.members'>
  | Grant<'repository.list'>;

export async function viewWorkspace(services: Services, grant: WorkspaceGrant): Promise<Workspace> {
  const [{ id }] = grant.targets;
  const workspace = await findWorkspace(services.database, `{${id}}`);
  if (workspace === undefined) throw new Problem('not_found', 'This workspace no longer exists.');
  return workspace;
}

/** The workspaces of the grant's account, with what it is in each. */
export const listOwnWorkspaces = (
  services: Services,
  grant: Grant<'site.home'>,
): Promise<(Workspace & { readonly membership: 'owner' | 'member' })[]> =>
  workspacesOf(services.database, grant.targets[0].id);

/** Those in which it only holds a role on a repository too; of an OAuth consumer's app user, the consumer's own. */
export async function listReachableWorkspaces(
  { database }: Services,
  { principal, targets }: Grant<'account.workspaces'> | Grant<'workspace.list'>,
): Promise<ReachableWorkspace[]> {
  if (principal.type !== 'credential' || principal.owner.type !== 'consumer')
    return reachableWorkspaces(database, targets[0].id);
  const own = await findWorkspace(database, `{${principal.owner.workspaceId}}`);
  // It may push to all that lies there, and is nobody's owner.
  return own === undefined ? [] : [{ ...own, isOwner: false, pushes: true }];
}

export async function changeWorkspace(
  services: Services,
  grant: Grant<'workspace.update'>,
  input: {
    readonly name: string;
    readonly membersMayCreateRepositories: boolean;
    readonly tokensMayLiveForever: boolean;
    readonly requiresTwoStep: boolean;
  },
): Promise<void> {
  const [{ id }] = grant.targets;
  if (input.requiresTwoStep) requireOwnTwoStep(grant.principal, 'requires_two_step');
  const wanted = { ...input, name: chooseName(input.name) };
  await change(
    services,
    grant,
    (trx, now) => updateWorkspace(trx, id, wanted, now),
    () => ({ target: { type: 'workspace', id }, detail: wanted }),
  );
}
