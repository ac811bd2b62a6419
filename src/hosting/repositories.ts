import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { prepared } from '../store/prepared.ts';
import type { RepositoryTable } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import { uuidIn } from './choices.ts';

export type ForkPolicy = RepositoryTable['fork_policy'];

export interface Repository {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly website: string;
  readonly language: string;
  readonly isPrivate: boolean;
  readonly hasWiki: boolean;
  readonly forkPolicy: ForkPolicy;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
  readonly workspace: { readonly id: string; readonly slug: string; readonly name: string };
  readonly project: { readonly id: string; readonly key: string; readonly name: string };
}

/** A repository with the workspace and the project it is in; callers add their own WHERE. */
export const selectRepositories = (db: Handle) =>
  db
    .selectFrom('repository')
    .innerJoin('workspace', 'workspace.id', 'repository.workspace_id')
    .innerJoin('project', 'project.id', 'repository.project_id')
    .selectAll('repository')
    .select([
      'workspace.slug as workspace_slug',
      'workspace.name as workspace_name',
      'project.key as project_key',
      'project.name as project_name',
    ]);

export const repositoryFrom = (
  row: Selectable<RepositoryTable> & {
    workspace_slug: string;
    workspace_name: string;
    project_key: string;
    project_name: string;
  },
): Repository => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  description: row.description,
  website: row.website,
  language: row.language,
  isPrivate: row.is_private === 1,
  hasWiki: row.has_wiki === 1,
  forkPolicy: row.fork_policy,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
  workspace: { id: row.workspace_id, slug: row.workspace_slug, name: row.workspace_name },
  project: { id: row.project_id, key: row.project_key, name: row.project_name },
});

const rowsById = prepared((db, id: string) => selectRepositories(db).where('repository.id', '=', id));

/** By id; a deleted one is found too. */
export async function repositoryById(db: Handle, id: string): Promise<Repository | undefined> {
  const [row] = await rowsById(db, id);
  return row === undefined ? undefined : repositoryFrom(row);
}

/** The slugs of these, by id; of deleted ones too. */
export async function slugsOf(db: Handle, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('repository').select(['id', 'slug']).where('id', 'in', part).execute(),
  );
  return new Map(rows.map(({ id, slug }) => [id, slug]));
}

/** A live repository by its present name in a workspace. */
export async function repositoryByName(
  db: Handle,
  workspaceId: string,
  slug: string,
): Promise<Repository | undefined> {
  const row = await selectRepositories(db)
    .where('repository.workspace_id', '=', workspaceId)
    .where('repository.slug_key', '=', slug.toLowerCase())
    .where('repository.deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : repositoryFrom(row);
}

export interface NewRepository {
  readonly id: string;
  readonly workspaceId: string;
  readonly projectId: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly website: string;
  readonly language: string;
  readonly isPrivate: boolean;
  readonly hasWiki: boolean;
  readonly forkPolicy: ForkPolicy;
}

/** A name, or a part of one, as it is searched: without its case, and in the form in which names are kept. */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();

export const newRepositoryId = (): string => randomUUID();

/** Throws `Problem` (`taken`) when the workspace has a repository of this name. Wants a transaction. */
export async function insertRepository(db: Handle, wanted: NewRepository, now: number): Promise<void> {
  await refuseTakenName(db, wanted.workspaceId, wanted.slug, wanted.id);
  await db
    .insertInto('repository')
    .values({
      id: wanted.id,
      workspace_id: wanted.workspaceId,
      project_id: wanted.projectId,
      slug: wanted.slug,
      slug_key: wanted.slug,
      name: wanted.name,
      name_key: nameKey(wanted.name),
      description: wanted.description,
      website: wanted.website,
      language: wanted.language,
      is_private: wanted.isPrivate ? 1 : 0,
      has_wiki: wanted.hasWiki ? 1 : 0,
      fork_policy: wanted.forkPolicy,
      created_at: now,
      updated_at: now,
      deleted_at: null,
    })
    .execute()
    .catch(orTaken(nameTaken));
}

/**
 * Keeps a repository where it was when its grant was given, until the transaction ends. Throws `Problem` (`conflict`) when
 * it was deleted or transferred meanwhile: whoever was admin there need not be admin where it is now.
 */
export async function holdRepository(
  db: Handle,
  granted: { readonly id: string; readonly workspace: { readonly id: string } },
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('repository')
    .set({ id: granted.id })
    .where('id', '=', granted.id)
    .where('workspace_id', '=', granted.workspace.id)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    throw new Problem('conflict', 'This repository was deleted or transferred at this moment.');
  }
}

/** A name that is taken again no longer leads to the repository that had it before. */
async function refuseTakenName(db: Handle, workspaceId: string, slug: string, ownId: string): Promise<void> {
  const taken = await db
    .selectFrom('repository')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('slug_key', '=', slug)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (taken !== undefined && taken.id !== ownId) throw nameTaken();
  await db
    .deleteFrom('repository_former_name')
    .where('workspace_id', '=', workspaceId)
    .where('slug_key', '=', slug)
    .execute();
}

export const nameTaken = (): Problem =>
  new Problem('taken', 'Repository with this Slug and Owner already exists.', {
    fields: { name: ['You already have a repository with this name.'] },
  });

export interface RepositoryChange {
  readonly name?: string;
  readonly slug?: string;
  readonly description?: string;
  readonly website?: string;
  readonly language?: string;
  readonly isPrivate?: boolean;
  readonly hasWiki?: boolean;
  readonly forkPolicy?: ForkPolicy;
  readonly projectId?: string;
}

/** Changes what is given. A new slug leaves the old one as a former name that still leads here. Wants a transaction. */
export async function updateRepository(
  db: Handle,
  current: { readonly id: string; readonly slug: string; readonly workspaceId: string },
  change: RepositoryChange,
  now: number,
): Promise<void> {
  if (change.slug !== undefined && change.slug !== current.slug) {
    await refuseTakenName(db, current.workspaceId, change.slug, current.id);
    await rememberName(db, current, now);
  }
  await db
    .updateTable('repository')
    .set({
      ...(change.name !== undefined && { name: change.name, name_key: nameKey(change.name) }),
      ...(change.slug !== undefined && { slug: change.slug, slug_key: change.slug }),
      ...(change.description !== undefined && { description: change.description }),
      ...(change.website !== undefined && { website: change.website }),
      ...(change.language !== undefined && { language: change.language }),
      ...(change.isPrivate !== undefined && { is_private: change.isPrivate ? 1 : 0 }),
      ...(change.hasWiki !== undefined && { has_wiki: change.hasWiki ? 1 : 0 }),
      ...(change.forkPolicy !== undefined && { fork_policy: change.forkPolicy }),
      ...(change.projectId !== undefined && { project_id: change.projectId }),
      updated_at: now,
    })
    .where('id', '=', current.id)
    .where('deleted_at', 'is', null)
    .execute()
    .catch(orTaken(nameTaken));
}

async function rememberName(
  db: Handle,
  current: { readonly id: string; readonly slug: string; readonly workspaceId: string },
  now: number,
): Promise<void> {
  await db
    .insertInto('repository_former_name')
    .values({
      workspace_id: current.workspaceId,
      slug_key: current.slug,
      repository_id: current.id,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'slug_key'])
        .doUpdateSet({ repository_id: current.id, created_at: now }),
    )
    .execute();
}

/**
 * Moves a repository to another workspace: it keeps its id and its place on disk, takes the other workspace's default
 * project, and loses the roles of people and groups of the old one. Wants a transaction.
 */
export async function moveRepository(
  db: Handle,
  current: { readonly id: string; readonly slug: string; readonly workspaceId: string },
  to: { readonly workspaceId: string; readonly projectId: string },
  now: number,
): Promise<void> {
  await refuseTakenName(db, to.workspaceId, current.slug, current.id);
  await rememberName(db, current, now);
  await db.deleteFrom('repository_role').where('repository_id', '=', current.id).execute();
  await db
    .updateTable('repository')
    .set({ workspace_id: to.workspaceId, project_id: to.projectId, updated_at: now })
    .where('id', '=', current.id)
    .where('deleted_at', 'is', null)
    .execute()
    .catch(orTaken(nameTaken));
}

/** Deletes for the time being: the name is free at once, the data stays until it is purged. Returns whether it was there. */
export async function markDeleted(db: Handle, id: string, now: number): Promise<boolean> {
  await db.deleteFrom('repository_former_name').where('repository_id', '=', id).execute();
  const { numUpdatedRows } = await db
    .updateTable('repository')
    .set({ deleted_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

const deletedIn = (db: Handle, workspaceId: string) =>
  selectRepositories(db)
    .where('repository.workspace_id', '=', workspaceId)
    .where('repository.deleted_at', 'is not', null)
    .orderBy('repository.deleted_at', 'desc')
    .orderBy('repository.id');

/** One page of the deleted repositories of a workspace that can still be restored, the last deleted first, and how many there are. */
export async function pageOfDeleted(
  db: Handle,
  workspaceId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly repositories: Repository[]; readonly size: number }> {
  const { size } = await db
    .selectFrom('repository')
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is not', null)
    .executeTakeFirstOrThrow();
  const rows = await deletedIn(db, workspaceId).offset(offset).limit(limit).execute();
  return { repositories: rows.map(repositoryFrom), size: Number(size) };
}

/** One of them by its slug (the last deleted of that name) or its `{uuid}`. */
export async function findDeleted(
  db: Handle,
  workspaceId: string,
  name: string,
): Promise<Repository | undefined> {
  const id = uuidIn(name);
  const row = await deletedIn(db, workspaceId)
    .where(
      id === undefined ? 'repository.slug_key' : 'repository.id',
      '=',
      id === undefined ? name.toLowerCase() : id,
    )
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : repositoryFrom(row);
}

/**
 * Returns whether it was there to be restored: it may have been purged, or restored, since it was found. Throws `Problem`
 * when its name was taken meanwhile. Wants a transaction.
 */
export async function restoreDeleted(db: Handle, repository: Repository, now: number): Promise<boolean> {
  await refuseTakenName(db, repository.workspace.id, repository.slug, repository.id);
  const { numUpdatedRows } = await db
    .updateTable('repository')
    .set({ deleted_at: null, updated_at: now })
    .where('id', '=', repository.id)
    .where('deleted_at', 'is not', null)
    .executeTakeFirstOrThrow()
    .catch(orTaken(nameTaken));
  return numUpdatedRows > 0n;
}

/** Ids of repositories that were deleted before `before`. */
export async function deletedBefore(db: Handle, before: number): Promise<string[]> {
  const rows = await db.selectFrom('repository').select('id').where('deleted_at', '<', before).execute();
  return rows.map(({ id }) => id);
}

/**
 * Removes the row for good, with its names and roles, unless it was restored meanwhile. Returns whether it went: only then
 * may its data be removed from the disk.
 */
export async function forgetRepository(db: Handle, id: string, deletedBefore: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('repository')
    .where('id', '=', id)
    .where('deleted_at', '<', deletedBefore)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Every repository there is, deleted ones included: for the checks of `doctor` and for reconciling with the disk. */
export async function everyRepository(db: Handle): Promise<Repository[]> {
  const rows = await selectRepositories(db).orderBy('repository.id').execute();
  return rows.map(repositoryFrom);
}

/** Repositories that were pushed to or changed since then, deleted ones included. */
export async function changedSince(db: Handle, since: number): Promise<Repository[]> {
  const rows = await selectRepositories(db).where('repository.updated_at', '>=', since).execute();
  return rows.map(repositoryFrom);
}

export async function touchRepository(db: Handle, id: string, now: number): Promise<void> {
  await db.updateTable('repository').set({ updated_at: now }).where('id', '=', id).execute();
}
