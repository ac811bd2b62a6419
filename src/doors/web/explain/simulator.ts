import type { FastifyInstance } from 'fastify';
import { viewCredential } from '../../../acts/credentials/view.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { accountRail } from '../account/rail.ts';
import { enterAlso } from '../enter-also.ts';
import { appPasswordPath, places } from '../places.ts';
import { sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { ask, narrowKey, statusFor, TITLE } from './asking.ts';
import { simulatorBody } from './simulator-view.ts';

/** The simulator of the own app passwords. */
export async function simulatorPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(
    `${places.appPasswords}/:id/explain`,
    pageRoute('app_password.explain', toSelf),
    async (request, reply) => {
      const listing = await enterAlso(services, request, 'app_password.list', toSelf());
      const { credential } = await viewCredential(services, listing, parameter(request, 'id'));
      const asked = await ask(services, request, grantOf(request, 'app_password.explain'), credential, '');
      const body = simulatorBody({
        ...asked,
        credential,
        action: appPasswordPath(credential.id, '/explain'),
        cancelHref: appPasswordPath(credential.id),
        narrowKeyHref: narrowKey(asked.answer, asked.typed, places.newAppPassword, true),
        ownAddress: request.ip,
      });
      const content = { title: TITLE, rail: accountRail('app-passwords'), body };
      return sendPage(services, request, reply, content, statusFor(asked.problem));
    },
  );
}
