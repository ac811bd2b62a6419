import type { FastifyReply } from 'fastify';
import type { ChangingTerms } from '../../acts/source/change-refs.ts';
import { enterAgain } from '../../entry/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { clientGone } from '../shared/client-gone.ts';

/** How a push goes on that a request asks for: given up while it waits for a client that is gone, and decided again as it was. */
export function termsOf(
  services: Services,
  grant: Grant<'repository.push'> | Grant<'ref.create'>,
  reply: FastifyReply,
): ChangingTerms {
  return {
    signal: clientGone(reply),
    // Two calls alike: a grant of either operation is no grant of one that may be both.
    decideAgain: (database) =>
      grant.operation === 'ref.create'
        ? enterAgain({ ...services, database }, grant)
        : enterAgain({ ...services, database }, grant),
  };
}
