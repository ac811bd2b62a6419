import {
  credentialsById,
  everyPlaceOfEach,
  keysOf,
  type Credential,
  type KeptKey,
  type PlacedKey,
} from '../../credentials/index.ts';
import type { Grant, Role } from '../../gate/index.ts';
import {
  pageOfGroupRoles,
  pageOfHoldings,
  pageOfOwnCredentials,
  type RoleHolding,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { isConfinedHere, isUseTold } from '../keys/access-key-list.ts';
import type { CountedSoFar, Paged, Window } from '../paged.ts';
import { abilitiesOf, enters, type Able } from './abilities.ts';
import { consumerCandidates, personalCandidates } from './candidates.ts';
import { lettingIn, reachesAs } from './let-in.ts';
import { isKeptFrom, tokensAbove } from './tokens-above.ts';
import { sift } from './sift.ts';

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

export interface EnteringCredential extends Omit<Able, 'id'> {
  readonly credential: Credential;
  readonly key: KeptKey | null;
  /** Of an access key: where it was let in, and its number there. */
  readonly place: {
    readonly on: 'repository' | 'project';
    readonly number: number;
    readonly label: string;
  } | null;
  /** Of an access key: see `isUseTold`. */
  readonly tellsUse: boolean;
}

/** Which page of each list; people are those with these letters in a name. */
export interface WhichEntering {
  readonly own: Window;
  readonly people: Window & { readonly named: string };
  readonly groups: Window;
  readonly personal: Window;
}

/** Who and what may enter one repository. */
export interface Entering {
  readonly everybodyReads: boolean;
  /** What belongs to the repository, and what enters it without a person. */
  readonly own: Paged<EnteringCredential>;
  readonly people: Paged<EnteringPerson>;
  readonly groups: Paged<EnteringGroup>;
  readonly personal: CountedSoFar<EnteringCredential>;
}

/**
 * Everybody and everything that may read the grant's repository or push to it: people and credentials as the gate judges
 * them now, groups as it judges their members. Who holds a role, and what belongs to the repository is listed in any case.
 */
export async function viewEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
  which: WhichEntering,
): Promise<Entering> {
  await services.writeUses();
  return {
    everybodyReads: !grant.targets[0].isPrivate,
    own: await ownEntering(services, grant, which.own),
    people: await peopleEntering(services, grant, which.people),
    groups: await groupsEntering(services, grant, which.groups),
    personal: await personalEntering(services, grant, which.personal),
  };
}

const READING = { role: 'read' } as const;
const PUSHING = { role: 'write' } as const;

async function peopleEntering(
  services: Services,
  { targets: [repository] }: Grant<'repository.who_can'>,
  which: WhichEntering['people'],
): Promise<Entering['people']> {
  const letIn = await lettingIn(services, repository.workspace);
  const { holdings, size } = await pageOfHoldings(services.database, placeOf(repository), which);
  const rows = holdings.map((holding) => {
    const far = letIn(holding.account);
    return {
      ...holding,
      reads: reachesAs(far, holding.role, repository, READING),
      pushes: reachesAs(far, holding.role, repository, PUSHING),
    };
  });
  return { rows, size };
}

async function groupsEntering(
  services: Services,
  { targets: [repository] }: Grant<'repository.who_can'>,
  which: Window,
): Promise<Entering['groups']> {
  const letIn = await lettingIn(services, repository.workspace);
  const { groups, size } = await pageOfGroupRoles(services.database, repository.id, which);
  const rows = groups.map(({ admittances, ...group }) => {
    const some = (need: typeof READING | typeof PUSHING): boolean =>
      admittances.some((each) => reachesAs(letIn(each), group.role, repository, need));
    return { ...group, reads: some(READING), pushes: some(PUSHING) };
  });
  return { rows, size };
}

/** What belongs to the project or workspace is listed where it can do something here, as people's credentials are. */
async function ownEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
  which: Window,
): Promise<Entering['own']> {
  const [repository] = grant.targets;
  const { id: repositoryId, projectId } = repository;
  const consumers = await abilitiesOf(services, repository, await consumerCandidates(services, repository));
  const above = [...consumers.filter(enters), ...(await tokensAbove(services, repository))];
  const besides = above.map(({ id }) => id);
  const { credentials, size } = await pageOfOwnCredentials(
    services.database,
    { repositoryId, projectId, besides },
    which,
    services.clock(),
  );
  const able = new Map(above.map((each) => [each.id, each]));
  const others = credentials.filter(({ id }) => !able.has(id)).map(({ id }) => ({ id, owner: null }));
  for (const each of await abilitiesOf(services, repository, others)) able.set(each.id, each);
  const rows = credentials.flatMap(({ id }) => able.get(id) ?? []);
  return { rows: await completed(services, grant, rows), size };
}

/** What they can do is for the gate to say, not for the database. */
async function personalEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
  which: Window,
): Promise<Entering['personal']> {
  const [repository] = grant.targets;
  const page = await sift(
    (window) => personalCandidates(services, repository, window),
    async (candidates) => (await abilitiesOf(services, repository, candidates)).filter(enters),
    which,
  );
  return { ...page, rows: await completed(services, grant, page.rows) };
}

/** With what is shown of each, and what is said of access keys. */
async function completed(
  { database, clock }: Services,
  grant: Grant<'repository.who_can'>,
  able: readonly Able[],
): Promise<EnteringCredential[]> {
  const [{ id: repositoryId, projectId, workspace }] = grant.targets;
  const ids = able.map(({ id }) => id);
  const credentials = await credentialsById(database, ids, clock());
  const keys = await keysOf(database, ids);
  const places = await everyPlaceOfEach(database, ids);
  const rows: EnteringCredential[] = [];
  for (const { id, ...each } of able) {
    const credential = credentials.get(id);
    if (credential === undefined) continue;
    const ever = places.get(id) ?? [];
    const living = ever.filter(({ isLive }) => isLive);
    const place = placeIn(living, repositoryId, projectId);
    rows.push({
      ...each,
      // What somebody else calls it is not for the people here.
      credential:
        place === null || isConfinedHere(grant.principal, ever, workspace.id)
          ? credential
          : { ...credential, label: place.label },
      key: keys.get(id) ?? null,
      place,
      tellsUse: isUseTold(grant.principal, ever) && !isKeptFrom(grant, credential),
    });
  }
  return rows;
}

const placeOf = ({
  id,
  workspace,
}: {
  readonly id: string;
  readonly workspace: { readonly id: string };
}) => ({
  id,
  workspaceId: workspace.id,
});

function placeIn(
  places: readonly PlacedKey[],
  repositoryId: string,
  projectId: string,
): EnteringCredential['place'] {
  const here =
    places.find(({ place }) => place.on === 'repository' && place.id === repositoryId) ??
    places.find(({ place }) => place.on === 'project' && place.id === projectId);
  return here === undefined ? null : { on: here.place.on, number: here.id, label: here.label };
}
