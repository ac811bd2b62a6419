import { accountRowById } from '../../accounts/index.ts';
import { accountOf, type Grant, type OperationName } from '../../gate/index.ts';
import { postMessage, type MessageFacts, type MessageKind, type Place } from '../../mail/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';

/** What most messages say besides what they are about. */
export interface About {
  readonly username: string;
  readonly at: number;
  readonly place: Place;
}

/**
 * Tells a person by mail what happened to their account. Give it the transaction in which it happens.
 *
 *     await tell(trx, services, grant, accountId, 'two-step turned on', (about) => about, now);
 */
export async function tell<Kind extends MessageKind>(
  trx: Handle,
  services: Services,
  { address }: Pick<Grant<OperationName>, 'address'>,
  accountId: string,
  kind: Kind,
  facts: (about: About) => MessageFacts[Kind],
  now: number,
): Promise<void> {
  const row = await accountRowById(trx, accountId);
  if (row === undefined) return;
  const about = { username: row.username, at: now, place: { address } };
  await postMessage(trx, services, row.email, kind, facts(about), now);
}

/** Tells whoever made a key that there is one more. What the operator makes is told to nobody. */
export async function tellOfKey(
  trx: Handle,
  services: Services,
  grant: Pick<Grant<OperationName>, 'address' | 'principal'>,
  key: Omit<MessageFacts['key made'], keyof About>,
  now: number,
): Promise<void> {
  const maker = accountOf(grant.principal);
  if (maker === null) return;
  await tell(trx, services, grant, maker.id, 'key made', (about) => ({ ...about, ...key }), now);
}
