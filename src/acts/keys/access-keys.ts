import {
  addKey,
  addPlace,
  findByFingerprint,
  findById,
  keysOf,
  livePlaces,
  placedKeys,
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
import { change } from '../transaction.ts';
import { viewProject } from '../workspaces/projects.ts';
import { chooseKey, type KeyInput } from './ssh-keys.ts';

/** An access key in a place, with its public key. */
export interface ListedAccessKey extends PlacedKey {
  readonly key: KeptKey;
  readonly lastUsedAt: number | null;
  readonly state: 'active' | 'paused' | 'revoked' | 'expired';
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

async function list(
  services: Services,
  _grant: ListingGrant,
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
    const isExpired = each.expiresAt !== null && each.expiresAt <= now;
    listed.push({
      ...each,
      key,
      lastUsedAt: found.row.last_used_at,
      state: isExpired ? 'expired' : stateOf(found.row, now).state,
      placeCount: (await livePlaces(database, each.credentialId, now)).length,
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
  number: number,
): Promise<void> => revoke(services, grant, { on: 'repository', id: grant.targets[0].id }, number);

/** The same for a project of the grant's workspace. */
export async function revokeProjectAccessKey(
  services: Services,
  grant: Grant<'project_access_key.revoke'>,
  projectKey: string,
  number: number,
): Promise<void> {
  const { id } = await viewProject(services, grant, projectKey);
  return revoke(services, grant, { on: 'project', id }, number);
}

async function revoke(services: Services, grant: RevokingGrant, place: Place, number: number): Promise<void> {
  const placed = (await placedKeys(services.database, place)).find(({ id }) => id === number);
  const by = accountOf(grant.principal)?.id ?? null;
  const gone =
    placed === undefined
      ? 0
      : await change(
          services,
          grant,
          (trx, now) => removeFromPlace(trx, place, { number }, by, now),
          (count) =>
            count === 0
              ? null
              : { target: { type: 'credential', id: placed.credentialId }, detail: { [place.on]: place.id } },
        );
  if (gone === 0) throw noSuchAccessKey(number);
}

export const noSuchAccessKey = (number: number | string): Problem =>
  new Problem('not_found', `There is no access key ${JSON.stringify(String(number).slice(0, 20))} here.`);
