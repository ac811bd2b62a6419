import { createRepository as createOnDisk, RepositoryExists } from '../../git/create.ts';
import { importRepository } from '../../git/import.ts';
import type { Grant } from '../../gate/index.ts';
import {
  chooseDescription,
  chooseName,
  chooseRepositorySlug,
  defaultProject,
  findProject,
  insertRepository,
  nameTaken,
  newRepositoryId,
  repositoryById,
  repositoryByName,
  slugFrom,
  type ForkPolicy,
  type Repository,
} from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export interface RepositoryInput {
  /** Made of the name when none is given. */
  readonly slug?: string;
  /** For people; the slug when none is given. */
  readonly name?: string;
  readonly description?: string;
  readonly website?: string;
  readonly language?: string;
  readonly isPrivate?: boolean;
  readonly hasWiki?: boolean;
  readonly forkPolicy?: ForkPolicy;
  /** Key or `{uuid}`; the oldest project when none is given. */
  readonly project?: string;
  /** Path or URL of a repository whose branches, tags and notes are taken over. */
  readonly importFrom?: string;
}

const WEBSITE_LENGTH = 512;

/**
 * Makes a repository: first on the disk, under an id that nothing knows yet, then in the database. A crash in between
 * leaves a folder that no row names, which the next start removes; never a row without its folder. Throws `Problem` for
 * bad input, a taken name, an unknown project, and an import that failed.
 */
export async function createRepository(
  services: Services,
  grant: Grant<'repository.create'>,
  input: RepositoryInput,
): Promise<Repository> {
  const [workspace] = grant.targets;
  const slug = chooseRepositorySlug(input.slug ?? slugFrom(input.name ?? ''));
  const wanted = {
    id: newRepositoryId(),
    workspaceId: workspace.id,
    slug,
    name: chooseName(input.name ?? slug),
    description: chooseDescription(input.description ?? ''),
    website: chooseWebsite(input.website ?? ''),
    language: chooseLanguage(input.language ?? ''),
    isPrivate: input.isPrivate ?? true,
    hasWiki: input.hasWiki ?? false,
    forkPolicy: input.forkPolicy ?? (input.isPrivate === false ? 'allow_forks' : 'no_public_forks'),
  } as const;
  // Asked again inside the transaction; here it spares an import that could not be kept.
  if ((await repositoryByName(services.database, workspace.id, slug)) !== undefined) throw nameTaken();
  if (input.importFrom !== undefined && grant.principal.type !== 'operator') {
    // A path or an address that this machine reaches is more than a person on the other side may name.
    throw invalid(
      'import',
      'Only the command line imports repositories: latchkey repository create --import.',
    );
  }
  const path = services.storage.pathOf(wanted.id, 'repository');
  if (input.importFrom === undefined) await createOnDisk(path);
  else await importRepository(path, input.importFrom);
  try {
    await change(
      services,
      grant,
      async (trx, now) => {
        const project =
          input.project === undefined
            ? await defaultProject(trx, workspace.id, now)
            : await findProject(trx, workspace.id, input.project);
        if (project === undefined)
          throw invalid('project', `There is no project "${input.project}" in this workspace.`);
        await insertRepository(trx, { ...wanted, projectId: project.id }, now);
      },
      () => ({ target: { type: 'repository', id: wanted.id }, detail: { slug, workspace: workspace.id } }),
    );
  } catch (error) {
    await services.storage.remove(wanted.id);
    throw error;
  }
  const repository = await repositoryById(services.database, wanted.id);
  if (repository === undefined) throw new RepositoryExists('The repository was removed while it was made.');
  return repository;
}

export function chooseWebsite(website: string): string {
  if (website === '') return website;
  if (website.length > WEBSITE_LENGTH || !/^https?:\/\/[^\s\p{C}]+$/u.test(website)) {
    throw invalid('website', 'Give the website as an http or https address.');
  }
  return website;
}

export function chooseLanguage(language: string): string {
  if (!/^[a-z0-9+#. -]{0,40}$/i.test(language)) {
    throw invalid('language', 'Give the programming language in plain letters, such as typescript.');
  }
  return language.toLowerCase();
}
