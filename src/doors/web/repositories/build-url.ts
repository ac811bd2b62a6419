import type { RepositoryFacts } from '../../../gate/index.ts';

/**
 * The URL of a build as it is shown: variables in braces name parts of the API's objects `repository` and `commit`, and
 * are filled in as at Bitbucket Cloud. Others stay as they are.
 *
 * @param commit full hash
 */
export function filledUrl(
  url: string,
  { id, slug, workspace }: Pick<RepositoryFacts, 'id' | 'slug' | 'workspace'>,
  commit: string,
): string {
  const values = new Map([
    ['repository.full_name', `${workspace.slug}/${slug}`],
    ['repository.slug', slug],
    ['repository.uuid', encodeURIComponent(`{${id}}`)],
    ['repository.owner.username', workspace.slug],
    ['repository.owner.uuid', encodeURIComponent(`{${workspace.id}}`)],
    ['commit.hash', commit],
  ]);
  return url.replace(/\{([a-z_.]+)\}/g, (variable, name: string) => values.get(name) ?? variable);
}
