import { appUsersOf, type AppUser } from '../../credentials/app-users.ts';
import type { Commit } from '../../git/commit.ts';
import type { PushCommand } from '../../git/command-list.ts';
import { readCommit } from '../../git/commits.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { isZeroObjectId } from '../../git/object-id.ts';
import { ObjectNotFound } from '../../git/object-error.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { firstPushersOf } from '../../push/attribution.ts';
import { rangesPushedBy } from '../../push/index.ts';
import type { Services } from '../../services.ts';

export type { AppUser } from '../../credentials/app-users.ts';

/** The app users behind commits, by the commit's full hash. */
export type BotAttribution = ReadonlyMap<string, AppUser>;

/** How much of what a bot pushed is looked through for one answer, the newest first. */
const MAXIMAL_RANGES = 100;
const MAXIMAL_STEPS = 500;
const ACCOUNT_ID = /^[0-9a-z]{1,64}$/;

/**
 * The app users behind commits that carry a bot's address, where the app user pushed them itself. Anybody can write the
 * address into a commit, so in doubt nobody is named: a commit counts that is the tip of the app user's push and was
 * nobody's before, or that lies on the first-parent line between what its push moved a ref from and to.
 */
export async function attributeBots(
  services: Services,
  grant: ReadingGrant,
  commits: readonly Commit[],
): Promise<BotAttribution> {
  const found = new Map<string, AppUser>();
  const byBot = commitsByBot(commits, services.settings.botHost);
  const [target] = grant.targets;
  if (byBot.size === 0) return found;
  const handle = await openForReading(services.storage, grant);
  for (const appUser of await appUsersOf(services.database, [...byBot.keys()])) {
    const wanted = new Set(byBot.get(appUser.accountId));
    for (const id of await pushedAsTip(services, target.id, appUser, wanted)) {
      found.set(id, appUser);
      wanted.delete(id);
    }
    if (wanted.size === 0) continue;
    const ranges = await rangesPushedBy(services.database, target.id, appUser.id);
    for (const id of await pushedInRanges(services, handle, ranges, wanted)) found.set(id, appUser);
  }
  return found;
}

function commitsByBot(commits: readonly Commit[], botHost: string): Map<string, string[]> {
  const byBot = new Map<string, string[]>();
  const suffix = `@bots.${botHost}`.toLowerCase();
  for (const { id, author } of commits) {
    const email = author.email.toLowerCase();
    if (!email.endsWith(suffix)) continue;
    const accountId = email.slice(0, -suffix.length);
    if (!ACCOUNT_ID.test(accountId)) continue;
    byBot.set(accountId, [...(byBot.get(accountId) ?? []), id]);
  }
  return byBot;
}

async function pushedAsTip(
  services: Services,
  repositoryId: string,
  appUser: AppUser,
  wanted: ReadonlySet<string>,
): Promise<string[]> {
  const first = await firstPushersOf(services.database, repositoryId, [...wanted]);
  return [...wanted].filter((id) => first.get(id) === `app_user:${appUser.id}`);
}

/** Walks each range from its end to its beginning. What is between the two on one line cannot have been there before. */
async function pushedInRanges(
  services: Services,
  handle: RepositoryHandle,
  ranges: readonly PushCommand[],
  wanted: Set<string>,
): Promise<string[]> {
  const found: string[] = [];
  let steps = 0;
  for (const range of ranges.toReversed().slice(0, MAXIMAL_RANGES)) {
    if (wanted.size === 0 || steps >= MAXIMAL_STEPS) break;
    if (isZeroObjectId(range.old)) continue;
    const line: string[] = [];
    let id: string | undefined = range.new;
    while (id !== undefined && id !== range.old && steps < MAXIMAL_STEPS) {
      line.push(id);
      id = await firstParent(services, handle, id);
      steps += 1;
    }
    if (id !== range.old) continue;
    for (const one of line) if (wanted.delete(one)) found.push(one);
  }
  return found;
}

async function firstParent(
  services: Services,
  handle: RepositoryHandle,
  id: string,
): Promise<string | undefined> {
  try {
    return (await readCommit(services.objects, handle, id)).parents[0];
  } catch (error) {
    // Pruned since: the line ends here.
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}
