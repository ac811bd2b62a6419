import {
  everyPlaceOf,
  findById,
  keysOf,
  lastUses,
  pageOfPlacedKeys,
  placedKeys,
  placesOfKey,
  stateOf,
  type KeptKey,
  type PlacedKey,
} from '../../credentials/index.ts';
import type { Grant, HeldBound, KeyPlace, PrincipalData } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { windowOf, type WhichPage } from '../credentials/which-page.ts';
import { boundsInWords } from '../explain/words.ts';
import { viewProject } from '../workspaces/projects.ts';

/** An access key in a place, with its public key. */
export interface ListedAccessKey extends PlacedKey {
  readonly key: KeptKey;
  /** Null for a key that was never used, and for one whose use is not told. */
  readonly lastUsedAt: number | null;
  /** See `isUseTold`. */
  readonly tellsUse: boolean;
  readonly state: 'active' | 'paused' | 'revoked' | 'expired';
  readonly notBefore: number | null;
  readonly pausedAt: number | null;
  /** What confines the key wherever it is used, as far as that is told. */
  readonly bounds: readonly HeldBound[];
  /** The same in words, in the same order; where it is not told, that it is confined. */
  readonly boundWords: readonly string[];
  /** In how many places it may be used, this one included. */
  readonly placeCount: number;
}

export type Place = Pick<KeyPlace, 'on' | 'id'>;
export type ListingGrant = Grant<'access_key.list'> | Grant<'project_access_key.list'>;

/**
 * Whether whoever looks is told when a key with these places was used: one that opens another workspace, too, or once did,
 * was used there for all that one knows, and that is not for the people here. Anybody who knows a public key can add it to a
 * repository of their own.
 *
 * @param places all that it ever had
 */
export const isUseTold = (
  reader: PrincipalData,
  places: readonly { readonly workspaceId: string }[],
): boolean => reader.type === 'operator' || new Set(places.map(({ workspaceId }) => workspaceId)).size <= 1;

/** Whether they are told what confines a key with these places: whoever let it in first said that. */
export const isConfinedHere = (
  reader: PrincipalData,
  [first]: readonly { readonly workspaceId: string }[],
  workspaceId: string,
): boolean => reader.type === 'operator' || first?.workspaceId === workspaceId;

/** Instead of what confines a key, for whoever is not told. */
export const CONFINED_ELSEWHERE = 'confined further by whoever let it in first, elsewhere: ask them';

/** A page of the access keys of a place: of those that open it, or of those that have expired. */
export interface AccessKeyPage {
  readonly keys: readonly ListedAccessKey[];
  readonly size: number;
  readonly others: number;
}

/** The access keys of the repository of the grant, the newest first. */
export const listAccessKeys = (
  services: Services,
  grant: Grant<'access_key.list'>,
): Promise<readonly ListedAccessKey[]> =>
  list(services, grant, { on: 'repository', id: grant.targets[0].id });

/** A page of the same. */
export const viewAccessKeys = (
  services: Services,
  grant: Grant<'access_key.list'>,
  which: WhichPage,
): Promise<AccessKeyPage> => page(services, grant, { on: 'repository', id: grant.targets[0].id }, which);

/** The access keys of a project of the grant's workspace. Throws `Problem` for an unknown project. */
export async function listProjectAccessKeys(
  services: Services,
  grant: Grant<'project_access_key.list'>,
  projectKey: string,
): Promise<readonly ListedAccessKey[]> {
  const { id } = await viewProject(services, grant, projectKey);
  return list(services, grant, { on: 'project', id });
}

/** A page of the same. Throws `Problem` for an unknown project. */
export async function viewProjectAccessKeys(
  services: Services,
  grant: Grant<'project_access_key.list'>,
  projectKey: string,
  which: WhichPage,
): Promise<AccessKeyPage> {
  const { id } = await viewProject(services, grant, projectKey);
  return page(services, grant, { on: 'project', id }, which);
}

/** The other places of an access key of the grant's place: ids alone, for each of which whoever asks needs a grant of its own. */
export async function otherPlaces(
  services: Services,
  grant: ListingGrant,
  { id, credentialId }: Pick<PlacedKey, 'id' | 'credentialId'>,
): Promise<
  readonly {
    readonly on: 'repository' | 'project';
    readonly id: string;
    readonly workspaceId: string;
    readonly number: number;
    readonly expiresAt: number | null;
  }[]
> {
  const [target] = grant.targets;
  const places = await placesOfKey(services.database, credentialId);
  const here = places.find((place) => place.id === id);
  if (here === undefined || (target.type === 'workspace' ? here.workspaceId : here.place.id) !== target.id)
    throw noSuchAccessKey(id);
  return places.flatMap((each) =>
    each.id === id
      ? []
      : [{ ...each.place, workspaceId: each.workspaceId, number: each.id, expiresAt: each.expiresAt }],
  );
}

async function list(
  services: Services,
  grant: ListingGrant,
  place: Place,
): Promise<readonly ListedAccessKey[]> {
  await services.writeUses();
  return completed(services, grant, await placedKeys(services.database, place));
}

async function page(
  services: Services,
  grant: ListingGrant,
  place: Place,
  which: WhichPage,
): Promise<AccessKeyPage> {
  await services.writeUses();
  const now = services.clock();
  const { placed, ...sizes } = await pageOfPlacedKeys(services.database, place, windowOf(which), now);
  return { ...sizes, keys: await completed(services, grant, placed) };
}

/** With what is said of each besides its place. */
export async function completed(
  services: Services,
  grant: ListingGrant,
  placed: readonly PlacedKey[],
): Promise<readonly ListedAccessKey[]> {
  const { database } = services;
  const now = services.clock();
  const ids = placed.map(({ credentialId }) => credentialId);
  const keys = await keysOf(database, ids);
  const uses = await lastUses(database, ids);
  const listed: ListedAccessKey[] = [];
  for (const each of placed) {
    const key = keys.get(each.credentialId);
    const found = await findById(database, each.credentialId);
    if (key === undefined || found === undefined) continue;
    const ever = await everyPlaceOf(database, each.credentialId);
    const tellsUse = isUseTold(grant.principal, ever);
    const words = await boundsInWords(services, found.bounds, grant.principal);
    const told = isConfinedHere(grant.principal, ever, workspaceOf(grant));
    const isExpired = each.expiresAt !== null && each.expiresAt <= now;
    listed.push({
      ...each,
      key,
      lastUsedAt: tellsUse ? (uses.get(each.credentialId) ?? null) : null,
      tellsUse,
      notBefore: found.row.not_before,
      pausedAt: found.row.paused_at,
      bounds: told ? found.bounds : [],
      boundWords: told || words.length === 0 ? words : [CONFINED_ELSEWHERE],
      state: isExpired ? 'expired' : stateOf(found.row, now).state,
      placeCount: ever.filter(({ isLive, expiresAt }) => isLive && (expiresAt === null || expiresAt > now))
        .length,
    });
  }
  return listed;
}

function workspaceOf(grant: ListingGrant): string {
  const [target] = grant.everyTarget;
  return target?.type === 'repository' ? target.workspace.id : target?.type === 'workspace' ? target.id : '';
}

/** The key of this number in a place, as an address names it. Throws `Problem` when it is not there. */
export function keyNumbered<Key extends PlacedKey>(keys: readonly Key[], number: string): Key {
  const key = /^\d{1,9}$/.test(number) ? keys.find(({ id }) => id === Number(number)) : undefined;
  if (key === undefined) throw noSuchAccessKey(number);
  return key;
}

export const noSuchAccessKey = (number: number | string): Problem =>
  new Problem('not_found', `There is no access key ${JSON.stringify(String(number).slice(0, 20))} here.`);
