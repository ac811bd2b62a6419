import { attribute, type Attribution } from '../../acts/source/attribution.ts';
import { attributeBots, type BotAttribution } from '../../acts/source/bots.ts';
import type { Commit } from '../../acts/source/commits.ts';
import type { SourceRef } from '../../acts/source/refs.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/** Who stands behind the authors of one answer. */
export interface Authors {
  readonly people: Attribution;
  readonly bots: BotAttribution;
}

/** Who stands behind the author of one commit: an account, an app user, or neither. */
export const behind = ({ people, bots }: Authors, { id, author }: Commit) =>
  [people.get(author.email.toLowerCase()), bots.get(id)] as const;

/** The same of a branch or tag: of the commit that it leads to, and of its annotation. */
export const behindRef = (authors: Authors, { commit, annotation }: SourceRef) => [
  commit && behind(authors, commit),
  authors.people.get(annotation?.tagger?.email.toLowerCase() ?? ''),
];

type ReadingSource =
  | Grant<'source.read'>
  | Grant<'ref.create'>
  | Grant<'webhook.deliver'>
  | Grant<'pull_request.read'>;

/** Looks up the authors of all commits of one answer at once. */
export const authorsOfCommits = async (
  services: Services,
  grant: ReadingSource,
  commits: readonly Commit[],
  emails: readonly string[] = [],
): Promise<Authors> => ({
  people: await attribute(services, [...commits.map(({ author }) => author.email), ...emails]),
  bots: await attributeBots(services, grant, commits),
});

/** The same for branches and tags, whose annotations have an author as well. */
export const authorsOfRefs = (
  services: Services,
  grant: ReadingSource,
  refs: readonly SourceRef[],
): Promise<Authors> =>
  authorsOfCommits(
    services,
    grant,
    refs.flatMap(({ commit }) => commit ?? []),
    refs.flatMap(({ annotation }) => annotation?.tagger?.email ?? []),
  );
