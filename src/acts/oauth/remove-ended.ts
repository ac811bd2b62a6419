import type { Grant } from '../../gate/index.ts';
import { removeEndedRequests } from '../../oauth/index.ts';
import type { Services } from '../../services.ts';

/** Removes codes and devices that nobody can use any more; tokens are credentials, and stay. */
export const removeEnded = ({ database, clock }: Services, _grant: Grant<'oauth.purge'>): Promise<void> =>
  removeEndedRequests(database, clock());
