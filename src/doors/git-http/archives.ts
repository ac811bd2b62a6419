import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';
import { ARCHIVES, sendArchive } from '../shared/archives.ts';
import { addAskerConstraint } from '../shared/asker.ts';
import { grantOf, toRepository } from '../shared/policy.ts';
import { noCaching } from './exchange.ts';

/** Archives for programs, with the credentials that Git takes; browsers have a route of their own at the same address. */
export function archiveRoutes(app: FastifyInstance, services: Services): void {
  addAskerConstraint(app);
  app.route({
    method: ['GET', 'HEAD'],
    url: ARCHIVES,
    config: { policy: { operation: 'source.read', targets: toRepository, answers: 'bytes' } },
    constraints: { asker: 'program' },
    handler: async (request, reply) => {
      const [{ renamedFrom, workspace, slug }] = grantOf(request, 'source.read').targets;
      if (renamedFrom === undefined) return sendArchive(services, request, reply);
      const [, rest = ''] = /^\/[^/?]*\/[^/?]*(.*)$/s.exec(request.url) ?? [];
      return noCaching(reply).redirect(`/${workspace.slug}/${slug}${rest}`, 301);
    },
  });
}
