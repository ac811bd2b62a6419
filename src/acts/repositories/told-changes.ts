import type { Repository } from '../../hosting/index.ts';

/** What the audit says of a repository's settings, each in a word. */
const TOLD: Readonly<Record<string, (repository: Repository) => string>> = {
  name: ({ name }) => name,
  slug: ({ slug }) => slug,
  visibility: ({ isPrivate }) => (isPrivate ? 'private' : 'public'),
  project: ({ project }) => project.key,
  wiki: ({ hasWiki }) => (hasWiki ? 'on' : 'off'),
  forks: ({ forkPolicy }) => forkPolicy,
  website: ({ website }) => website,
  language: ({ language }) => language,
};

/** What differs between two states of a repository, as it was and as it is. The description is too long to be kept twice: only that it differs. */
export function toldChanges(
  before: Repository,
  after: Repository,
): Readonly<Record<string, readonly [before: string, after: string] | true>> {
  const pairs = Object.entries(TOLD).map(([field, of]) => [field, [of(before), of(after)] as const] as const);
  return {
    ...Object.fromEntries(pairs.filter(([, [was, is]]) => was !== is)),
    ...(before.description !== after.description && { description: true }),
  };
}
