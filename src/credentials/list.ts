import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { CredentialKind } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import type { Schema } from '../store/schema.ts';
import { stateOf, type Credential, type CredentialOwner } from './credential.ts';
import { asParentsStand } from './derived.ts';
import { hasNotEnded, isNotOver, isOver } from './ended.ts';
import { isCredentialKind, selectCredentials, type CredentialRow } from './find.ts';
import { boundsOfEach, scopesOfEach } from './held.ts';
import { belongsToRepository, isTokenAbove, type RepositoryPlace } from './opening.ts';

/** What to list: the credentials of one owner, or of the whole host. */
export type CredentialFilter =
  | {
      readonly owner: CredentialOwner;
      readonly kind?: CredentialKind;
      /** One alone, where it is among them. */
      readonly id?: string;
    }
  /** What may enter a repository and belongs to no person. */
  | { readonly opening: RepositoryPlace }
  /** Access tokens of a project and of its workspace. */
  | { readonly above: Pick<RepositoryPlace, 'projectId' | 'workspaceId'> }
  | 'every';

/** Credentials, newest first, ended ones included. */
export const listCredentials = async (
  db: Handle,
  filter: CredentialFilter,
  now: number,
): Promise<Credential[]> => completeListed(db, await filtered(db, filter).execute(), now);

/**
 * Those that have not ended, newest first. What somebody has in use stays few, while the tokens of an account that ended are
 * more with each refresh: a page must not read them all.
 */
export const listLivingCredentials = async (
  db: Handle,
  filter: CredentialFilter,
  now: number,
): Promise<Credential[]> => {
  const living = filtered(db, filter).where((where) => isNotOver(where as never, now));
  return completeListed(db, await living.execute(), now);
};

/** The ids of the same. */
export async function livingIds(db: Handle, filter: CredentialFilter, now: number): Promise<string[]> {
  const living = filtered(db, filter).where((where) => isNotOver(where as never, now));
  const rows = await living.clearSelect().select('credential.id').execute();
  return rows.map(({ id }) => id);
}

/** The ids of those of a kind that have not ended, newest first, by the ids of their owners. */
export async function livingIdsOfEach(
  db: Handle,
  owners: { readonly type: CredentialOwner['type']; readonly ids: readonly string[] },
  kind: CredentialKind,
  now: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await inParts(owners.ids, (part) =>
    db
      .selectFrom('credential')
      .select(['id', 'owner_id'])
      .where('owner_type', '=', owners.type)
      .where('owner_id', 'in', part)
      .where('kind', '=', kind)
      .where((where) => hasNotEnded(where, now))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute(),
  );
  return new Map(
    [...Map.groupBy(rows, ({ owner_id }) => owner_id)].map(([owner, of]) => [owner, of.map(({ id }) => id)]),
  );
}

/** Credentials by their ids, ended ones too. */
export async function credentialsById(
  db: Handle,
  ids: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Credential>> {
  const rows = await inParts(ids, (part) =>
    selectCredentials(db).where('credential.id', 'in', part).execute(),
  );
  return new Map((await completeListed(db, rows, now)).map((each) => [each.id, each]));
}

type Where = ExpressionBuilder<Schema, 'credential'>;

/** Which page of those that live, or of those that have ended. */
export interface WhichCredentials {
  readonly ended: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface CredentialPage {
  readonly credentials: Credential[];
  /** How many there are in all of what is paged. */
  readonly size: number;
  /** How many there are of the others: ended ones where those that live are paged, and the other way round. */
  readonly others: number;
}

/** One page of the credentials of a WHERE, the newest first. */
export async function pageOfCredentials(
  db: Handle,
  among: (where: Where) => Expression<SqlBool>,
  { ended, offset, limit }: WhichCredentials,
  now: number,
): Promise<CredentialPage> {
  const counted = await db
    .selectFrom('credential')
    .select((where) => [
      where.fn.countAll<string | number>().as('all'),
      where.fn.count<string | number>(where.case().when(isOver(where, now)).then(1).end()).as('ended'),
    ])
    .where(among)
    .executeTakeFirstOrThrow();
  const over = Number(counted.ended);
  const living = Number(counted.all) - over;
  const rows = await selectCredentials(db)
    .where((where) => among(where as never))
    .where((where) => (ended ? isOver(where as never, now) : isNotOver(where as never, now)))
    .orderBy('credential.created_at', 'desc')
    .orderBy('credential.id')
    .offset(offset)
    .limit(limit)
    .execute();
  return {
    credentials: await completeListed(db, rows, now),
    size: ended ? over : living,
    others: ended ? living : over,
  };
}

/** One page of the credentials of one kind that somebody owns, the newest first, without what came of another one: that stands with it. */
export const pageOfOwned = (
  db: Handle,
  { owner, kind }: { readonly owner: CredentialOwner; readonly kind: CredentialKind },
  which: WhichCredentials,
  now: number,
): Promise<CredentialPage> =>
  pageOfCredentials(
    db,
    (where) =>
      where.and([
        where('owner_type', '=', owner.type),
        where('owner_id', '=', owner.id),
        where('kind', '=', kind),
        where('parent_id', 'is', null),
      ]),
    which,
    now,
  );

function filtered(db: Handle, filter: CredentialFilter) {
  let query = selectCredentials(db).orderBy('credential.created_at', 'desc').orderBy('credential.id');
  if (filter !== 'every' && 'opening' in filter) {
    const { opening } = filter;
    query = query.where((where) =>
      where.or([belongsToRepository(where as never, opening), isTokenAbove(where as never, opening)]),
    );
  } else if (filter !== 'every' && 'above' in filter) {
    query = query.where((where) => isTokenAbove(where as never, filter.above));
  } else if (filter !== 'every') {
    query = query.where('owner_type', '=', filter.owner.type).where('owner_id', '=', filter.owner.id);
    if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
    if (filter.id !== undefined) query = query.where('credential.id', '=', filter.id);
  }
  return query;
}

/**
 * Rows as their managers see them, with scopes and bounds, and what was derived as its parent lets it stand; those of a kind
 * that this version does not know are left out.
 */
export async function completeListed(
  db: Handle,
  found: readonly CredentialRow[],
  now: number,
): Promise<Credential[]> {
  const rows = await asParentsStand(db, found);
  const ids = rows.map(({ id }) => id);
  const scopes = await scopesOfEach(db, ids);
  const bounds = await boundsOfEach(db, ids);
  return rows.flatMap((row) =>
    isCredentialKind(row.kind)
      ? [
          {
            id: row.id,
            kind: row.kind,
            owner: { type: row.owner_type, id: row.owner_id },
            derivedFrom: row.isDerived ? row.parent_id : null,
            label: row.label,
            scopes: scopes.get(row.id) ?? [],
            bounds: bounds.get(row.id) ?? [],
            createdAt: row.created_at,
            createdBy: row.created_by,
            notBefore: row.not_before,
            expiresAt: row.expires_at,
            retiresAt: row.retires_at,
            lastUsedAt: row.last_used_at,
            pausedAt: row.paused_at,
            isPausedAbove: row.isPausedAbove,
            revokedAt: row.revoked_at,
            state: stateOf(row, now).state,
            appUser:
              row.app_user_id === null || row.app_user_account_id === null
                ? null
                : {
                    id: row.app_user_id,
                    accountId: row.app_user_account_id,
                    displayName: row.app_user_display_name ?? row.label,
                  },
          },
        ]
      : [],
  );
}

/** A credential of this id with what it took the place of and what took its place, oldest first; ended ones too. */
export async function listFamily(db: Handle, id: string, now: number): Promise<Credential[]> {
  const rows = await selectCredentials(db)
    .where('credential.family_id', '=', (where) =>
      where.selectFrom('credential as one').select('one.family_id').where('one.id', '=', id),
    )
    .orderBy('credential.created_at')
    .orderBy('credential.id')
    .execute();
  return completeListed(db, rows, now);
}

/** When each of these was last used, by id; null for one that never was. */
export async function lastUses(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number | null>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('credential').select(['id', 'last_used_at']).where('id', 'in', part).execute(),
  );
  return new Map(rows.map(({ id, last_used_at }) => [id, last_used_at]));
}

/** What has not ended of a family, by id. */
export async function livingOfFamily(db: Handle, familyId: string, now: number): Promise<string[]> {
  const rows = await db
    .selectFrom('credential')
    .select('id')
    .where('family_id', '=', familyId)
    .where((where) => hasNotEnded(where, now))
    .execute();
  return rows.map(({ id }) => id);
}

/** Versions of digest keys that credentials which have not ended were digested under. */
export async function digestKeyVersionsInUse(db: Handle, now: number): Promise<number[]> {
  const rows = await db
    .selectFrom('credential')
    .select('digest_key_version')
    .distinct()
    .where((where) => hasNotEnded(where, now))
    // A public key is not digested under any.
    .where('digest_key_version', '>', 0)
    .execute();
  return rows.map(({ digest_key_version }) => digest_key_version);
}
