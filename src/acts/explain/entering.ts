import {
  keysOf,
  listLivingCredentials,
  placesOfKey,
  type Credential,
  type KeptKey,
  type PlacedKey,
} from '../../credentials/index.ts';
import { roleReaches, type Grant, type Role } from '../../gate/index.ts';
import { listGroups, listRoles } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { isUseTold } from '../keys/access-key-list.ts';
import { holdingsOf, type RoleHolding } from './people.ts';
import type { CredentialWhichCan, Waiting } from './credentials-which-can.ts';
import { whoCan, type PersonWhoCan } from './who-can.ts';

/** Whether something may be done: now, never, or once what it waits for has come. */
export type Ability = 'yes' | 'no' | Waiting;

export interface EnteringPerson extends RoleHolding {
  readonly reads: boolean;
  readonly pushes: boolean;
}

export interface EnteringGroup {
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
  readonly members: number;
  /** Whether anybody in it is let in so far; who of them is stands in their own rows. */
  readonly reads: boolean;
  readonly pushes: boolean;
}

export interface EnteringCredential {
  readonly credential: Credential;
  /** The user name of its owner, or null for what belongs to the repository. */
  readonly owner: string | null;
  readonly key: KeptKey | null;
  /** Of an access key: where it was let in, and its number there. */
  readonly place: { readonly on: 'repository' | 'project'; readonly number: number } | null;
  /** Of an access key: see `isUseTold`. */
  readonly tellsUse: boolean;
  readonly reads: Ability;
  readonly pushes: Ability;
}

/** Who and what may enter one repository. */
export interface Entering {
  readonly everybodyReads: boolean;
  readonly people: readonly EnteringPerson[];
  readonly groups: readonly EnteringGroup[];
  readonly credentials: readonly EnteringCredential[];
}

/**
 * Everybody and everything that may read the grant's repository or push to it: people and credentials as the gate judges
 * them now, groups as it judges their members. Who holds a role, and what belongs to the repository is listed in any case.
 */
export async function viewEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
): Promise<Entering> {
  await services.writeUses();
  const { database } = services;
  const [repository] = grant.targets;
  const { id: repositoryId, projectId, workspace } = repository;
  const reading = await whoCan(services, grant, { operation: 'repository.fetch' });
  const pushing = await whoCan(services, grant, { operation: 'repository.push' });
  const owned = [
    ...(await listLivingCredentials(
      database,
      { owner: { type: 'repository', id: repositoryId } },
      services.clock(),
    )),
    ...(await listLivingCredentials(database, { opening: { repositoryId, projectId } }, services.clock())),
  ];
  const found = new Map<string, { readonly credential: Credential; readonly owner: string | null }>();
  for (const credential of owned) found.set(credential.id, { credential, owner: null });
  for (const each of [...reading.credentials, ...pushing.credentials]) found.set(each.credential.id, each);
  const keys = await keysOf(database, [...found.keys()]);
  const credentials: EnteringCredential[] = [];
  for (const { credential, owner } of found.values()) {
    const places = credential.owner.type === 'places' ? await placesOfKey(database, credential.id) : [];
    credentials.push({
      credential,
      owner,
      key: keys.get(credential.id) ?? null,
      place: placeIn(places, repositoryId, projectId),
      tellsUse: isUseTold(grant.principal, places),
      reads: abilityOf(reading.credentials, credential.id),
      pushes: abilityOf(pushing.credentials, credential.id),
    });
  }
  const groups = await listGroups(database, workspace.id);
  const readers = idsOf(reading.people);
  const pushers = idsOf(pushing.people);
  return {
    everybodyReads: reading.everybody,
    people: (await holdingsOf(services, repository)).map((holding) => ({
      ...holding,
      reads: readers.has(holding.account.id),
      pushes: pushers.has(holding.account.id),
    })),
    groups: (await listRoles(database, repositoryId)).flatMap(({ subject, role }) => {
      const group = subject.type === 'group' ? groups.find(({ id }) => id === subject.id) : undefined;
      if (group === undefined) return [];
      const { slug, name, members } = group;
      return {
        slug,
        name,
        role,
        members: members.length,
        reads: members.some(({ id }) => readers.has(id)),
        pushes: roleReaches(role, 'write') && members.some(({ id }) => pushers.has(id)),
      };
    }),
    credentials,
  };
}

const idsOf = (people: readonly PersonWhoCan[]): ReadonlySet<string> =>
  new Set(people.map(({ account }) => account.id));

function abilityOf(can: readonly CredentialWhichCan[], id: string): Ability {
  const found = can.find(({ credential }) => credential.id === id);
  return found === undefined ? 'no' : (found.waitsFor ?? 'yes');
}

function placeIn(
  places: readonly PlacedKey[],
  repositoryId: string,
  projectId: string,
): EnteringCredential['place'] {
  const here =
    places.find(({ place }) => place.on === 'repository' && place.id === repositoryId) ??
    places.find(({ place }) => place.on === 'project' && place.id === projectId);
  return here === undefined ? null : { on: here.place.on, number: here.id };
}
