import type { FastifyInstance } from 'fastify';
import { enter, type Presented } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { addAskerConstraint } from '../shared/asker.ts';
import { DOWNLOADS, sendDownload } from '../shared/downloads.ts';
import { presentedIn } from '../shared/git-address.ts';
import { grantOf, toRepository } from '../shared/policy.ts';
import { noCaching } from './exchange.ts';

/**
 * Downloads for programs. The API sends its callers here, with what they presented to it: so what it takes is taken as well
 * as what Git takes.
 */
export function downloadRoutes(app: FastifyInstance, services: Services): void {
  addAskerConstraint(app);
  app.addHook('onRequest', async (request) => {
    const { policy } = request.routeOptions.config;
    if (policy === undefined) return;
    const presented = presentedIn(request);
    request.admitted = await enter(services, {
      operation: policy.operation,
      targets: policy.targets(request.params as Record<string, string>),
      presented,
      surface: isAddressed(presented) ? 'rest' : 'git',
      address: request.ip,
      agent: request.headers['user-agent'],
    });
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: DOWNLOADS,
    config: { policy: { operation: 'download.read', targets: toRepository, answers: 'bytes' } },
    constraints: { asker: 'program' },
    handler: async (request, reply) => {
      const [{ renamedFrom, workspace, slug }] = grantOf(request, 'download.read').targets;
      if (renamedFrom === undefined) return sendDownload(services, request, reply);
      const [, rest = ''] = /^\/[^/?]*\/[^/?]*(.*)$/s.exec(request.url) ?? [];
      return noCaching(reply).redirect(`/${workspace.slug}/${slug}${rest}`, 301);
    },
  });
}

/** By an e-mail address, which the API takes for a user name and Git does not. */
const isAddressed = (presented: Presented): boolean =>
  presented.type === 'basic' && presented.userName.includes('@');
