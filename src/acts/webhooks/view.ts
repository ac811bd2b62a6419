import { findAccount } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { uuidIn } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import {
  findWebhook,
  lastDeliveries,
  listDeliveries,
  listWebhooks,
  WEBHOOK_EVENTS,
  type Delivery,
  type Webhook,
} from '../../webhooks/index.ts';

export type { Delivery, Webhook } from '../../webhooks/index.ts';

/** Everything that a webhook can be subscribed to. */
export const EVENTS = WEBHOOK_EVENTS;
export { TEST_EVENT, tellsOfPullRequests } from '../../webhooks/index.ts';

/** Of the deliveries of a webhook, as many as are shown. */
const SHOWN = 25;

/** The webhooks of the grant's repository, the first that was made first. */
export const viewWebhooks = (
  { database }: Services,
  { targets: [{ id }] }: Grant<'webhook.list'>,
): Promise<Webhook[]> => listWebhooks(database, id);

/** The last delivery of each of them that has one, by the id of the webhook. */
export const viewLastDeliveries = (
  { database }: Services,
  { targets: [repository] }: Grant<'webhook.list'>,
  webhooks: readonly Webhook[],
): Promise<ReadonlyMap<string, Delivery>> =>
  lastDeliveries(
    database,
    webhooks.filter(({ repositoryId }) => repositoryId === repository.id).map(({ id }) => id),
  );

/** One of them, by its id with or without braces. Throws `Problem` where there is none. */
export const viewWebhook = (
  services: Services,
  grant: Grant<'webhook.list'> | Grant<'webhook.change'>,
  name: string,
): Promise<Webhook> => webhookNamed(services, repositoryOf(grant).id, name);

/** How its last deliveries went, the newest first. Throws `Problem` for a webhook of another repository. */
export async function viewDeliveries(
  { database }: Services,
  { targets: [repository] }: Grant<'webhook.list'>,
  { id, repositoryId }: Webhook,
): Promise<Delivery[]> {
  if (repositoryId !== repository.id) throw noSuchWebhook(id);
  return listDeliveries(database, id, SHOWN);
}

/** Who set it up, in a few words: a person, with the credential that they used. Throws `Problem` for one of another repository. */
export async function viewMaker(
  { database }: Services,
  { targets: [repository] }: Grant<'webhook.list'>,
  { id, repositoryId, maker: { accountId, credentialId } }: Webhook,
): Promise<string> {
  if (repositoryId !== repository.id) throw noSuchWebhook(id);
  const account = await findAccount(database, `{${accountId}}`);
  const name = account === undefined ? 'somebody who is not there any more' : account.displayName;
  return credentialId === null ? name : `${name}, with ${credentialId}`;
}

/** The repository of a grant, which stands behind the account where it is one to change. */
export const repositoryOf = (grant: Grant<'webhook.list'> | Grant<'webhook.change'>) =>
  grant.operation === 'webhook.change' ? grant.targets[1] : grant.targets[0];

/** A webhook of a repository. Throws `Problem` in Bitbucket's words where there is none. */
export async function webhookNamed(
  { database }: Pick<Services, 'database'>,
  repositoryId: string,
  name: string,
): Promise<Webhook> {
  const id = uuidIn(name) ?? uuidIn(`{${name}}`);
  const webhook = id === undefined ? undefined : await findWebhook(database, repositoryId, id);
  if (webhook === undefined) throw noSuchWebhook(name);
  return webhook;
}

export const noSuchWebhook = (name: string): Problem =>
  new Problem('not_found', `${name.slice(0, 100)} is not a valid hook`);
