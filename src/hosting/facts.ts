import type { RepositoryFacts, WorkspaceFacts } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';
import { uuidIn } from './choices.ts';
import { standingOn, standingsOn, type Standing } from './roles.ts';
import { isVisibleTo } from './visible.ts';

const FACT_COLUMNS = [
  'repository.id',
  'repository.slug',
  'repository.is_private',
  'repository.has_wiki',
  'repository.workspace_id',
  'repository.project_id',
  'workspace.slug as workspace_slug',
  'workspace.name as workspace_name',
  'workspace.requires_two_step',
] as const;

const selectFacts = (db: Handle) =>
  db
    .selectFrom('repository')
    .innerJoin('workspace', 'workspace.id', 'repository.workspace_id')
    .select(FACT_COLUMNS)
    .where('repository.deleted_at', 'is', null);

const rowsByNames = prepared((db, workspace: string, repository: string) =>
  selectFacts(db).where('workspace.slug_key', '=', workspace).where('repository.slug_key', '=', repository),
);
const rowsById = prepared((db, id: string) => selectFacts(db).where('repository.id', '=', id));
const rowsByIdAndName = prepared((db, workspaceId: string, repository: string) =>
  selectFacts(db).where('workspace.id', '=', workspaceId).where('repository.slug_key', '=', repository),
);

async function presentRow(db: Handle, name: { readonly workspace: string; readonly repository: string }) {
  const workspaceId = uuidIn(name.workspace);
  const workspace = name.workspace.toLowerCase();
  const id = uuidIn(name.repository);
  const slug = name.repository.toLowerCase();
  if (id !== undefined) {
    const [row] = await rowsById(db, id);
    const isThere =
      workspaceId === undefined
        ? name.workspace === '{}' || row?.workspace_slug.toLowerCase() === workspace
        : row?.workspace_id === workspaceId;
    return isThere ? row : undefined;
  }
  const [row] = await (workspaceId === undefined
    ? rowsByNames(db, workspace, slug)
    : rowsByIdAndName(db, workspaceId, slug));
  return row;
}

/**
 * What the gate must know of a repository, read now, or null when there is none of that name. Workspace and repository
 * may each be a slug in any case or an id in braces; with an id, the workspace may be `{}`, which is any. A name that the
 * repository had before leads to it, and the facts say so.
 */
export async function repositoryFacts(
  db: Handle,
  name: { readonly workspace: string; readonly repository: string },
  accountId: string | null,
): Promise<RepositoryFacts | null> {
  const repositoryId = uuidIn(name.repository);
  const slug = name.repository.toLowerCase();
  const present = await presentRow(db, name);
  const row = present ?? (repositoryId === undefined ? await formerly(db, name.workspace, slug) : undefined);
  if (row === undefined) return null;
  const standing =
    accountId === null
      ? NO_STANDING
      : await standingOn(db, { id: row.id, workspaceId: row.workspace_id }, accountId);
  return {
    ...factsFrom(row, standing),
    ...(present === undefined && { renamedFrom: name.repository }),
  };
}

/**
 * What the gate must know of a repository by its id for many who ask, each by the account that they act for: it is read once,
 * and what they are to it together. Null when there is none.
 */
export async function repositoryFactsForEach(
  db: Handle,
  id: string,
  accountIds: readonly string[],
): Promise<((accountId: string | null) => RepositoryFacts) | null> {
  const [row] = await rowsById(db, id);
  if (row === undefined) return null;
  const standings = await standingsOn(db, { id, workspaceId: row.workspace_id }, accountIds);
  return (accountId) =>
    factsFrom(row, (accountId === null ? undefined : standings.get(accountId)) ?? NO_STANDING);
}

const NO_STANDING: Standing = { role: null, isOwned: false };

type FactsRow = Awaited<ReturnType<typeof rowsById>>[number];

function factsFrom(row: FactsRow, { role, isOwned }: Standing): RepositoryFacts {
  return {
    type: 'repository',
    id: row.id,
    slug: row.slug,
    workspace: {
      id: row.workspace_id,
      slug: row.workspace_slug,
      name: row.workspace_name,
      requiresTwoStep: row.requires_two_step === 1,
    },
    projectId: row.project_id,
    isPrivate: row.is_private === 1,
    hasWiki: row.has_wiki === 1,
    role,
    isOwned,
  };
}

function formerly(db: Handle, workspace: string, slug: string) {
  const workspaceId = uuidIn(workspace);
  const query = selectFacts(db)
    .innerJoin('repository_former_name', 'repository_former_name.repository_id', 'repository.id')
    .innerJoin('workspace as former', 'former.id', 'repository_former_name.workspace_id')
    .where('repository_former_name.slug_key', '=', slug);
  return (
    workspaceId === undefined
      ? query.where('former.slug_key', '=', workspace.toLowerCase())
      : query.where('former.id', '=', workspaceId)
  ).executeTakeFirst();
}

/** What the gate must know of a workspace, read now, or null when there is none of that name or id. */
export async function workspaceFacts(
  db: Handle,
  name: string,
  accountId: string | null,
): Promise<WorkspaceFacts | null> {
  const id = uuidIn(name);
  const query = db.selectFrom('workspace').selectAll();
  const row = await (id === undefined
    ? query.where('slug_key', '=', name.toLowerCase())
    : query.where('id', '=', id)
  ).executeTakeFirst();
  if (row === undefined) return null;
  const member =
    accountId === null
      ? undefined
      : await db
          .selectFrom('workspace_member')
          .select('membership')
          .where('workspace_id', '=', row.id)
          .where('account_id', '=', accountId)
          .executeTakeFirst();
  const holder =
    accountId === null
      ? undefined
      : await db.selectFrom('account').select('two_step_at').where('id', '=', accountId).executeTakeFirst();
  const shown = await db
    .selectFrom('repository')
    .select('repository.id')
    .where('repository.workspace_id', '=', row.id)
    .where('repository.deleted_at', 'is', null)
    .where((where) =>
      accountId === null
        ? where('repository.is_private', '=', 0)
        : isVisibleTo(where, { accountId, hasTwoStep: typeof holder?.two_step_at === 'number' }),
    )
    .limit(1)
    .executeTakeFirst();
  return {
    type: 'workspace',
    id: row.id,
    slug: row.slug,
    name: row.name,
    membership: member?.membership ?? null,
    membersMayCreateRepositories: row.members_may_create_repositories === 1,
    tokensMayLiveForever: row.tokens_may_live_forever === 1,
    requiresTwoStep: row.requires_two_step === 1,
    showsRepository: shown !== undefined,
  };
}
