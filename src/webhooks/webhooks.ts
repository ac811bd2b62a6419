import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { SealingKeys } from '../credentials/sealing-keys.ts';
import type { Secret } from '../credentials/secret.ts';
import type { Handle } from '../store/handle.ts';
import type { WebhookTable } from '../store/schema.ts';
import { isEvent, type EventName } from './events.ts';

/** Whose right to know it is by which a webhook tells anything. */
export interface WebhookMaker {
  readonly accountId: string;
  /** Public id of the credential with which they set it up; null where they did so on a page. */
  readonly credentialId: string | null;
}

/** What somebody chose. */
export interface WebhookInput {
  readonly url: string;
  readonly description: string;
  readonly events: readonly EventName[];
  readonly isActive: boolean;
  readonly skipsCertVerification: boolean;
}

export interface Webhook extends WebhookInput {
  readonly id: string;
  readonly repositoryId: string;
  readonly hasSecret: boolean;
  readonly maker: WebhookMaker;
  readonly createdAt: number;
  /** The last delivery that was sent failed: until one arrives, each is tried once. */
  readonly isFailing: boolean;
  /** Events that were not written down since then, because too many waited. Null where there are none since one was delivered. */
  readonly notKept: { readonly count: number; readonly since: number } | null;
}

const webhookFrom = (row: Selectable<WebhookTable>): Webhook => ({
  id: row.id,
  repositoryId: row.repository_id,
  url: row.url,
  description: row.description,
  events: row.events.split(' ').filter(isEvent),
  isActive: row.active === 1,
  skipsCertVerification: row.skip_cert_verification === 1,
  hasSecret: row.sealed_secret !== null,
  maker: { accountId: row.maker_account_id, credentialId: row.maker_credential_id },
  createdAt: row.created_at,
  isFailing: row.failing === 1,
  notKept: row.not_kept_since === null ? null : { count: row.not_kept, since: row.not_kept_since },
});

const rowFrom = ({ url, description, events, isActive, skipsCertVerification }: WebhookInput) => ({
  url,
  description,
  events: events.join(' '),
  active: isActive ? 1 : 0,
  skip_cert_verification: skipsCertVerification ? 1 : 0,
});

const makerFrom = ({ accountId, credentialId }: WebhookMaker) => ({
  maker_account_id: accountId,
  maker_credential_id: credentialId,
});

/** What a secret is sealed for: in the row of another webhook it does not open. */
const boundTo = (id: string): string => `webhook-secret ${id}`;

/** The webhooks of a repository, the first that was made first. */
export async function listWebhooks(db: Handle, repositoryId: string): Promise<Webhook[]> {
  const rows = await db
    .selectFrom('webhook')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(webhookFrom);
}

/** Undefined where the repository has none of that id. */
export async function findWebhook(
  db: Handle,
  repositoryId: string,
  id: string,
): Promise<Webhook | undefined> {
  const row = await db
    .selectFrom('webhook')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && webhookFrom(row);
}

/** The secret with which what it is sent is signed; null where it has none. Throws where its sealing key is missing. */
export async function secretOfWebhook(db: Handle, seals: SealingKeys, id: string): Promise<Secret | null> {
  const row = await db.selectFrom('webhook').select('sealed_secret').where('id', '=', id).executeTakeFirst();
  return row === undefined || row.sealed_secret === null ? null : seals.open(row.sealed_secret, boundTo(id));
}

/** Wants a transaction that holds the repository. @returns its id */
export async function insertWebhook(
  db: Handle,
  seals: SealingKeys,
  webhook: WebhookInput & {
    readonly repositoryId: string;
    readonly secret: Secret | null;
    readonly maker: WebhookMaker;
  },
  now: number,
): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('webhook')
    .values({
      id,
      repository_id: webhook.repositoryId,
      ...rowFrom(webhook),
      ...makerFrom(webhook.maker),
      sealed_secret: webhook.secret === null ? null : seals.seal(webhook.secret, boundTo(id)),
      created_at: now,
      failing: 0,
      not_kept: 0,
      not_kept_since: null,
    })
    .execute();
  return id;
}

/**
 * Where it failed before, it starts anew.
 * @param secret undefined leaves it as it is
 */
export async function updateWebhook(
  db: Handle,
  seals: SealingKeys,
  id: string,
  webhook: WebhookInput & { readonly secret: Secret | null | undefined; readonly maker: WebhookMaker },
): Promise<void> {
  const { secret } = webhook;
  await db
    .updateTable('webhook')
    .set({
      ...rowFrom(webhook),
      ...makerFrom(webhook.maker),
      failing: 0,
      ...(secret !== undefined && {
        sealed_secret: secret === null ? null : seals.seal(secret, boundTo(id)),
      }),
    })
    .where('id', '=', id)
    .execute();
}

/** Something arrived: all is well with it. */
export async function noteDelivered(db: Handle, id: string): Promise<void> {
  await db
    .updateTable('webhook')
    .set({ failing: 0, not_kept: 0, not_kept_since: null })
    .where('id', '=', id)
    // Mostly it is: then nothing is written.
    .where(({ eb, or }) => or([eb('failing', '=', 1), eb('not_kept', '>', 0)]))
    .execute();
}

/** Something was sent as often as it is tried, and did not arrive. */
export async function noteFailed(db: Handle, id: string): Promise<void> {
  await db.updateTable('webhook').set({ failing: 1 }).where('id', '=', id).where('failing', '=', 0).execute();
}

/** With what waits for it and how its last deliveries went. @returns whether it was there */
export async function deleteWebhook(db: Handle, repositoryId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook')
    .where('repository_id', '=', repositoryId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** All of a repository. @returns how many there were */
export async function deleteWebhooks(db: Handle, repositoryId: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('webhook')
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
