import {
  addKey,
  addPlace,
  findByFingerprint,
  findById,
  keysOf,
  livePlaces,
  placedKeys,
  placesOfKey,
  removeFromPlace,
  stateOf,
  type KeptKey,
  type PlacedKey,
} from '../../credentials/index.ts';
import { accountOf, describeBound, type Grant, type KeyPlace } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { boundsInWords } from '../explain/words.ts';
import { change } from '../transaction.ts';
import { viewProject } from '../workspaces/projects.ts';
import { chooseKey, type KeyInput } from './ssh-keys.ts';

/** An access key in a place, with its public key. */
export interface ListedAccessKey extends PlacedKey {
  readonly key: KeptKey;
  /** Null for a key that was never used, and for one whose use is not told. */
  readonly lastUsedAt: number | null;
  /**
   * Whether its use is told here: a key that opens another workspace, too, is used there for all that one knows, and that is
   * not for the people here to see. Anybody who knows a public key can add it to a repository of their own.
   */
  readonly tellsUse: boolean;
  readonly state: 'active' | 'paused' | 'revoked' | 'expired';
  /** What confines the key wherever it is used, in words. */
  readonly boundWords: readonly string[];
  /** In how many places it may be used, this one included. */
  readonly placeCount: number;
}

export interface AccessKeyInput extends KeyInput {
  readonly role: 'read' | 'write';
}

type Place = Pick<KeyPlace, 'on' | 'id'>;
type AddingGrant = Grant<'access_key.add'> | Grant<'project_access_key.add'>;
type ListingGrant = Grant<'access_key.list'> | Grant<'project_access_key.list'>;
type RevokingGrant = Grant<'access_key.revoke'> | Grant<'project_access_key.revoke'>;

/** Adds an access key to the repository of the grant. Throws `Problem` for a bad key, and one that an account has. */
export function addAccessKey(
  services: Services,
  grant: Grant<'access_key.add'>,
  input: AccessKeyInput,
): Promise<AddedAccessKey> {
  const [repository] = grant.targets;
  return add(services, grant, { on: 'repository', id: repository.id }, input, (trx) =>
    holdRepository(trx, repository),
  );
}

/** The same for all repositories of a project of the grant's workspace, those to come included. */
export async function addProjectAccessKey(
  services: Services,
  grant: Grant<'project_access_key.add'>,
  projectKey: string,
  input: AccessKeyInput,
): Promise<AddedAccessKey> {
  const { id } = await viewProject(services, grant, projectKey);
  return add(services, grant, { on: 'project', id }, input, async () => {});
}

export interface AddedAccessKey {
  /** Number of the key in this place. */
  readonly number: number;
  readonly credentialId: string;
  readonly fingerprint: string;
}

async function add(
  services: Services,
  grant: AddingGrant,
  place: Place,
  input: AccessKeyInput,
  hold: (trx: Handle) => Promise<unknown>,
): Promise<AddedAccessKey> {
  const { key, label, expiresAt, notBefore, bounds } = await chooseKey(services, grant, input);
  const createdBy = accountOf(grant.principal)?.id ?? null;
  const { role } = input;
  const { fingerprint } = key;
  return change(
    services,
    grant,
    async (trx, now) => {
      await hold(trx);
      const shared = await liveAccessKey(trx, fingerprint, now);
      if (shared !== null && (bounds.length > 0 || notBefore !== null)) {
        throw new Problem(
          'conflict',
          'This key is an access key elsewhere already, and what confines it would confine it there, too: add it without bounds, or use another key.',
        );
      }
      const owner = { type: 'places', id: '' } as const;
      const wanted = {
        kind: 'access_key',
        owner,
        label,
        notBefore,
        expiresAt: null,
        bounds,
        createdBy,
      } as const;
      const credentialId = shared ?? (await addKey(trx, wanted, key, now));
      const placed = { credentialId, place, label, role, expiresAt, createdBy };
      return { number: await addPlace(trx, placed, now), credentialId, fingerprint };
    },
    ({ credentialId }) => ({
      target: { type: 'credential', id: credentialId },
      detail: {
        label,
        fingerprint,
        role,
        [place.on]: place.id,
        bounds: bounds.map((bound) => describeBound(bound)),
      },
    }),
  );
}

/** The live access key of this fingerprint; several places share one. */
async function liveAccessKey(db: Handle, fingerprint: string, now: number): Promise<string | null> {
  const found = await findByFingerprint(db, fingerprint);
  if (found?.kind !== 'access_key' || stateOf(found.row, now).state === 'revoked') return null;
  return (await livePlaces(db, found.row.id, now)).length === 0 ? null : found.row.id;
}

/** The access keys of the repository of the grant, the newest first. */
export const listAccessKeys = (
  services: Services,
  grant: Grant<'access_key.list'>,
): Promise<readonly ListedAccessKey[]> =>
  list(services, grant, { on: 'repository', id: grant.targets[0].id });

/** The access keys of a project of the grant's workspace. Throws `Problem` for an unknown project. */
export async function listProjectAccessKeys(
  services: Services,
  grant: Grant<'project_access_key.list'>,
  projectKey: string,
): Promise<readonly ListedAccessKey[]> {
  const { id } = await viewProject(services, grant, projectKey);
  return list(services, grant, { on: 'project', id });
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
  }[]
> {
  const [target] = grant.targets;
  const places = await placesOfKey(services.database, credentialId);
  const here = places.find((place) => place.id === id);
  if (here === undefined || (target.type === 'workspace' ? here.workspaceId : here.place.id) !== target.id)
    throw noSuchAccessKey(id);
  return places.flatMap((each) =>
    each.id === id ? [] : [{ ...each.place, workspaceId: each.workspaceId, number: each.id }],
  );
}

async function list(
  services: Services,
  grant: ListingGrant,
  place: Place,
): Promise<readonly ListedAccessKey[]> {
  await services.usage.flush();
  const { database } = services;
  const now = services.clock();
  const placed = await placedKeys(database, place);
  const keys = await keysOf(
    database,
    placed.map(({ credentialId }) => credentialId),
  );
  const listed: ListedAccessKey[] = [];
  for (const each of placed) {
    const key = keys.get(each.credentialId);
    const found = await findById(database, each.credentialId);
    if (key === undefined || found === undefined) continue;
    const places = await placesOfKey(database, each.credentialId);
    const tellsUse =
      grant.principal.type === 'operator' || new Set(places.map(({ workspaceId }) => workspaceId)).size === 1;
    const isExpired = each.expiresAt !== null && each.expiresAt <= now;
    listed.push({
      ...each,
      key,
      lastUsedAt: tellsUse ? found.row.last_used_at : null,
      tellsUse,
      boundWords: await boundsInWords(services, found.bounds, grant.principal),
      state: isExpired ? 'expired' : stateOf(found.row, now).state,
      placeCount: places.filter(({ expiresAt }) => expiresAt === null || expiresAt > now).length,
    });
  }
  return listed;
}

/**
 * Takes an access key away from the repository of the grant, by its number there; elsewhere it goes on, and it ends with
 * its last place. Throws `Problem` when it is not there.
 */
export const revokeAccessKey = (
  services: Services,
  grant: Grant<'access_key.revoke'>,
  number: number | string,
): Promise<void> => revoke(services, grant, { on: 'repository', id: grant.targets[0].id }, number);

/** The same for a project of the grant's workspace. */
export async function revokeProjectAccessKey(
  services: Services,
  grant: Grant<'project_access_key.revoke'>,
  projectKey: string,
  number: number | string,
): Promise<void> {
  const { id } = await viewProject(services, grant, projectKey);
  return revoke(services, grant, { on: 'project', id }, number);
}

async function revoke(
  services: Services,
  grant: RevokingGrant,
  place: Place,
  number: number | string,
): Promise<void> {
  const placed = (await placedKeys(services.database, place)).find(({ id }) => String(id) === String(number));
  const by = accountOf(grant.principal)?.id ?? null;
  const gone =
    placed === undefined
      ? 0
      : await change(
          services,
          grant,
          (trx, now) => removeFromPlace(trx, place, { number: placed.id }, by, now),
          (count) =>
            count === 0
              ? null
              : { target: { type: 'credential', id: placed.credentialId }, detail: { [place.on]: place.id } },
        );
  if (gone === 0) throw noSuchAccessKey(number);
}

/** The key of this number in a place, as an address names it. Throws `Problem` when it is not there. */
export function keyNumbered(keys: readonly ListedAccessKey[], number: string): ListedAccessKey {
  const key = /^\d{1,9}$/.test(number) ? keys.find(({ id }) => id === Number(number)) : undefined;
  if (key === undefined) throw noSuchAccessKey(number);
  return key;
}

export const noSuchAccessKey = (number: number | string): Problem =>
  new Problem('not_found', `There is no access key ${JSON.stringify(String(number).slice(0, 20))} here.`);
