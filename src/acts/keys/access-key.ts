import { everyPlaceOf, placedKeys } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { observationsOf, usageOf, USES_SHOWN, type Observation, type Usage } from '../credentials/uses.ts';
import { viewProject } from '../workspaces/projects.ts';
import {
  completed,
  keyNumbered,
  noSuchAccessKey,
  type ListedAccessKey,
  type ListingGrant,
  type Place,
} from './access-key-list.ts';

/** One access key in its place, with all that those who administer the place may know of it. */
export interface ViewedAccessKey {
  readonly listed: ListedAccessKey;
  readonly usage: Usage;
  /** What a bound on networks that only watches would have refused, the latest first. */
  readonly observations: readonly Observation[];
  /**
   * Whether both tell of this place alone: the key was let into another one, too, now or once. What it did there is not for
   * the people here, and anybody who knows a public key can add it to a place of their own.
   */
  readonly tellsHereAlone: boolean;
}

/** An access key of the repository of the grant, by its number there. Throws `Problem` when it is not there. */
export const viewAccessKey = (
  services: Services,
  grant: Grant<'access_key.list'>,
  number: string,
): Promise<ViewedAccessKey> => view(services, grant, { on: 'repository', id: grant.targets[0].id }, number);

/** The same of a project of the grant's workspace. */
export async function viewProjectAccessKey(
  services: Services,
  grant: Grant<'project_access_key.list'>,
  projectKey: string,
  number: string,
): Promise<ViewedAccessKey> {
  const { id } = await viewProject(services, grant, projectKey);
  return view(services, grant, { on: 'project', id }, number);
}

async function view(
  services: Services,
  grant: ListingGrant,
  place: Place,
  number: string,
): Promise<ViewedAccessKey> {
  await services.writeUses();
  const { database } = services;
  const placed = keyNumbered(await placedKeys(database, place), number);
  const [listed] = await completed(services, grant, [placed]);
  if (listed === undefined) throw noSuchAccessKey(number);
  const { credentialId } = placed;
  const tellsHereAlone = (await everyPlaceOf(database, credentialId)).some(
    ({ place: { on, id } }) => on !== place.on || id !== place.id,
  );
  const of = { credentialId, place: tellsHereAlone ? place : undefined };
  return {
    listed,
    usage: await usageOf(services, of, { kind: 'access_key', scopes: [] }, grant.principal, USES_SHOWN),
    observations: await observationsOf(services, of, USES_SHOWN),
    tellsHereAlone,
  };
}
