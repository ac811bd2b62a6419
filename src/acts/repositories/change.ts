import { readHead, readRef, setHead } from '../../git/refs.ts';
import type { WritableRepositoryHandle } from '../../git/handle.ts';
import { openForWriting } from '../../git/open.ts';
import { Grant, type RepositoryFacts } from '../../gate/index.ts';
import {
  chooseDescription,
  chooseName,
  chooseRepositorySlug,
  findProject,
  holdRepository,
  repositoryById,
  updateRepository,
  type ForkPolicy,
  type Project,
  type Repository,
  type RepositoryChange,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change, decideAgain } from '../transaction.ts';
import { chooseLanguage, chooseWebsite } from './create.ts';
import { toldChanges } from './told-changes.ts';

export interface RepositoryChanges {
  readonly name?: string;
  readonly slug?: string;
  readonly description?: string;
  readonly website?: string;
  readonly language?: string;
  readonly isPrivate?: boolean;
  readonly hasWiki?: boolean;
  readonly forkPolicy?: ForkPolicy;
  readonly move?: Move;
  /** Name of a branch that exists. */
  readonly mainBranch?: string;
}

/** To another project of the workspace, by its key or `{uuid}`. */
export interface Move {
  readonly grant: Grant<'repository.move'>;
  readonly project: string;
}

/** Whether the repository is in the project that goes by this key or `{uuid}`. */
export const isInProject = ({ project }: Pick<Repository, 'project'>, name: string): boolean =>
  name.toUpperCase() === project.key || name.toLowerCase() === `{${project.id}}`;

/** Changes what is given and leaves the rest. Throws `Problem` for bad input, a taken name, an unknown project or branch; then nothing has changed. */
export async function changeRepository(
  services: Services,
  grant: Grant<'repository.update'>,
  input: RepositoryChanges,
): Promise<Repository> {
  const [target] = grant.targets;
  const wanted: RepositoryChange = {
    ...(input.name !== undefined && { name: chooseName(input.name) }),
    ...(input.slug !== undefined && { slug: chooseRepositorySlug(input.slug) }),
    ...(input.description !== undefined && { description: chooseDescription(input.description) }),
    ...(input.website !== undefined && { website: chooseWebsite(input.website) }),
    ...(input.language !== undefined && { language: chooseLanguage(input.language) }),
    ...(input.isPrivate !== undefined && { isPrivate: input.isPrivate }),
    ...(input.hasWiki !== undefined && { hasWiki: input.hasWiki }),
    ...(input.forkPolicy !== undefined && { forkPolicy: input.forkPolicy }),
  };
  const head = input.mainBranch === undefined ? undefined : `refs/heads/${input.mainBranch}`;
  const handle = await openForWriting(services.storage, grant);
  if (head !== undefined && (await readRef(services, handle, head).catch(() => undefined)) === undefined) {
    throw invalid('mainbranch', `There is no branch "${input.mainBranch}": push it first.`);
  }
  const former = head === undefined ? undefined : readHead(handle);
  // HEAD moves before the transaction that decides again.
  if (head !== undefined) await decideAgain(services, services.database, grant);
  const save = () =>
    change(
      services,
      grant,
      async (trx, now) => {
        await holdRepository(trx, target);
        const before = await presentRepository(trx, target.id);
        if (input.move !== undefined) await decideAgain(services, trx, input.move.grant);
        const project = input.move && (await destinationOf(trx, target, input.move));
        const current = { id: target.id, slug: target.slug, workspaceId: target.workspace.id };
        await updateRepository(trx, current, { ...wanted, ...(project && { projectId: project.id }) }, now);
        return toldChanges(before, await presentRepository(trx, target.id));
      },
      (told) => ({
        target: { type: 'repository', id: target.id },
        detail: { ...told, ...(head !== former && { mainBranch: [former ?? '', head ?? ''] }) },
      }),
    );
  await withHead(handle, former, head, save);
  return presentRepository(services.database, target.id);
}

async function presentRepository(db: Handle, id: string): Promise<Repository> {
  const repository = await repositoryById(db, id);
  if (repository === undefined) throw new Problem('not_found', 'This repository no longer exists.');
  return repository;
}

async function destinationOf(
  trx: Handle,
  target: RepositoryFacts,
  { grant, project: name }: Move,
): Promise<Project> {
  const [repository, workspace] = Grant.expect(grant, 'repository.move').targets;
  if (repository.id !== target.id || workspace.id !== target.workspace.id) {
    throw new TypeError('This grant moves another repository, or within another workspace.');
  }
  const project = await findProject(trx, workspace.id, name);
  if (project === undefined) throw invalid('project', `There is no project "${name}" in this workspace.`);
  return project;
}

/**
 * HEAD moves before the row is written, and back where it is not: a folder in which nothing can be written leaves both as
 * they were, and a crash in between leaves a main branch that exists.
 */
async function withHead(
  handle: WritableRepositoryHandle,
  former: string | undefined,
  head: string | undefined,
  save: () => Promise<unknown>,
): Promise<unknown> {
  if (head === undefined || head === former) return save();
  await setHead(handle, head);
  try {
    await save();
  } catch (error) {
    // Unless somebody else has named another one since.
    if (former !== undefined && readHead(handle) === head) await setHead(handle, former);
    throw error;
  }
}
