import {
  addKey,
  addPlace,
  findByFingerprint,
  livePlaces,
  placedKeys,
  removeFromPlace,
  stateOf,
} from '../../credentials/index.ts';
import { accountOf, describeBound, type Grant } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { viewProject } from '../workspaces/projects.ts';
import { noSuchAccessKey, type Place } from './access-key-list.ts';
import { chooseKey, type KeyInput } from './ssh-keys.ts';

export interface AccessKeyInput extends KeyInput {
  readonly role: 'read' | 'write';
}

type AddingGrant = Grant<'access_key.add'> | Grant<'project_access_key.add'>;
type RevokingGrant = Grant<'access_key.revoke'> | Grant<'project_access_key.revoke'>;

/** Adds an access key to the repository of the grant. Throws `Problem` for a bad key, and one that an account has. */
export function addAccessKey(
  services: Services,
  grant: Grant<'access_key.add'>,
  input: AccessKeyInput,
): Promise<AddedAccessKey> {
  const [repository] = grant.targets;
  const name = `${repository.workspace.slug}/${repository.slug}`;
  const place = {
    on: 'repository',
    id: repository.id,
    called: `the repository ${name}`,
    path: `/${name}/settings/access-keys`,
  } as const;
  return add(services, grant, place, input, (trx) => holdRepository(trx, repository));
}

/** The same for all repositories of a project of the grant's workspace, those to come included. */
export async function addProjectAccessKey(
  services: Services,
  grant: Grant<'project_access_key.add'>,
  projectKey: string,
  input: AccessKeyInput,
): Promise<AddedAccessKey> {
  const { id, key } = await viewProject(services, grant, projectKey);
  const path = `/${grant.targets[0].slug}/-/projects/${key}/access-keys`;
  const called = `the project ${key} of ${grant.targets[0].slug}`;
  return add(services, grant, { on: 'project', id, called, path }, input, async () => {});
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
  /** With what it is called, and the path of the page on which the key can be taken away. */
  { called, path, ...place }: Place & { readonly called: string; readonly path: string },
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
      const number = await addPlace(trx, placed, now);
      const told = { kind: 'access key', label, of: called, replaces: null, path };
      await tellOfKey(trx, services, grant, told, now);
      return { number, credentialId, fingerprint };
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
