import { randomUUID } from 'node:crypto';
import type { Handle } from '../store/handle.ts';
import { digestOf, isToken, newToken } from './token.ts';

const ABSOLUTE_MS = 30 * 24 * 3600_000;
const IDLE_MS = 7 * 24 * 3600_000;
/** The last use is written at most this often, so that a page view is not a write. */
const TOUCH_MS = 60_000;

export interface Session {
  readonly id: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
}

/** Starts a session and returns the value of its cookie, which is kept nowhere. */
export async function startSession(
  db: Handle,
  accountId: string,
  place: { readonly address: string; readonly userAgent: string; readonly passedTwoStep?: boolean },
  now: number,
): Promise<{ readonly id: string; readonly token: string }> {
  const id = randomUUID();
  const token = newToken();
  await db
    .insertInto('session')
    .values({
      id,
      account_id: accountId,
      digest: digestOf(token),
      address: place.address,
      user_agent: place.userAgent.slice(0, 300),
      created_at: now,
      last_used_at: now,
      expires_at: now + ABSOLUTE_MS,
      ended_at: null,
      confirmed_at: now,
      passed_two_step: place.passedTwoStep === true ? 1 : 0,
    })
    .execute();
  return { id, token };
}

/** A live session, as identify needs it. */
export interface LiveSession {
  readonly id: string;
  readonly accountId: string;
  readonly confirmedAt: number;
  /** Its sign-in went through the second step: without, it is none for an account that has one. */
  readonly passedTwoStep: boolean;
}

/** The live session of a cookie, or undefined when it is unknown, ended, too old or unused for too long. */
export async function findSession(db: Handle, token: string, now: number): Promise<LiveSession | undefined> {
  if (!isToken(token)) return undefined;
  const row = await live(db, now).where('digest', '=', digestOf(token)).executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.last_used_at < now - TOUCH_MS) {
    await db.updateTable('session').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  return liveFrom(row);
}

/** The same of a session that was found before: it may have been ended, or grown too old, since. */
export async function findSessionAgain(
  db: Handle,
  id: string,
  now: number,
): Promise<LiveSession | undefined> {
  const row = await live(db, now).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : liveFrom(row);
}

const live = (db: Handle, now: number) =>
  db
    .selectFrom('session')
    .select(['id', 'account_id', 'last_used_at', 'confirmed_at', 'passed_two_step'])
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .where('last_used_at', '>', now - IDLE_MS);

const liveFrom = (row: {
  readonly id: string;
  readonly account_id: string;
  readonly confirmed_at: number;
  readonly passed_two_step: number;
}): LiveSession => ({
  id: row.id,
  accountId: row.account_id,
  confirmedAt: row.confirmed_at,
  passedTwoStep: row.passed_two_step === 1,
});

/** Notes that the person has just proved to be there. */
export async function confirmSession(db: Handle, id: string, now: number): Promise<void> {
  await db.updateTable('session').set({ confirmed_at: now }).where('id', '=', id).execute();
}

/** Counts a session as one that went through the second step: for the one in which that was just set up. */
export async function passTwoStep(db: Handle, id: string): Promise<void> {
  await db.updateTable('session').set({ passed_two_step: 1 }).where('id', '=', id).execute();
}

export interface SessionPage {
  readonly sessions: Session[];
  /** How many there are in all. */
  readonly size: number;
}

/** One page of the live sessions of an account, the most recently used first. */
export async function pageOfSessions(
  db: Handle,
  accountId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  now: number,
): Promise<SessionPage> {
  const { size } = await live(db, now)
    .where('account_id', '=', accountId)
    .clearSelect()
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await live(db, now)
    .where('account_id', '=', accountId)
    .selectAll()
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .offset(offset)
    .limit(limit)
    .execute();
  const sessions = rows.map((row) => ({
    id: row.id,
    address: row.address,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
  return { sessions, size: Number(size) };
}

/** Ends one session of an account, all of them, or all but one. Returns how many ended. */
export async function endSessions(
  db: Handle,
  accountId: string,
  which: { readonly id: string } | { readonly allBut: string } | 'all',
  now: number,
): Promise<number> {
  let query = db
    .updateTable('session')
    .set({ ended_at: now })
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null);
  if (which !== 'all') {
    query = 'id' in which ? query.where('id', '=', which.id) : query.where('id', '!=', which.allBut);
  }
  const { numUpdatedRows } = await query.executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
