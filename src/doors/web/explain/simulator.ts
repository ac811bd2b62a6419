import type { FastifyInstance } from 'fastify';
import { viewCredential } from '../../../acts/credentials/view.ts';
import { toSelf } from '../../shared/policy.ts';
import { PERSONAL_PAGES } from '../account/personal-kinds.ts';
import { accountRail } from '../account/rail.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { ask, narrowKey, statusFor, TITLE } from './asking.ts';
import { simulatorBody } from './simulator-view.ts';

/** The simulator of the own app passwords and API tokens. */
export async function simulatorPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  for (const pages of PERSONAL_PAGES) {
    const route = pageRoute(`${pages.kind}.explain`, toSelf);
    app.get(`${pages.list}/:id/explain`, route, async (request, reply) => {
      const listing = await pages.grants.alsoList(services, request);
      const { credential } = await viewCredential(services, listing, parameter(request, 'id'));
      const asked = await ask(services, request, pages.grants.explain(request), credential, '');
      const form = { href: pages.create, kind: pages.kind };
      const body = simulatorBody({
        ...asked,
        credential,
        action: pages.path(credential.id, '/explain'),
        cancelHref: pages.path(credential.id),
        narrowKeyHref: narrowKey(asked.answer, asked.typed, form, true),
        ownAddress: request.ip,
      });
      const content = { title: TITLE, rail: accountRail(pages.rail), body };
      return sendPage(services, request, reply, content, statusFor(asked.problem));
    });
  }
}
