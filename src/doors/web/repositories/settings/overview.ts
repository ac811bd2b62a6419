import type { FastifyInstance } from 'fastify';
import { viewEntering } from '../../../../acts/explain/entering.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { sendPage } from '../../respond.ts';
import { pageRoute, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { overviewBody } from './overview-view.ts';

/** Repository settings → Overview: everybody and everything that may enter. */
export function overviewPages(app: FastifyInstance, { services }: PagesOptions): void {
  app.get(
    '/:workspace/:repository/settings/overview',
    pageRoute('repository.who_can', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'repository.who_can');
      const [facts] = grant.targets;
      const body = overviewBody({
        repository: facts,
        entering: await viewEntering(services, grant),
        now: new Date(services.clock()),
      });
      const page = { title: 'Who and what may enter', body, width: 'full' } as const;
      return sendPage(services, request, reply, settingsPage(facts, 'overview', page));
    },
  );
}
