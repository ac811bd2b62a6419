import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAccessToken, mayTokensLiveForever } from '../../../acts/credentials/create-access-token.ts';
import { listAccessTokens } from '../../../acts/credentials/list.ts';
import { viewMakers } from '../../../acts/credentials/makers.ts';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { isReadingBack } from '../credentials/chooser.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { previewKey } from '../credentials/preview.ts';
import { chosenScopes } from '../credentials/tasks.ts';
import {
  confinementOfKey,
  keyInQuery,
  momentsIn,
  typedKey,
  type TypedKey,
} from '../credentials/typed-key.ts';
import { formOf } from '../form-input.ts';
import { freshFormToken } from '../form-token.ts';
import { orShowAgain, sendPage, statusOf } from '../respond.ts';
import type { PagesOptions } from '../route.ts';
import type { TokenPages } from './place.ts';
import { accessTokensBody, alreadySentBody, newTokenBody, secretBody } from './view.ts';

const DAY_MS = 24 * 3600_000;
const USUAL_DAYS = 90;

/** Keys that belong to a repository, a project or a workspace: the list, and making one. */
export function accessTokenPages(
  app: FastifyInstance,
  { services, routes }: PagesOptions,
  pages: TokenPages,
): void {
  const { address, kind } = pages;

  app.get(address, pages.route('list'), async (request, reply) => {
    const grant = pages.grantOf(request, 'list');
    const here = await pages.here(services, request, grant);
    const which = whichIn(request);
    const shown = await listAccessTokens(services, grant, which, here.project);
    const body = accessTokensBody({
      here,
      which,
      shown,
      makers: await viewMakers(services, grant, shown.credentials),
      boundWords: await viewBoundWords(services, grant, shown.credentials),
      botHost: services.settings.botHost,
      now: new Date(services.clock()),
    });
    const title = here.project === undefined ? 'Access tokens' : `Access tokens of ${here.project}`;
    return sendPage(services, request, reply, here.frame({ title, body, width: 'full' }));
  });

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedKey,
    refused?: Problem,
  ): Promise<FastifyReply> => {
    const grant = pages.grantOf(request, 'create');
    const here = await pages.here(services, request, grant);
    const { preview, problem } = await previewKey(services, grant, kind, typed, here.project);
    const body = newTokenBody({
      here,
      kind,
      typed,
      preview,
      problem: refused ?? problem,
      formToken: freshFormToken(),
      mayLiveForever: await mayTokensLiveForever(services, grant),
      address: request.ip,
      routes,
    });
    const page = here.frame({ title: 'Create access token', body, width: 'full' });
    return sendPage(services, request, reply, page, refused === undefined ? 200 : statusOf(refused));
  };

  app.get(`${address}/new`, pages.route('create'), (request, reply) => {
    const expires = dayOf(services.clock() + USUAL_DAYS * DAY_MS);
    return showForm(request, reply, keyInQuery(kind, request.query, expires));
  });

  app.post(`${address}/new`, pages.route('create'), async (request, reply) => {
    const grant = pages.grantOf(request, 'create');
    const here = await pages.here(services, request, grant);
    const form = formOf(request);
    const typed = typedKey(form);
    if (isReadingBack(form)) return showForm(request, reply, typed);
    if (!(await takeForm(services, grant, form.text('form_token')))) {
      const page = here.frame({ title: 'Already sent', body: alreadySentBody(here) });
      return sendPage(services, request, reply, page, 409);
    }
    return orShowAgain(
      async () => {
        const scopes = chosenScopes(kind, typed);
        const { id, secret, botEmail } = await createAccessToken(services, grant, {
          name: typed.label,
          scopes,
          ...momentsIn(typed),
          confinement: confinementOfKey(kind, typed),
          ...(here.project !== undefined && { project: here.project }),
        });
        const title = 'Access token created';
        const body = secretBody({
          title,
          here,
          publicUrl: services.publicUrl,
          label: typed.label.trim(),
          id,
          secret: secret.reveal(),
          botEmail,
          scopes,
        });
        return sendPage(services, request, reply, here.frame({ title, body }));
      },
      (problem) => showForm(request, reply, typed, problem),
    );
  });
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
