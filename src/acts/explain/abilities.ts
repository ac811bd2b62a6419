import type { Credential } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import type { Candidate } from './candidates.ts';
import { credentialsWhichCan, type CredentialWhichCan, type Waiting } from './credentials-which-can.ts';

/** Whether something may be done: now, never, or once what it waits for has come. */
export type Ability = 'yes' | 'no' | Waiting;

/** What a credential may do to a repository. */
export interface Able {
  readonly credential: Credential;
  /** The user name of its owner, or null for what belongs to nobody. */
  readonly owner: string | null;
  readonly reads: Ability;
  readonly pushes: Ability;
}

export const enters = ({ reads, pushes }: Able): boolean => reads !== 'no' || pushes !== 'no';

/** What each of these may do to the grant's repository, in their order. */
export async function abilitiesOf(
  services: Services,
  grant: Grant<'repository.who_can'>,
  candidates: readonly Candidate[],
): Promise<Able[]> {
  const reading = await whichCan(services, grant, 'repository.fetch', candidates);
  const pushing = await whichCan(services, grant, 'repository.push', candidates);
  return candidates.map(({ credential, owner }) => ({
    credential,
    owner,
    reads: abilityOf(reading.get(credential.id)),
    pushes: abilityOf(pushing.get(credential.id)),
  }));
}

async function whichCan(
  services: Services,
  grant: Grant<'repository.who_can'>,
  operation: 'repository.fetch' | 'repository.push',
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, CredentialWhichCan>> {
  const place = {
    operation,
    repository: grant.targets[0],
    asked: null,
    data: 'repository',
    rules: [],
    defaultBranch: undefined,
  } as const;
  const can = await credentialsWhichCan(services, grant, place, candidates);
  return new Map(can.map((each) => [each.credential.id, each]));
}

const abilityOf = (can: CredentialWhichCan | undefined): Ability =>
  can === undefined ? 'no' : (can.waitsFor ?? 'yes');
