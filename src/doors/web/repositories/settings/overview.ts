import type { FastifyInstance } from 'fastify';
import { viewEntering } from '../../../../acts/explain/entering.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { listsOnPage } from '../../lists-on-page.ts';
import { sendPage } from '../../respond.ts';
import { pageRoute, queryName, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { overviewBody } from './overview-view.ts';

const LISTS = {
  own: 'access tokens, access keys and OAuth consumers',
  people: 'people',
  groups: 'groups',
  personal: 'credentials of people',
} as const;

/** Repository settings → Overview: everybody and everything that may enter. */
export function overviewPages(app: FastifyInstance, { services }: PagesOptions): void {
  app.get(
    '/:workspace/:repository/settings/overview',
    pageRoute('repository.who_can', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'repository.who_can');
      const [facts] = grant.targets;
      const named = queryName(request, 'person');
      const lists = listsOnPage(request, linksOf(facts).overview, LISTS, ['person']);
      const { own, people, groups, personal } = lists;
      const which = {
        own: own.rows,
        people: { named, ...people.rows },
        groups: groups.rows,
        personal: personal.rows,
      };
      const body = overviewBody({
        repository: facts,
        entering: await viewEntering(services, grant, which),
        lists,
        named,
        now: new Date(services.clock()),
      });
      const page = { title: 'Who and what may enter', body, width: 'full' } as const;
      return sendPage(services, request, reply, settingsPage(facts, 'overview', page));
    },
  );
}
