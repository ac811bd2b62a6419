import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../credentials/secret.ts';
import type { SealingKeys } from '../credentials/sealing-keys.ts';
import type { Handle } from '../store/handle.ts';
import { isMailbox } from './address.ts';
import { writeMessage, type MessageFacts, type MessageKind, type Sender } from './messages.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** After the first failure, the second, and so on; after the last a message is given up. Three days in all, as mail hosts do. */
const PAUSES_MS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 24 * HOUR, 36 * HOUR] as const;

/** A message that is due. */
export interface Letter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly createdAt: number;
}

const Sealed = z.object({
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  uselessAt: z.number().nullable(),
});

/** Of what is worth less than a message about the safety of an account, nothing is added to as many that wait. */
const MOST_WAITING = 500;

const boundTo = (id: string): string => `mail ${id}`;

/** What is needed to write into the outbox; the services of the host are one. */
export interface Writing {
  readonly seals: SealingKeys;
  readonly publicUrl: string;
}

/**
 * Puts a message into the outbox. Give it the transaction of what the message tells: both stand or fall, and a message that
 * stands is sent even if the host ends the moment after. To an address to which nothing can be sent, nothing is.
 * @param uselessAt from when on it need not be sent any more, such as the end of the link in it
 */
export async function postMessage<Kind extends MessageKind>(
  trx: Handle,
  { seals, publicUrl }: Writing,
  to: string,
  kind: Kind,
  facts: MessageFacts[Kind],
  now: number,
  uselessAt: number | null = null,
): Promise<void> {
  if (!isMailbox(to)) return;
  const id = randomUUID();
  const sender: Sender = { url: publicUrl };
  const content: z.infer<typeof Sealed> = { to, ...writeMessage(kind, facts, sender), uselessAt };
  await trx
    .insertInto('mail')
    .values({
      id,
      sealed: seals.seal(new Secret(JSON.stringify(content)), boundTo(id)),
      attempts: 0,
      next_at: now,
      created_at: now,
    })
    .execute();
}

/** Whether so few messages wait that others may join them which can do so themselves. */
export async function hasRoomInOutbox(db: Handle): Promise<boolean> {
  const last = await db
    .selectFrom('mail')
    .select('id')
    .orderBy('next_at')
    .offset(MOST_WAITING - 1)
    .limit(1)
    .executeTakeFirst();
  return last === undefined;
}

/**
 * Takes the message that is due longest, for sending it now. It stays in the outbox and comes up again after a pause, unless
 * `settleMessage` removes it: whoever ends between sending and settling sends it once more, and nothing is lost.
 * @returns undefined when nothing is due; `given up` for one that was tried for days, is of no use any more, or can no longer be read
 */
export async function takeMessage(
  db: Handle,
  seals: SealingKeys,
  now: number,
): Promise<Letter | { readonly id: string; readonly givenUp: string } | undefined> {
  const row = await db
    .selectFrom('mail')
    .selectAll()
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const pause = PAUSES_MS[row.attempts];
  const { numUpdatedRows } = await db
    .updateTable('mail')
    .set({ attempts: row.attempts + 1, next_at: now + (pause ?? 0) })
    .where('id', '=', row.id)
    .where('attempts', '=', row.attempts)
    .executeTakeFirst();
  // Another node took it in between; what is due after it waits for the next round.
  if (numUpdatedRows === 0n) return undefined;
  const giveUp = async (givenUp: string) => {
    await settleMessage(db, row.id);
    return { id: row.id, givenUp };
  };
  if (pause === undefined) return giveUp('it could not be sent for three days');
  let content: z.infer<typeof Sealed>;
  try {
    content = Sealed.parse(JSON.parse(seals.open(row.sealed, boundTo(row.id)).reveal()));
  } catch {
    return giveUp('it cannot be read: its sealing key is missing from the secrets folder');
  }
  const { to, subject, text, uselessAt } = content;
  if (uselessAt !== null && uselessAt <= now) return giveUp('the link in it has expired');
  return { id: row.id, to, subject, text, createdAt: row.created_at };
}

/** Removes a message that was sent. */
export async function settleMessage(db: Handle, id: string): Promise<void> {
  await db.deleteFrom('mail').where('id', '=', id).execute();
}
