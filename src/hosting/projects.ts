import { randomUUID } from 'node:crypto';
import { named } from '../accounts/named.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { prepared } from '../store/prepared.ts';
import { orTaken } from '../store/taken.ts';
import { uuidIn } from './choices.ts';

export interface Project {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = [
  'id',
  'key',
  'name',
  'description',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

/** The projects of a workspace, the oldest first. */
export const listProjects = (db: Handle, workspaceId: string): Promise<Project[]> =>
  db
    .selectFrom('project')
    .select(COLUMNS)
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .orderBy('key')
    .execute();

/** One page of those with these letters in their name or key, and how many they are. */
export async function pageOfProjects(
  db: Handle,
  workspaceId: string,
  { named: text, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly projects: Project[]; readonly size: number }> {
  const among = db
    .selectFrom('project')
    .where('workspace_id', '=', workspaceId)
    .where(named(text, ['project.key', 'project.name']));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const projects = await among
    .select(COLUMNS)
    .orderBy('created_at')
    .orderBy('key')
    .offset(offset)
    .limit(limit)
    .execute();
  return { projects, size: Number(size) };
}

/** By key or `{uuid}`, within the workspace. */
export function findProject(db: Handle, workspaceId: string, name: string): Promise<Project | undefined> {
  const uuid = uuidIn(name);
  const query = db.selectFrom('project').select(COLUMNS).where('workspace_id', '=', workspaceId);
  return (
    uuid === undefined ? query.where('key', '=', name.toUpperCase()) : query.where('id', '=', uuid)
  ).executeTakeFirst();
}

const rowsById = prepared((db, id: string) =>
  db.selectFrom('project').select(['key', 'name', 'workspace_id as workspaceId']).where('id', '=', id),
);

/** By id alone, with the workspace that it is in. */
export async function projectById(
  db: Handle,
  id: string,
): Promise<{ readonly key: string; readonly name: string; readonly workspaceId: string } | undefined> {
  const [row] = await rowsById(db, id);
  return row;
}

/** The keys of these, by id. */
export async function projectKeysOf(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('project').select(['id', 'key']).where('id', 'in', part).execute(),
  );
  return new Map(rows.map(({ id, key }) => [id, key]));
}

export async function createProject(
  db: Handle,
  workspaceId: string,
  wanted: { readonly key: string; readonly name: string; readonly description: string },
  now: number,
): Promise<Project> {
  if ((await findProject(db, workspaceId, wanted.key)) !== undefined) throw keyTaken();
  const project = { id: randomUUID(), ...wanted, createdAt: now, updatedAt: now };
  await db
    .insertInto('project')
    .values({
      id: project.id,
      workspace_id: workspaceId,
      key: wanted.key,
      name: wanted.name,
      description: wanted.description,
      created_at: now,
      updated_at: now,
    })
    .execute()
    .catch(orTaken(keyTaken));
  return project;
}

function keyTaken(): Problem {
  const message = 'There is a project with this key already.';
  return new Problem('taken', message, { fields: { key: [message] } });
}

/** The oldest project, which is where a repository goes that names none; made when the workspace has none. */
export async function defaultProject(db: Handle, workspaceId: string, now: number): Promise<Project> {
  const { projects } = await pageOfProjects(db, workspaceId, { named: '', offset: 0, limit: 1 });
  const [oldest] = projects;
  return oldest ?? createProject(db, workspaceId, { key: 'MAIN', name: 'Main', description: '' }, now);
}
