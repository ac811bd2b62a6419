import type { FastifyInstance } from 'fastify';
import { viewCredential } from '../../../acts/credentials/view.ts';
import { ask, narrowKey, statusFor, TITLE } from '../explain/asking.ts';
import { simulatorBody } from '../explain/simulator-view.ts';
import { places } from '../places.ts';
import { sendPage } from '../respond.ts';
import { parameter, type PagesOptions } from '../route.ts';
import { newTokenHref, tokenHref, type TokenPages } from './place.ts';

/** The simulator of access tokens, for whoever manages them. */
export function accessTokenExplainPage(
  app: FastifyInstance,
  { services }: PagesOptions,
  pages: TokenPages,
): void {
  app.get(`${pages.address}/:id/explain`, pages.route('explain'), async (request, reply) => {
    const grant = pages.grantOf(request, 'explain');
    const here = await pages.here(services, request, grant);
    const listing = await pages.listingToo(services, request);
    const { credential } = await viewCredential(services, listing, parameter(request, 'id'), here.project);
    const asked = await ask(services, request, grant, credential, here.repository ?? '');
    const isOwn = asked.typed.target.trim().toLowerCase() === here.repository?.toLowerCase();
    // Which project a repository lies in, its name does not say.
    const isWithin = pages.kind === 'workspace_access_token' && isIn(here.example, asked.typed.target);
    const body = simulatorBody({
      ...asked,
      credential,
      action: tokenHref(here, credential.id, '/explain'),
      cancelHref: tokenHref(here, credential.id),
      // A token opens its own place alone; what lies elsewhere takes a key of the person's.
      narrowKeyHref: narrowKey(
        asked.answer,
        asked.typed,
        isOwn || isWithin
          ? { href: newTokenHref(here), kind: credential.kind }
          : { href: places.newAppPassword, kind: 'app_password' },
        !isOwn,
      ),
      ownAddress: request.ip,
    });
    const page = here.frame({ title: TITLE, body });
    return sendPage(services, request, reply, page, statusFor(asked.problem));
  });
}

/** Whether both lie in one workspace. */
const isIn = (one: string, other: string): boolean =>
  one.split('/')[0]?.toLowerCase() === other.trim().split('/')[0]?.toLowerCase();
