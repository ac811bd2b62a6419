import type { AppUser } from '../../credentials/app-users.ts';
import { consumerById, type Consumer } from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';

/** The app user of an OAuth consumer; its id is the consumer's. Throws `Problem` when the consumer was deleted. */
export async function appUserOfConsumer(services: Services, id: string): Promise<AppUser> {
  const consumer = await consumerById(services.database, id);
  if (consumer === undefined) throw new Problem('not_found', 'This OAuth consumer no longer exists.');
  return appUserFrom(consumer);
}

export const appUserFrom = ({ id, appUserAccountId, name, createdAt }: Consumer): AppUser => ({
  id,
  kind: 'oauth_consumer',
  accountId: appUserAccountId,
  displayName: name,
  createdAt,
});
