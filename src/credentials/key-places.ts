import type { ExpressionBuilder, Selectable } from 'kysely';
import type { KeyPlace } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { AccessKeyPlaceTable, Schema } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import { hasEnded, hasNotEnded } from './ended.ts';
import type { WhichCredentials } from './list.ts';
import { wasTransferredSince } from './transferred.ts';

/** An access key in one place. */
export interface PlacedKey {
  /** Number of the place, the `id` of the REST API. */
  readonly id: number;
  readonly credentialId: string;
  readonly place: Pick<KeyPlace, 'on' | 'id'>;
  readonly label: string;
  readonly role: 'read' | 'write';
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** A place that an access key has, or once had. */
export interface KnownPlace extends PlacedKey {
  /** That it lies in; '' where it was another one then, for the repository was transferred. */
  readonly workspaceId: string;
  /** Whether it was not taken away there. */
  readonly isLive: boolean;
}

/** Every place that an access key ever had, the first one first. */
export const everyPlaceOf = async (db: Handle, credentialId: string): Promise<readonly KnownPlace[]> =>
  (await everyPlaceOfEach(db, [credentialId])).get(credentialId) ?? [];

/** The same of each of these, by credential id; those that never had any are not in it. */
export async function everyPlaceOfEach(
  db: Handle,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, readonly KnownPlace[]>> {
  const rows = await inParts(credentialIds, (part) => selectPlaces(db, part).execute());
  const places = rows.map((row) => ({
    ...placedKey(row),
    workspaceId: row.workspace_id ?? '',
    isLive: row.live === 1,
  }));
  return Map.groupBy(places, (place) => place.credentialId);
}

const selectPlaces = (db: Handle, credentialIds: readonly string[]) =>
  db
    .selectFrom('access_key_place')
    .leftJoin('repository', (join) =>
      join.onRef('repository.id', '=', 'place_id').on('place_type', '=', 'repository'),
    )
    .leftJoin('project', (join) => join.onRef('project.id', '=', 'place_id').on('place_type', '=', 'project'))
    .selectAll('access_key_place')
    .select((where) => [
      where
        .case()
        .when(wasTransferredSince(where, 'access_key_place.place_id', 'access_key_place.created_at'))
        .then('')
        .else(where.fn.coalesce('repository.workspace_id', 'project.workspace_id'))
        .end()
        .as('workspace_id'),
    ])
    .where('access_key_place.credential_id', 'in', credentialIds)
    .orderBy('access_key_place.id');

/** Those in which it is not ended; those that expired are among them. */
export const placesOfKey = async (db: Handle, credentialId: string): Promise<KnownPlace[]> =>
  (await everyPlaceOf(db, credentialId)).filter(({ isLive }) => isLive);

/** Where an access key may be used now. */
export const livePlaces = async (db: Handle, credentialId: string, now: number): Promise<KeyPlace[]> =>
  (await livePlacesOfEach(db, [credentialId], now)).get(credentialId) ?? [];

/** Where each of these access keys may be used now; those that may nowhere are not in it. */
export async function livePlacesOfEach(
  db: Handle,
  credentialIds: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, KeyPlace[]>> {
  const rows = await inParts(credentialIds, (part) =>
    db
      .selectFrom('access_key_place')
      .select(['credential_id', 'place_type', 'place_id', 'role', 'expires_at'])
      .where('credential_id', 'in', part)
      .where('live', '=', 1)
      .orderBy('id')
      .execute(),
  );
  const open = rows.filter(({ expires_at }) => expires_at === null || expires_at > now);
  return new Map(
    [...Map.groupBy(open, ({ credential_id }) => credential_id)].map(([id, places]) => [
      id,
      places.map(({ place_type, place_id, role }) => ({ on: place_type, id: place_id, role })),
    ]),
  );
}

/**
 * Locks a credential, whose places then come and go in one transaction at a time: who takes the last one away ends it.
 * False when it was revoked.
 */
async function lockLive(db: Handle, credentialId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('credential')
    .set((where) => ({ created_at: where.ref('created_at') }))
    .where('id', '=', credentialId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/**
 * Lets a live access key into one more place. Wants a transaction. Throws `Problem` when it is there already, or has just
 * ended.
 */
export async function addPlace(
  db: Handle,
  wanted: Omit<PlacedKey, 'id' | 'createdAt'> & { readonly createdBy: string | null },
  now: number,
): Promise<number> {
  if (!(await lockLive(db, wanted.credentialId)))
    throw new Problem('conflict', 'This key was revoked at this moment; add it again.');
  // A place that has expired is free again.
  await endPlaces(
    db,
    (query) => query.where('credential_id', '=', wanted.credentialId).where('expires_at', '<=', now),
    now,
  );
  const { id } = await db
    .insertInto('access_key_place')
    .values({
      credential_id: wanted.credentialId,
      place_type: wanted.place.on,
      place_id: wanted.place.id,
      label: wanted.label,
      role: wanted.role,
      expires_at: wanted.expiresAt,
      created_at: now,
      created_by: wanted.createdBy,
      ended_at: null,
      live: 1,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(orTaken(() => alreadyHere(wanted.place.on)));
  return id;
}

/** In the words of Bitbucket Cloud. */
function alreadyHere(place: KeyPlace['on']): Problem {
  const message = `Someone has already added that access key to this ${place}.`;
  return new Problem('taken', message, { fields: { key: [message] } });
}

type PlaceUpdate = ReturnType<typeof endingPlaces>;

const endingPlaces = (db: Handle, now: number) =>
  db.updateTable('access_key_place').set({ live: null, ended_at: now }).where('live', '=', 1);

/** @returns how many ended */
async function endPlaces(
  db: Handle,
  which: (query: PlaceUpdate) => PlaceUpdate,
  now: number,
): Promise<number> {
  const { numUpdatedRows } = await which(endingPlaces(db, now)).executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * Takes access keys away from a place: one by its number, or all. A key that has no other place ends with its last one.
 * Returns how many went. Wants a transaction.
 */
export async function removeFromPlace(
  db: Handle,
  place: Pick<KeyPlace, 'on' | 'id'>,
  which: { readonly number: number } | 'all',
  by: string | null,
  now: number,
): Promise<number> {
  const there = db
    .selectFrom('access_key_place')
    .select(['id', 'credential_id'])
    .where('place_type', '=', place.on)
    .where('place_id', '=', place.id)
    .where('live', '=', 1);
  const going = which === 'all' ? there : there.where('id', '=', which.number);
  let gone = 0;
  // In one order for all, so that no two wait for each other.
  for (const each of await going.orderBy('credential_id').execute()) {
    // First: on PostgreSQL, of two who take its last two places away each would still see the other's.
    await lockLive(db, each.credential_id);
    gone += await endPlaces(db, (query) => query.where('id', '=', each.id), now);
    await db
      .updateTable('credential')
      .set({ revoked_at: now, revoked_by: by })
      .where('id', '=', each.credential_id)
      .where((where) => hasNotEnded(where, now))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('access_key_place')
              .select('access_key_place.id')
              .whereRef('access_key_place.credential_id', '=', 'credential.id')
              .where('live', '=', 1),
          ),
        ),
      )
      .execute();
  }
  return gone;
}

const keysIn = (db: Handle, place: Pick<KeyPlace, 'on' | 'id'>) =>
  db
    .selectFrom('access_key_place')
    .innerJoin('credential', 'credential.id', 'access_key_place.credential_id')
    .where('place_type', '=', place.on)
    .where('place_id', '=', place.id)
    .where('live', '=', 1)
    .where('credential.revoked_at', 'is', null);

/** The access keys of a place that are not ended, the newest first; those that expired are among them. */
export async function placedKeys(db: Handle, place: Pick<KeyPlace, 'on' | 'id'>): Promise<PlacedKey[]> {
  const rows = await keysIn(db, place)
    .selectAll('access_key_place')
    .orderBy('access_key_place.id', 'desc')
    .execute();
  return rows.map(placedKey);
}

export interface PlacedKeyPage {
  readonly placed: PlacedKey[];
  /** How many there are in all of what is paged. */
  readonly size: number;
  /** How many there are of the others: expired ones where those that open the place are paged, and the other way round. */
  readonly others: number;
}

/** One page of the same: of those that may open the place, or (`ended`) of those that expired there or altogether. */
export async function pageOfPlacedKeys(
  db: Handle,
  place: Pick<KeyPlace, 'on' | 'id'>,
  { ended, offset, limit }: WhichCredentials,
  now: number,
): Promise<PlacedKeyPage> {
  const hasExpired = (where: ExpressionBuilder<Schema, 'access_key_place' | 'credential'>) =>
    where.or([where('access_key_place.expires_at', '<=', now), hasEnded(where as never, now)]);
  const hasNotExpired = (where: ExpressionBuilder<Schema, 'access_key_place' | 'credential'>) =>
    where.and([
      where.or([
        where('access_key_place.expires_at', 'is', null),
        where('access_key_place.expires_at', '>', now),
      ]),
      hasNotEnded(where as never, now),
    ]);
  const counted = await keysIn(db, place)
    .select((where) => [
      where.fn.countAll<string | number>().as('all'),
      where.fn.count<string | number>(where.case().when(hasExpired(where)).then(1).end()).as('expired'),
    ])
    .executeTakeFirstOrThrow();
  const expired = Number(counted.expired);
  const living = Number(counted.all) - expired;
  const rows = await keysIn(db, place)
    .selectAll('access_key_place')
    .where(ended ? hasExpired : hasNotExpired)
    .orderBy('access_key_place.id', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return {
    placed: rows.map(placedKey),
    size: ended ? expired : living,
    others: ended ? living : expired,
  };
}

const placedKey = (row: Selectable<AccessKeyPlaceTable>): PlacedKey => ({
  id: row.id,
  credentialId: row.credential_id,
  place: { on: row.place_type, id: row.place_id },
  label: row.label,
  role: row.role,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
});
