import { findAccount } from '../../accounts/index.ts';
import { everyPlaceOf, type Credential, type CredentialOwner } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import { findWorkspace, projectById, repositoryById } from '../../hosting/index.ts';
import { consumerById } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';

/** What a credential belongs to, by id and by name. */
export interface NamedOwner extends CredentialOwner {
  /**
   * User name, `WORKSPACE/NAME`, `WORKSPACE/KEY` or workspace; of a consumer its name, of an access key the places that it
   * opens. Null for what is gone.
   */
  readonly name: string | null;
}

/** For the operator: whose each of these credentials is, by credential id. */
export async function viewOwners(
  services: Services,
  _grant: Grant<'credential.list'>,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, NamedOwner>> {
  const names = new Map<string, string | null>();
  const owners = new Map<string, NamedOwner>();
  for (const { id, owner } of credentials) {
    const key = `${owner.type} ${owner.id}`;
    const name = names.get(key) ?? (await nameOf(services, owner));
    names.set(key, name);
    owners.set(id, { ...owner, name });
  }
  return owners;
}

async function nameOf(services: Services, { type, id }: CredentialOwner): Promise<string | null> {
  const { database } = services;
  switch (type) {
    case 'account':
      return (await findAccount(database, `{${id}}`))?.username ?? null;
    case 'repository': {
      const repository = await repositoryById(database, id);
      return repository === undefined ? null : `${repository.workspace.slug}/${repository.slug}`;
    }
    case 'project': {
      const project = await projectById(database, id);
      const workspace = project === undefined ? null : await slugOf(services, project.workspaceId);
      return project === undefined || workspace === null ? null : `${workspace}/${project.key}`;
    }
    case 'workspace':
      return slugOf(services, id);
    case 'consumer':
      return (await consumerById(database, id))?.name ?? null;
    case 'places': {
      const names = [];
      for (const { place, isLive } of await everyPlaceOf(database, id))
        if (isLive) names.push(await nameOf(services, { type: place.on, id: place.id }));
      return names.filter((name) => name !== null).join(', ') || null;
    }
  }
}

const slugOf = async ({ database }: Services, id: string): Promise<string | null> =>
  (await findWorkspace(database, `{${id}}`))?.slug ?? null;
