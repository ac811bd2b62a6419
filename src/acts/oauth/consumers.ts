import { createCredential, listCredentials, type Credential, type Secret } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import {
  chooseConsumer,
  consumersById,
  deleteConsumer,
  insertConsumer,
  listConsumers,
  pageOfConsumers,
  updateConsumer,
  type Consumer,
  type ConsumerInput,
} from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';

/** A consumer with its secrets, newest first; a public one has none. */
export interface ViewedConsumer {
  readonly consumer: Consumer;
  readonly secrets: readonly Credential[];
}

export interface NewConsumer {
  readonly consumer: Consumer;
  /** With the public id under which it is listed; null for a public consumer. */
  readonly secret: { readonly id: string; readonly secret: Secret } | null;
}

/** The OAuth consumers of the workspace of the grant, by name. */
export async function listOauthConsumers(
  services: Services,
  grant: Grant<'consumer.list'>,
): Promise<ViewedConsumer[]> {
  await services.writeUses();
  return withSecrets(services, await listConsumers(services.database, grant.targets[0].id));
}

/** A page of the same, and how many there are in all. */
export async function viewOauthConsumers(
  services: Services,
  grant: Grant<'consumer.list'>,
  window: { readonly offset: number; readonly limit: number },
): Promise<{ readonly viewed: readonly ViewedConsumer[]; readonly size: number }> {
  await services.writeUses();
  const { consumers, size } = await pageOfConsumers(services.database, grant.targets[0].id, window);
  return { viewed: await withSecrets(services, consumers), size };
}

/** The consumers of the workspace of the grant that these credentials belong to, by id. */
export const viewOwningConsumers = (
  services: Services,
  grant: Grant<'consumer.list'>,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, Consumer>> => {
  const ids = credentials.flatMap(({ owner }) => (owner.type === 'consumer' ? [owner.id] : []));
  return consumersById(services.database, grant.targets[0].id, ids);
};

async function withSecrets(services: Services, consumers: readonly Consumer[]): Promise<ViewedConsumer[]> {
  const viewed: ViewedConsumer[] = [];
  for (const consumer of consumers) {
    viewed.push({ consumer, secrets: await secretsOf(services, services.database, consumer) });
  }
  return viewed;
}

const secretsOf = (services: Services, db: Handle, { id }: Consumer): Promise<Credential[]> =>
  listCredentials(db, { owner: { type: 'consumer', id }, kind: 'oauth_consumer_secret' }, services.clock());

type ConsumerGrant =
  | Grant<'consumer.list'>
  | Grant<'consumer.update'>
  | Grant<'consumer.delete'>
  | Grant<'consumer.rotate'>
  | Grant<'consumer.narrow'>;

/** By key or id, in the workspace of the grant, with the uses of its secrets until now. Throws `Problem` when it is not there. */
export async function viewOauthConsumer(
  services: Services,
  grant: ConsumerGrant,
  keyOrId: string,
): Promise<ViewedConsumer> {
  await services.writeUses();
  return findOauthConsumer(services, grant, keyOrId);
}

/** The same for what does not ask when it was used. */
export async function findOauthConsumer(
  services: Services,
  grant: ConsumerGrant,
  keyOrId: string,
): Promise<ViewedConsumer> {
  const [{ id: workspaceId }] = grant.targets;
  const consumer = (await listConsumers(services.database, workspaceId)).find(
    ({ id, key }) => id === keyOrId || key === keyOrId,
  );
  if (consumer === undefined) throw noSuchConsumer();
  return { consumer, secrets: await secretsOf(services, services.database, consumer) };
}

const noSuchConsumer = (): Problem =>
  new Problem('not_found', 'This workspace has no OAuth consumer of this key.');

/** Makes a consumer, and for a private one its secret, which is in the answer and can never be had again. Throws `Problem` for bad input. */
export async function createOauthConsumer(
  services: Services,
  grant: Grant<'consumer.create'>,
  input: ConsumerInput & { readonly isPrivate: boolean },
): Promise<NewConsumer> {
  const [{ id: workspaceId }] = grant.targets;
  const chosen = chooseConsumer(input);
  const by = accountOf(grant.principal)?.id ?? null;
  return change(
    services,
    grant,
    async (trx, now) => {
      const consumer = await insertConsumer(
        trx,
        workspaceId,
        { ...chosen, isPrivate: input.isPrivate },
        by,
        now,
      );
      const secret = input.isPrivate ? await makeSecret(services, trx, consumer, by, now) : null;
      return { consumer, secret };
    },
    ({ consumer }) => ({
      target: { type: 'workspace', id: workspaceId },
      detail: { consumer: consumer.key, name: consumer.name, scopes: consumer.scopes },
    }),
  );
}

/**
 * A secret of a private consumer. It holds no scopes of its own: it says who the consumer is, and what a token of it holds
 * is asked for each time.
 */
export const makeSecret = (
  services: Services,
  db: Handle,
  consumer: Consumer,
  createdBy: string | null,
  now: number,
) =>
  createCredential(
    db,
    services.keys,
    {
      kind: 'oauth_consumer_secret',
      owner: { type: 'consumer', id: consumer.id },
      label: consumer.name,
      scopes: [],
      notBefore: null,
      expiresAt: null,
      bounds: [],
      familyId: consumer.id,
      createdBy,
    },
    now,
  );

/** Changes all but key and privacy. Live tokens lose what the consumer loses, at once. Throws `Problem` for bad input and when it is not there. */
export async function changeOauthConsumer(
  services: Services,
  grant: Grant<'consumer.update'>,
  key: string,
  input: ConsumerInput,
): Promise<void> {
  const [{ id: workspaceId }] = grant.targets;
  const { consumer } = await findOauthConsumer(services, grant, key);
  const chosen = chooseConsumer(input);
  await change(
    services,
    grant,
    async (trx) => {
      if (!(await updateConsumer(trx, { id: consumer.id, workspaceId }, chosen))) throw noSuchConsumer();
    },
    () => ({
      target: { type: 'workspace', id: workspaceId },
      detail: { consumer: consumer.key, name: chosen.name, scopes: chosen.scopes },
    }),
  );
}

/** Ends a consumer with everything that it was given. Throws `Problem` when it is not there. */
export async function deleteOauthConsumer(
  services: Services,
  grant: Grant<'consumer.delete'>,
  key: string,
): Promise<void> {
  const [{ id: workspaceId }] = grant.targets;
  const { consumer } = await findOauthConsumer(services, grant, key);
  await change(
    services,
    grant,
    (trx, now) =>
      deleteConsumer(trx, { id: consumer.id, workspaceId }, accountOf(grant.principal)?.id ?? null, now),
    (ended) =>
      ended ? { target: { type: 'workspace', id: workspaceId }, detail: { consumer: consumer.key } } : null,
  );
}
