import { forgetUsed } from '../../federation/index.ts';
import type { Grant } from '../../gate/index.ts';
import { removeEndedRequests } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';

/** Removes codes and devices that nobody can use any more, and what remembers tokens of CI jobs that would not be accepted any more; tokens of our own are credentials, and stay. */
export async function removeEnded(
  { database, clock }: Services,
  _grant: Grant<'oauth.purge'>,
): Promise<void> {
  await removeEndedRequests(database, clock());
  await forgetUsed(database, clock());
}
