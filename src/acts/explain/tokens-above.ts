import { livingIds, type Credential } from '../../credentials/index.ts';
import type { Grant, RepositoryFacts } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { abilitiesOf, enters, type Able } from './abilities.ts';

/**
 * The access tokens of a repository's project and workspace that enter it. Those that are confined to others are nothing to
 * whoever administers this one alone.
 */
export async function tokensAbove(
  services: Services,
  repository: Pick<RepositoryFacts, 'id' | 'projectId' | 'workspace'>,
): Promise<Able[]> {
  const above = { projectId: repository.projectId, workspaceId: repository.workspace.id };
  const ids = await livingIds(services.database, { above }, services.clock());
  const judged = await abilitiesOf(
    services,
    repository,
    ids.map((id) => ({ id, owner: null })),
  );
  return judged.filter(enters);
}

/** Whether a credential is managed, and its bounds and uses are known, by the owners of the workspace alone, and whoever reads is none. */
export const isKeptFrom = (
  { principal, targets: [{ isOwned }] }: Grant<'repository.who_can'>,
  { owner: { type } }: Pick<Credential, 'owner'>,
): boolean =>
  (type === 'project' || type === 'workspace' || type === 'consumer') &&
  principal.type !== 'operator' &&
  !isOwned;

/** Instead of what confines it, for those from whom that is kept. */
export const CONFINED_ABOVE = 'confined further by its workspace: ask an owner of that';
