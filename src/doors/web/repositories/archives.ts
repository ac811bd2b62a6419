import type { FastifyInstance } from 'fastify';
import { ARCHIVES, sendArchive } from '../../shared/archives.ts';
import { addAskerConstraint } from '../../shared/asker.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { bytesRoute, type PagesOptions } from '../route.ts';
import { orMissing } from './missing.ts';

/** Archives for browsers, by session or where it is public; programs have a route of their own at the same address. */
export function archivePages(app: FastifyInstance, { services }: PagesOptions): void {
  addAskerConstraint(app);
  app.route({
    method: ['GET', 'HEAD'],
    url: ARCHIVES,
    ...bytesRoute('source.read', toRepository),
    constraints: { asker: 'browser' },
    handler: (request, reply) => {
      const place = { facts: grantOf(request, 'source.read').targets[0], section: 'source' } as const;
      return orMissing(services, request, reply, place, () => sendArchive(services, request, reply));
    },
  });
}
