import {
  listCredentials,
  pageOfOwned,
  type Credential,
  type CredentialPage,
} from '../../credentials/index.ts';
import { findAccount } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import { repositoryFacts } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { personalKindOf, type PersonalGrant } from './personal.ts';
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

/** A page of the access tokens of the repository of the grant, newest first. */
export async function listAccessTokens(
  services: Services,
  grant: Grant<'access_token.list'>,
  which: WhichPage,
): Promise<CredentialPage> {
  await services.writeUses();
  return pageOfOwned(
    services.database,
    { owner: { type: 'repository', id: grant.targets[0].id }, kind: 'repository_access_token' },
    windowOf(which),
    services.clock(),
  );
}

/** For the operator: every credential of the host, or those of one account or one repository. Throws `Problem` for an unknown one. */
export async function listEveryCredential(
  services: Services,
  _grant: Grant<'credential.list'>,
  of: { readonly user: string } | { readonly workspace: string; readonly repository: string } | 'every',
): Promise<Credential[]> {
  if (of === 'every') return listCredentials(services.database, 'every', services.clock());
  const owner = 'user' in of ? await accountOwner(services, of.user) : await repositoryOwner(services, of);
  return listCredentials(services.database, { owner }, services.clock());
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
