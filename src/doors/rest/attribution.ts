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
