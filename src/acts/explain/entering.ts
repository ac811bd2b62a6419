import { everyPlaceOf, keysOf, type KeptKey, type PlacedKey } from '../../credentials/index.ts';
import type { Grant, Role } from '../../gate/index.ts';
import {
  listHoldings,
  pageOfGroupRoles,
  pageOfHoldings,
  pageOfOwnCredentials,
  type RoleHolding,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { isConfinedHere, isUseTold } from '../keys/access-key-list.ts';
import type { Paged, Window } from '../paged.ts';
import { abilitiesOf, enters, type Able } from './abilities.ts';
import { consumerCandidates, personalCandidates } from './candidates.ts';
import { lettingIn, reachesAs } from './let-in.ts';

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

export interface EnteringCredential extends Able {
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
  readonly personal: Paged<EnteringCredential>;
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

/** Consumers belong to the workspace: they are listed where they can do something here, as people's credentials are. */
async function ownEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
  which: Window,
): Promise<Entering['own']> {
  const [{ id: repositoryId, projectId, workspace }] = grant.targets;
  const consumers = await abilitiesOf(services, grant, await consumerCandidates(services, grant.targets[0]));
  const besides = consumers.filter(enters).map(({ credential }) => credential.id);
  const { credentials, size } = await pageOfOwnCredentials(
    services.database,
    { repositoryId, projectId, workspaceId: workspace.id, besides },
    which,
    services.clock(),
  );
  const able = new Map(consumers.map((each) => [each.credential.id, each]));
  const others = credentials.filter(({ id }) => !able.has(id));
  const judged = await abilitiesOf(
    services,
    grant,
    others.map((credential) => ({ credential, owner: null })),
  );
  for (const each of judged) able.set(each.credential.id, each);
  const rows = credentials.flatMap(({ id }) => able.get(id) ?? []);
  return { rows: await completed(services, grant, rows), size };
}

/** What they can do is for the gate to say, not for the database: all are asked about, and those of this page are shown. */
async function personalEntering(
  services: Services,
  grant: Grant<'repository.who_can'>,
  { offset, limit }: Window,
): Promise<Entering['personal']> {
  const holdings = await listHoldings(services.database, placeOf(grant.targets[0]));
  const judged = await abilitiesOf(services, grant, await personalCandidates(services, holdings));
  const entering = judged.filter(enters);
  const rows = await completed(services, grant, entering.slice(offset, offset + limit));
  return { rows, size: entering.length };
}

/** With what is said of access keys. */
async function completed(
  { database }: Services,
  grant: Grant<'repository.who_can'>,
  able: readonly Able[],
): Promise<EnteringCredential[]> {
  const [{ id: repositoryId, projectId, workspace }] = grant.targets;
  const keys = await keysOf(
    database,
    able.map(({ credential }) => credential.id),
  );
  const rows: EnteringCredential[] = [];
  for (const each of able) {
    const { id, owner } = each.credential;
    const isKey = owner.type === 'places';
    const ever = isKey ? await everyPlaceOf(database, id) : [];
    const living = ever.filter(({ isLive }) => isLive);
    const place = placeIn(living, repositoryId, projectId);
    rows.push({
      ...each,
      // What somebody else calls it is not for the people here.
      credential:
        place === null || isConfinedHere(grant.principal, ever, workspace.id)
          ? each.credential
          : { ...each.credential, label: place.label },
      key: keys.get(id) ?? null,
      place,
      tellsUse: isUseTold(grant.principal, ever),
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
