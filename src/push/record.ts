import { randomUUID } from 'node:crypto';
import type { PushCommand } from '../git/command-list.ts';
import type { ObjectId } from '../git/object-id.ts';
import { accountOf, appUserOf, type PrincipalData } from '../gate/index.ts';
import type { Database, Handle } from '../store/handle.ts';
import type { PushTable } from '../store/schema.ts';
import { Problem } from '../problem.ts';
import { orTaken } from '../store/taken.ts';
import { commitUnsynced, commitUnsyncedBesideChanges } from '../store/unsynced.ts';

/** Databases bound the parameters of one statement. */
const CHUNK = 500;

export interface PushRecord {
  readonly id: string;
  readonly repositoryId: string;
  readonly data: PushTable['data'];
  readonly createdAt: number;
  readonly commands: readonly PushCommand[];
}

/** Which pull request a push merges, and the commit of its source that is merged. */
export interface Merging {
  readonly pullRequest: number;
  readonly source: ObjectId;
}

/**
 * Writes down what is about to move, and by whom. Wants a transaction, and to be committed before any ref moves. Throws
 * `Problem` (`conflict`) where another push merges the same pull request now.
 */
export async function insertPush(
  db: Handle,
  push: Pick<PushRecord, 'repositoryId' | 'data' | 'commands'> & {
    readonly principal: PrincipalData;
    readonly address: string | null;
    readonly merging?: Merging | null;
  },
  now: number,
): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('push')
    .values({
      id,
      repository_id: push.repositoryId,
      data: push.data,
      credential_id: push.principal.type === 'credential' ? push.principal.credentialId : null,
      ...actorOf(push.principal),
      address: push.address,
      state: 'intended',
      created_at: now,
      completed_at: null,
      pull_request: push.merging?.pullRequest ?? null,
      merged_commit: push.merging?.source ?? null,
    })
    .execute()
    .catch(orTaken(beingMerged));
  const rows = push.commands.map(({ ref, old, new: new_id }, position) => ({
    push_id: id,
    position,
    ref,
    old_id: old,
    new_id,
    moved: null,
  }));
  for (let start = 0; start < rows.length; start += CHUNK) {
    await db
      .insertInto('push_ref')
      .values(rows.slice(start, start + CHUNK))
      .execute();
  }
  return id;
}

const beingMerged = (): Problem =>
  new Problem(
    'conflict',
    'Somebody else is merging this pull request at this moment: look at it again, and repeat what you want.',
  );

function actorOf(principal: PrincipalData): Pick<PushTable, 'actor_type' | 'actor_id'> {
  const appUser = appUserOf(principal);
  if (appUser !== null) return { actor_type: 'app_user', actor_id: appUser.id };
  const account = accountOf(principal);
  return account === null
    ? { actor_type: 'host', actor_id: principal.type === 'job' ? principal.name : principal.type }
    : { actor_type: 'account', actor_id: account.id };
}

/** Writes down which refs moved. A push of which none did is `abandoned`. Wants a transaction. */
export async function completePush(
  db: Handle,
  id: string,
  moved: ReadonlySet<string>,
  now: number,
): Promise<void> {
  await db.updateTable('push_ref').set({ moved: 0 }).where('push_id', '=', id).execute();
  const refs = [...moved];
  for (let start = 0; start < refs.length; start += CHUNK) {
    await db
      .updateTable('push_ref')
      .set({ moved: 1 })
      .where('push_id', '=', id)
      .where('ref', 'in', refs.slice(start, start + CHUNK))
      .execute();
  }
  await db
    .updateTable('push')
    .set({ state: moved.size > 0 ? 'completed' : 'abandoned', completed_at: now })
    .where('id', '=', id)
    .execute();
}

/**
 * The same, with what belongs to it, in a transaction that nobody waits for until it lies on the disk: where a power cut
 * undid it, the next start finds the push open.
 *
 * @param locks what belongs to it locks rows that other changes lock in an order of their own
 */
export const completePushUnsynced = (
  database: Database,
  id: string,
  moved: ReadonlySet<string>,
  now: number,
  alongside: (trx: Handle) => Promise<void>,
  locks = false,
): Promise<void> =>
  (locks ? commitUnsyncedBesideChanges : commitUnsynced)(database, async (trx) => {
    await completePush(trx, id, moved, now);
    await alongside(trx);
  });

/** Pushes whose end was never written down, the oldest first. */
export async function openPushes(db: Handle): Promise<PushRecord[]> {
  const pushes = await db
    .selectFrom('push')
    .selectAll()
    .where('state', '=', 'intended')
    .orderBy('created_at')
    .execute();
  const records: PushRecord[] = [];
  for (const push of pushes) {
    const refs = await db
      .selectFrom('push_ref')
      .selectAll()
      .where('push_id', '=', push.id)
      .orderBy('position')
      .execute();
    records.push({
      id: push.id,
      repositoryId: push.repository_id,
      data: push.data,
      createdAt: push.created_at,
      commands: refs.map(({ ref, old_id, new_id }) => ({ ref, old: old_id, new: new_id })),
    });
  }
  return records;
}

/** Who pushed; null for the host itself, and for who pushes with an access key. */
export async function pusherOf(
  db: Handle,
  id: string,
): Promise<{ readonly actor_type: 'account' | 'app_user'; readonly actor_id: string } | null> {
  const row = await db
    .selectFrom('push')
    .select(['actor_type', 'actor_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const { actor_type, actor_id } = row;
  return actor_type === 'host' ? null : { actor_type, actor_id };
}

/** Which pull request a push merges; undefined where it merges none. */
export async function mergingOf(db: Handle, id: string): Promise<Merging | undefined> {
  const push = await db
    .selectFrom('push')
    .select(['pull_request', 'merged_commit'])
    .where('id', '=', id)
    .executeTakeFirst();
  const { pull_request: pullRequest = null, merged_commit: source = null } = push ?? {};
  return pullRequest === null || source === null ? undefined : { pullRequest, source };
}

/** Who pushed, and what of it moved. */
export interface MovedByPush extends Pick<PushTable, 'actor_type' | 'actor_id'> {
  readonly commands: readonly PushCommand[];
}

/** What a push moved, in its order; undefined where there is no such push of this repository. */
export async function movedByPush(
  db: Handle,
  repositoryId: string,
  id: string,
): Promise<MovedByPush | undefined> {
  const push = await db
    .selectFrom('push')
    .select(['actor_type', 'actor_id'])
    .where('id', '=', id)
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
  if (push === undefined) return undefined;
  const rows = await db
    .selectFrom('push_ref')
    .select(['ref', 'old_id', 'new_id'])
    .where('push_id', '=', id)
    .where('moved', '=', 1)
    .orderBy('position')
    .execute();
  return { ...push, commands: rows.map(({ ref, old_id, new_id }) => ({ ref, old: old_id, new: new_id })) };
}

/**
 * What an app user moved in a repository: every commit reachable from `new` and not from `old` was pushed by it. The
 * oldest first; refs that it deleted are left out.
 */
export async function rangesPushedBy(
  db: Handle,
  repositoryId: string,
  appUserId: string,
): Promise<PushCommand[]> {
  const rows = await db
    .selectFrom('push_ref')
    .innerJoin('push', 'push.id', 'push_ref.push_id')
    .select(['push_ref.ref', 'push_ref.old_id', 'push_ref.new_id'])
    .where('push.repository_id', '=', repositoryId)
    .where('push.data', '=', 'repository')
    .where('push.actor_type', '=', 'app_user')
    .where('push.actor_id', '=', appUserId)
    .where('push_ref.moved', '=', 1)
    .where('push_ref.new_id', 'not like', '0000000000000000000000000000000000000000%')
    .orderBy('push.created_at')
    .orderBy('push_ref.position')
    .execute();
  return rows.map(({ ref, old_id, new_id }) => ({ ref, old: old_id, new: new_id }));
}
