import {
  listCredentials,
  pageOfOwned,
  type Credential,
  type CredentialPage,
} from '../../credentials/index.ts';
import { findAccount } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import { findProject, findWorkspace, repositoryFacts } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { personalKindOf, type PersonalGrant } from './personal.ts';
import { kindOfTokens, tokenOwnerOf, type TokenGrant } from './token-place.ts';
import { windowOf, type WhichPage } from './which-page.ts';

/** A page of the app passwords or API tokens of the account of the grant, by its operation, newest first. */
export async function listPersonalCredentials(
  services: Services,
  grant: PersonalGrant<'list'>,
  which: WhichPage,
): Promise<CredentialPage> {
  await services.writeUses();
  return pageOfOwned(
    services.database,
    { owner: { type: 'account', id: grant.targets[0].id }, kind: personalKindOf(grant.operation) },
    windowOf(which),
    services.clock(),
  );
}

/** A page of the access tokens of the grant's repository or workspace, or of a project of that; newest first. Throws `Problem` for an unknown one. */
export async function listAccessTokens(
  services: Services,
  grant: TokenGrant<'list'>,
  which: WhichPage,
  project?: string,
): Promise<CredentialPage> {
  await services.writeUses();
  const { database, clock } = services;
  const owner = await tokenOwnerOf(database, grant, project);
  return pageOfOwned(database, { owner, kind: kindOfTokens(owner) }, windowOf(which), clock());
}

/** Whose credentials are listed, by name. */
export type CredentialsOf =
  | { readonly user: string }
  | { readonly workspace: string; readonly repository: string }
  | { readonly workspace: string; readonly project?: string };

/** For the operator: every credential of the host, or those that belong to one account, repository, project or workspace. Throws `Problem` for an unknown one. */
export async function listEveryCredential(
  services: Services,
  _grant: Grant<'credential.list'>,
  of: CredentialsOf | 'every',
): Promise<Credential[]> {
  if (of === 'every') return listCredentials(services.database, 'every', services.clock());
  const owner =
    'user' in of
      ? await accountOwner(services, of.user)
      : 'repository' in of
        ? await repositoryOwner(services, of)
        : await workspaceOwner(services, of);
  return listCredentials(services.database, { owner }, services.clock());
}

async function workspaceOwner(
  { database }: Services,
  of: { readonly workspace: string; readonly project?: string },
) {
  const workspace = await findWorkspace(database, of.workspace);
  if (workspace === undefined) throw new Problem('not_found', `There is no workspace "${of.workspace}".`);
  if (of.project === undefined) return { type: 'workspace', id: workspace.id } as const;
  const project = await findProject(database, workspace.id, of.project);
  if (project === undefined)
    throw new Problem('not_found', `There is no project "${of.workspace}/${of.project}".`);
  return { type: 'project', id: project.id } as const;
}

async function accountOwner(services: Services, user: string) {
  const account = await findAccount(services.database, user);
  if (account === undefined) throw new Problem('not_found', `There is no user "${user}".`);
  return { type: 'account', id: account.id } as const;
}

async function repositoryOwner(
  services: Services,
  of: { readonly workspace: string; readonly repository: string },
) {
  const repository = await repositoryFacts(services.database, of, null);
  if (repository === null)
    throw new Problem('not_found', `There is no repository "${of.workspace}/${of.repository}".`);
  return { type: 'repository', id: repository.id } as const;
}
