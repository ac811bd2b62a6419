import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeForm } from '../../../../acts/credentials/take-form.ts';
import { createAccessToken } from '../../../../acts/credentials/create-access-token.ts';
import { listAccessTokens } from '../../../../acts/credentials/list.ts';
import { viewMakers } from '../../../../acts/credentials/makers.ts';
import { viewBoundWords } from '../../../../acts/credentials/view.ts';
import { mayTokensLiveForever } from '../../../../acts/repositories/settings-choices.ts';
import type { Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { isReadingBack } from '../../credentials/chooser.ts';
import { whichIn } from '../../credentials/parted-list.ts';
import { previewKey } from '../../credentials/preview.ts';
import { chosenScopes } from '../../credentials/tasks.ts';
import {
  confinementOfKey,
  keyInQuery,
  momentsIn,
  typedKey,
  type TypedKey,
} from '../../credentials/typed-key.ts';
import { formOf } from '../../form-input.ts';
import { freshFormToken } from '../../form-token.ts';
import { orShowAgain, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { accessTokensBody, alreadySentBody, newTokenBody, secretBody } from './access-tokens-view.ts';

const DAY_MS = 24 * 3600_000;
const USUAL_DAYS = 90;

const KIND = 'repository_access_token';

/** Keys that belong to the repository: the list, and making one. */
export function accessTokenPages(app: FastifyInstance, { services, routes }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/access-tokens';

  app.get(place, pageRoute('access_token.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.list');
    const [facts] = grant.targets;
    const which = whichIn(request);
    const shown = await listAccessTokens(services, grant, which);
    const body = accessTokensBody({
      links: linksOf(facts),
      which,
      shown,
      makers: await viewMakers(services, grant, shown.credentials),
      boundWords: await viewBoundWords(services, grant, shown.credentials),
      botHost: services.settings.botHost,
      now: new Date(services.clock()),
    });
    const page = { title: 'Access tokens', body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'tokens', page));
  });

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedKey,
    refused?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'access_token.create');
    const [facts] = grant.targets;
    const { preview, problem } = await previewKey(services, grant, KIND, typed);
    const body = newTokenBody({
      links: linksOf(facts),
      name: `${facts.workspace.slug}/${facts.slug}`,
      typed,
      preview,
      problem: refused ?? problem,
      formToken: freshFormToken(),
      mayLiveForever: await mayTokensLiveForever(services, grant),
      address: request.ip,
      routes,
    });
    const page = settingsPage(facts, 'tokens', { title: 'Create access token', body, width: 'full' });
    return sendPage(services, request, reply, page, refused === undefined ? 200 : statusOf(refused));
  };

  app.get(`${place}/new`, pageRoute('access_token.create', toRepository), (request, reply) => {
    const expires = dayOf(services.clock() + USUAL_DAYS * DAY_MS);
    return showForm(request, reply, keyInQuery(KIND, request.query, expires));
  });

  app.post(`${place}/new`, pageRoute('access_token.create', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.create');
    const [facts] = grant.targets;
    const form = formOf(request);
    const links = linksOf(facts);
    const typed = typedKey(form);
    if (isReadingBack(form)) return showForm(request, reply, typed);
    if (!(await takeForm(services, grant, form.text('form_token')))) {
      const page = settingsPage(facts, 'tokens', { title: 'Already sent', body: alreadySentBody(links) });
      return sendPage(services, request, reply, page, 409);
    }
    return orShowAgain(
      async () => {
        const scopes = chosenScopes(KIND, typed);
        const { id, secret, botEmail } = await createAccessToken(services, grant, {
          name: typed.label,
          scopes,
          ...momentsIn(typed),
          confinement: confinementOfKey(KIND, typed),
        });
        const body = secretBody({
          title: 'Access token created',
          links,
          repository: facts,
          publicUrl: services.publicUrl,
          label: typed.label.trim(),
          id,
          secret: secret.reveal(),
          botEmail,
          scopes,
        });
        return sendPage(
          services,
          request,
          reply,
          settingsPage(facts, 'tokens', { title: 'Access token created', body }),
        );
      },
      (problem) => showForm(request, reply, typed, problem),
    );
  });
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
