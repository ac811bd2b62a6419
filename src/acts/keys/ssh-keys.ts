import {
  addKey,
  chooseExpiry,
  chooseLabel,
  chooseNotBefore,
  keysOf,
  listCredentials,
  pageOfOwned,
  readPublicKey,
  revokeCredentials,
  type Credential,
  type CredentialPage,
  type KeptKey,
} from '../../credentials/index.ts';
import { accountOf, describeBound, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { confine, type Confinement } from '../credentials/confinement.ts';
import { hasEnded } from '../credentials/standing.ts';
import { completeView, type ViewedCredential } from '../credentials/view.ts';
import { windowOf, type WhichPage } from '../credentials/which-page.ts';
import { change } from '../transaction.ts';

/** A credential with the public key that proves it. */
export interface ListedKey {
  readonly credential: Credential;
  readonly key: KeptKey;
}

/** What is said of a key besides the key itself. */
export interface KeyInput {
  /** As a `.pub` file has it. */
  readonly publicKey: string;
  /** Empty takes the comment of the key. */
  readonly label: string;
  readonly notBefore?: number | null;
  readonly expiresAt?: number | null;
  readonly confinement?: Confinement;
}

/** Everything of a new key that can be judged before the database is asked. Throws `Problem`. */
export async function chooseKey(
  services: Services,
  grant: Grant<'ssh_key.add'> | Grant<'access_key.add'> | Grant<'project_access_key.add'>,
  input: KeyInput,
) {
  const key = readPublicKey(input.publicKey);
  const label = chooseLabel(input.label.trim() === '' ? key.comment : input.label);
  const expiresAt = chooseExpiry(input.expiresAt ?? null, services.clock(), true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {});
  return { key, label, expiresAt, notBefore, bounds };
}

/** Adds an SSH key to the account of the grant. Throws `Problem` for a bad key, and for one that somebody has already. */
export async function addSshKey(
  services: Services,
  grant: Grant<'ssh_key.add'>,
  input: KeyInput,
): Promise<{ readonly id: string; readonly fingerprint: string }> {
  const { key, label, expiresAt, notBefore, bounds } = await chooseKey(services, grant, input);
  const owner = { type: 'account', id: grant.targets[0].id } as const;
  const createdBy = accountOf(grant.principal)?.id ?? null;
  const { fingerprint } = key;
  const id = await change(
    services,
    grant,
    async (trx, now) => {
      const wanted = { kind: 'ssh_key', owner, label, notBefore, expiresAt, bounds, createdBy } as const;
      const made = await addKey(trx, wanted, key, now);
      const told = {
        kind: 'SSH key',
        label,
        of: null,
        replaces: null,
        path: '/account/settings/ssh-keys',
      };
      await tellOfKey(trx, services, grant, told, now);
      return made;
    },
    (made) => ({
      target: { type: 'credential', id: made },
      detail: { label, fingerprint, bounds: bounds.map((bound) => describeBound(bound)) },
    }),
  );
  return { id, fingerprint };
}

/** The SSH keys of the account of the grant, newest first, ended ones included. */
export async function listSshKeys(
  services: Services,
  grant: Grant<'ssh_key.list'>,
): Promise<readonly ListedKey[]> {
  await services.writeUses();
  const owner = { type: 'account', id: grant.targets[0].id } as const;
  const credentials = await listCredentials(services.database, { owner, kind: 'ssh_key' }, services.clock());
  return withKeys(services, credentials);
}

/** A page of the same, with the public keys by credential id. */
export async function viewSshKeys(
  services: Services,
  grant: Grant<'ssh_key.list'>,
  which: WhichPage,
): Promise<CredentialPage & { readonly keys: ReadonlyMap<string, KeptKey> }> {
  await services.writeUses();
  const { database } = services;
  const owner = { type: 'account', id: grant.targets[0].id } as const;
  const of = { owner, kind: 'ssh_key' } as const;
  const shown = await pageOfOwned(database, of, windowOf(which), services.clock());
  const keys = await keysOf(
    database,
    shown.credentials.map(({ id }) => id),
  );
  return { ...shown, keys };
}

/** One SSH key with all that its owner may know of it. */
export interface ViewedSshKey extends ViewedCredential {
  readonly key: KeptKey;
}

/** One of the same, by its public id. Throws `Problem` when it is not among them. */
export async function viewSshKey(
  services: Services,
  grant: Grant<'ssh_key.list'>,
  id: string,
): Promise<ViewedSshKey> {
  await services.writeUses();
  const among = { owner: { type: 'account', id: grant.targets[0].id }, kind: 'ssh_key', id } as const;
  const credentials = await listCredentials(services.database, among, services.clock());
  const [found] = await withKeys(services, credentials);
  if (found === undefined) throw new Problem('not_found', 'You have no SSH key of this id.');
  return { ...(await completeView(services, found.credential, grant.principal)), key: found.key };
}

/** With the public key of each. */
async function withKeys(
  services: Services,
  credentials: readonly Credential[],
): Promise<readonly ListedKey[]> {
  const keys = await keysOf(
    services.database,
    credentials.map(({ id }) => id),
  );
  return credentials.flatMap((credential) => {
    const key = keys.get(credential.id);
    return key === undefined ? [] : [{ credential, key }];
  });
}

/**
 * Ends an SSH key of the account of the grant, named by its public id, its fingerprint or its `{uuid}`. Throws `Problem`
 * when it has none that is active.
 */
export async function revokeSshKey(
  services: Services,
  grant: Grant<'ssh_key.revoke'>,
  name: string,
): Promise<void> {
  const owner = { type: 'account', id: grant.targets[0].id } as const;
  const credentials = await listCredentials(services.database, { owner, kind: 'ssh_key' }, services.clock());
  const found = (await withKeys(services, credentials)).find(
    ({ credential, key }) =>
      !hasEnded(credential) &&
      (credential.id === name || key.fingerprint === name || `{${key.uuid}}` === name || key.uuid === name),
  );
  const by = accountOf(grant.principal)?.id ?? null;
  const id = found?.credential.id;
  const ended =
    id === undefined
      ? 0
      : await change(
          services,
          grant,
          (trx, now) => revokeCredentials(trx, { id, owner }, by, now),
          (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
        );
  if (ended === 0) throw new Problem('not_found', `There is no active SSH key ${name} here.`);
}
