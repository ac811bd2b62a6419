import type { Account } from '../../accounts/index.ts';
import { everyPlaceOfEach, type Credential } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  admittancesIn,
  countRepositories,
  pageOfGroups,
  pageOfInsiders,
  projectKeysOf,
  reachOfGroups,
  reachOfPeople,
  slugsOf,
  type Admittance,
  type Reach,
} from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { lettingIn } from '../explain/let-in.ts';
import type { Offered } from '../offered.ts';
import type { Paged, Window } from '../paged.ts';

export interface PersonInWorkspace extends Reach {
  readonly account: Pick<Account, 'username' | 'displayName' | 'state'>;
  /** Null for whoever holds a role on some repository and is no member. */
  readonly membership: 'owner' | 'member' | null;
}

export interface GroupInWorkspace extends Reach {
  readonly slug: string;
  readonly name: string;
  readonly members: number;
}

/** Which page of each list; people are those with these letters in a name. */
export interface WhichAccess {
  readonly people: Window & { readonly named: string };
  readonly groups: Window;
}

/** Who may enter the repositories of a workspace, as the gate would decide now; a group reaches what somebody in it reaches. */
export interface WorkspaceAccess {
  readonly repositories: number;
  readonly publicRepositories: number;
  readonly people: Paged<PersonInWorkspace>;
  readonly groups: Paged<GroupInWorkspace>;
}

const NOTHING: Reach = { reads: 0, pushes: 0 };

/** The people and groups of the grant's workspace, and how many repositories each reads and pushes to. */
export async function viewWorkspaceAccess(
  services: Services,
  grant: Grant<'workspace.access'>,
  which: WhichAccess,
): Promise<WorkspaceAccess> {
  const { database } = services;
  const [workspace] = grant.targets;
  const { repositories, publicRepositories } = await countRepositories(database, workspace.id);
  const everything: Reach = { reads: repositories, pushes: repositories };
  const letIn = await lettingIn(services, workspace);
  const reachOf = (person: Admittance, held: Reach | undefined): Reach => {
    const far = letIn(person);
    if (far === 'nowhere') return NOTHING;
    return (far === 'by role' ? held : undefined) ?? { reads: publicRepositories, pushes: 0 };
  };
  const people = await pageOfInsiders(database, workspace.id, which.people);
  const held = await reachOfPeople(
    database,
    workspace.id,
    people.insiders.map(({ account }) => account.id),
  );
  const groups = await pageOfGroups(database, workspace.id, { named: '', ...which.groups });
  const ids = groups.groups.map(({ id }) => id);
  const given = await reachOfGroups(database, workspace.id, ids);
  const admitted = await admittancesIn(database, ids);
  return {
    repositories,
    publicRepositories,
    people: {
      rows: people.insiders.map(({ account, membership }) => ({
        account,
        membership,
        ...reachOf(account, membership === 'owner' ? everything : held.get(account.id)),
      })),
      size: people.size,
    },
    groups: {
      rows: groups.groups.map(({ id, slug, name, members }) => ({
        slug,
        name,
        members,
        ...(admitted.get(id)?.admittances ?? [])
          .map((each) => reachOf(each, given.get(id)))
          .reduce(farther, NOTHING),
      })),
      size: groups.size,
    },
  };
}

const farther = (one: Reach, other: Reach): Reach => ({
  reads: Math.max(one.reads, other.reads),
  pushes: Math.max(one.pushes, other.pushes),
});

/** What a credential opens in a workspace. */
export interface OpenedPlace {
  /** Slug of a repository, key of a project, or that of the workspace itself. */
  readonly name: string;
  readonly on: 'repository' | 'project' | 'workspace';
  /** Of an access key: its number there and what it may do. */
  readonly key: { readonly number: number; readonly role: 'read' | 'write' } | null;
}

/** How many places of one key are named: the page of the key has them all. */
const FIRST_PLACES = 4;

/** Where each of these credentials enters the grant's workspace, by credential id: the first places, and how many there are. */
export async function viewOpenedPlaces(
  services: Services,
  grant: Grant<'workspace.access'>,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, Offered<OpenedPlace>>> {
  const { database } = services;
  const [{ id: workspaceId, slug }] = grant.targets;
  const keys = credentials.flatMap(({ id, owner }) => (owner.type === 'places' ? id : []));
  const places = await everyPlaceOfEach(database, keys);
  const opened = credentials.map(({ id, owner }) => {
    const { type } = owner;
    if (type === 'repository' || type === 'project' || type === 'workspace')
      return { id, all: [{ on: type, placeId: owner.id, key: null }] };
    const here = (places.get(id) ?? []).filter((each) => each.isLive && each.workspaceId === workspaceId);
    return {
      id,
      all: here.map(({ id: number, place, role }) => ({
        on: place.on,
        placeId: place.id,
        key: { number, role },
      })),
    };
  });
  const shown = opened.map(({ id, all }) => ({ id, first: all.slice(0, FIRST_PLACES), size: all.length }));
  const idsOn = (on: OpenedPlace['on']): string[] =>
    shown.flatMap(({ first }) => first.flatMap((each) => (each.on === on ? each.placeId : [])));
  const names = new Map([
    [workspaceId, slug],
    ...(await slugsOf(database, idsOn('repository'))),
    ...(await projectKeysOf(database, idsOn('project'))),
  ]);
  return new Map(
    shown.map(({ id, first, size }) => [
      id,
      {
        first: first.map(({ placeId, ...place }) => ({ ...place, name: names.get(placeId) ?? placeId })),
        size,
      },
    ]),
  );
}
