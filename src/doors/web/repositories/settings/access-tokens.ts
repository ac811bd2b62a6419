import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createAccessToken } from '../../../../acts/credentials/create-access-token.ts';
import { listAccessTokens } from '../../../../acts/credentials/list.ts';
import { viewMakers } from '../../../../acts/credentials/makers.ts';
import { revokeCredential } from '../../../../acts/credentials/revoke.ts';
import { mayTokensLiveForever } from '../../../../acts/repositories/settings-choices.ts';
import { invalid, Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { isReadingBack, typedKey } from '../../credentials/chooser.ts';
import { hasEnded } from '../../credentials/lines.ts';
import { chosenScopes } from '../../credentials/tasks.ts';
import { formOf } from '../../form-input.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import {
  accessTokensBody,
  alreadySentBody,
  newTokenBody,
  revokeTokenQuestion,
  secretBody,
  type TypedToken,
} from './access-tokens-view.ts';

const DAY_MS = 24 * 3600_000;
const USUAL_DAYS = 90;

/** Keys that belong to the repository: listed, made, revoked. */
export function accessTokenPages(app: FastifyInstance, { services, forms }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/access-tokens';

  app.get(place, pageRoute('access_token.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.list');
    const [facts] = grant.targets;
    const tokens = await listAccessTokens(services, grant);
    const body = accessTokensBody({
      links: linksOf(facts),
      tokens,
      makers: await viewMakers(services, grant, tokens),
      botHost: services.settings.botHost,
      now: new Date(services.clock()),
    });
    const page = { title: 'Access tokens', body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'tokens', page));
  });

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedToken,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'access_token.create');
    const [facts] = grant.targets;
    const body = newTokenBody({
      links: linksOf(facts),
      name: `${facts.workspace.slug}/${facts.slug}`,
      typed,
      problem,
      formToken: forms.token(),
      mayLiveForever: await mayTokensLiveForever(services, grant),
    });
    const page = settingsPage(facts, 'tokens', { title: 'Create access token', body, width: 'full' });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${place}/new`, pageRoute('access_token.create', toRepository), (request, reply) => {
    const expires = dayOf(services.clock() + USUAL_DAYS * DAY_MS);
    return showForm(request, reply, { label: '', tasks: [], scopes: [], expires });
  });

  app.post(`${place}/new`, pageRoute('access_token.create', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.create');
    const [facts] = grant.targets;
    const { principal } = grant;
    const form = formOf(request);
    const session = principal.type === 'session' ? principal.sessionId : '';
    const links = linksOf(facts);
    const typed = { ...typedKey(form), expires: form.text('expires').trim() };
    if (isReadingBack(form)) return showForm(request, reply, typed);
    if (!forms.take(session, form.text('form_token'))) {
      const page = settingsPage(facts, 'tokens', { title: 'Already sent', body: alreadySentBody(links) });
      return sendPage(services, request, reply, page, 409);
    }
    return orShowAgain(
      async () => {
        const scopes = chosenScopes('repository_access_token', typed);
        const { id, secret, botEmail } = await createAccessToken(services, grant, {
          name: typed.label,
          scopes,
          expiresAt: momentOf(typed.expires),
        });
        const body = secretBody({
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

  app.get(`${place}/:id/revoke`, pageRoute('access_token.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.list');
    const [facts] = grant.targets;
    const id = parameter(request, 'id');
    const token = (await listAccessTokens(services, grant)).find((each) => each.id === id);
    if (token === undefined || hasEnded(token)) {
      throw new Problem(
        'not_found',
        'This repository has no active access token of this id: it may have been revoked already.',
      );
    }
    const question = revokeTokenQuestion(token, linksOf(facts), new Date(services.clock()));
    const body = confirmBody(question);
    return sendPage(services, request, reply, settingsPage(facts, 'tokens', { title: 'Revoke', body }));
  });

  app.post(`${place}/:id/revoke`, pageRoute('access_token.revoke', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.revoke');
    await revokeCredential(services, grant, parameter(request, 'id'));
    const { accessTokens } = linksOf(grant.targets[0]);
    return redirectTo(services, request, reply, accessTokens, 'access-token-revoked');
  });
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A day means its end, in UTC, as on the command line. Nothing typed: no expiry. */
function momentOf(text: string): number | null {
  if (text === '') return null;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : Number.NaN;
  // The calendar has no 31 February, but the parser makes one of it.
  if (Number.isNaN(at) || dayOf(at) !== text) {
    throw invalid('expires', 'Give the expiry as a date, such as 2027-03-31.');
  }
  return at;
}
