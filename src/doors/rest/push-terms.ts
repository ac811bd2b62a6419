import type { FastifyReply } from 'fastify';
import type { ChangingTerms } from '../../acts/source/change-refs.ts';
import { enterAgain } from '../../entry/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { clientGone } from '../shared/client-gone.ts';

/** How a push goes on that a request asks for: given up while it waits for a client that is gone, and decided again as it was. */
export function termsOf(
  services: Services,
  grant: Grant<'repository.push'> | Grant<'ref.create'> | Grant<'pull_request.merge'>,
  reply: FastifyReply,
): ChangingTerms {
  return {
    signal: clientGone(reply),
    // Calls alike: a grant of one of these operations is no grant of one that may be either.
    decideAgain: (database) => {
      const gateway = { ...services, database };
      if (grant.operation === 'ref.create') return enterAgain(gateway, grant);
      if (grant.operation === 'pull_request.merge') return enterAgain(gateway, grant);
      return enterAgain(gateway, grant);
    },
  };
}
