import { attribute, type Attribution } from '../../../acts/source/attribution.ts';
import { attributeBots, type BotAttribution } from '../../../acts/source/bots.ts';
import type { Commit } from '../../../acts/source/commits.ts';
import type { ReadingGrant } from '../../../git/open.ts';
import type { Services } from '../../../services.ts';

/** Who stands behind the authors of the commits of one page. */
export interface Authors {
  /** By e-mail address in lower case; an address proves nothing, so it only decides the colour of a picture. */
  readonly people: Attribution;
  /** By commit, and only where the bot pushed the commit itself. */
  readonly bots: BotAttribution;
}

export const authorsOf = async (
  services: Services,
  grant: ReadingGrant,
  commits: readonly Commit[],
): Promise<Authors> => ({
  people: await attribute(
    services,
    commits.flatMap(({ author, committer }) => [author.email, committer.email]),
  ),
  bots: await attributeBots(services, grant, commits),
});
