import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewMakers } from '../../../../acts/credentials/makers.ts';
import { narrowCredential } from '../../../../acts/credentials/narrow.ts';
import { previewBounds } from '../../../../acts/credentials/preview.ts';
import { revokeCredential } from '../../../../acts/credentials/revoke.ts';
import { takeForm } from '../../../../acts/credentials/take-form.ts';
import { viewCredential, type ViewedInFamily } from '../../../../acts/credentials/view.ts';
import { Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { detailBody } from '../../credentials/detail.ts';
import { endedBody } from '../../credentials/ended.ts';
import { hasEnded } from '../../credentials/lines.ts';
import { narrowBody, narrowQuestion } from '../../credentials/narrow.ts';
import {
  endsAtOnce,
  replaceAsTyped,
  replaceBody,
  replaceQuestion,
  typedReplacement,
  usualReplacement,
  type TypedReplacement,
} from '../../credentials/replace.ts';
import { confinementIn, typedBounds, type TypedBounds } from '../../credentials/typed-bounds.ts';
import { enterAlso } from '../../enter-also.ts';
import { FormInput, formOf } from '../../form-input.ts';
import { freshFormToken } from '../../form-token.ts';
import type { Html } from '../../html.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { alreadySentBody, revokeTokenQuestion, secretBody, tokenFacts } from './access-tokens-view.ts';

/** One access token of the repository: what it is, narrowing it, replacing it, revoking it. */
export function accessTokenDetailPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/access-tokens/:id';

  app.get(place, pageRoute('access_token.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.list');
    const [facts] = grant.targets;
    const links = linksOf(facts);
    const id = parameter(request, 'id');
    const viewed = await viewCredential(services, grant, id);
    const { credential } = viewed;
    const makers = await viewMakers(services, grant, [credential]);
    const maker = credential.createdBy === null ? 'the command line' : makers.get(credential.createdBy);
    const now = new Date(services.clock());
    const body = detailBody({
      viewed,
      now,
      narrowHref: links.accessToken(id, '/narrow'),
      explainHref: links.accessToken(id, '/explain'),
      replaceHref: links.accessToken(id, '/replace'),
      hrefOf: links.accessToken,
      revoke: revokeTokenQuestion(credential, links, now),
      besides: tokenFacts(credential, services.settings.botHost, maker),
    });
    const page = { title: credential.label, body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'tokens', page));
  });

  const living = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const here = { workspace: parameter(request, 'workspace'), repository: parameter(request, 'repository') };
    const listing = await enterAlso(services, request, 'access_token.list', toRepository(here));
    const viewed = await viewCredential(services, listing, parameter(request, 'id'));
    if (hasEnded(viewed.credential)) throw gone();
    return viewed;
  };

  const showNarrow = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedBounds,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [facts] = grantOf(request, 'access_token.narrow').targets;
    const links = linksOf(facts);
    const id = parameter(request, 'id');
    const body = narrowBody({
      viewed: await living(request),
      action: links.accessToken(id, '/narrow'),
      cancelHref: links.accessToken(id),
      typed,
      problem,
      repositories: [],
      address: request.ip,
    });
    const page = settingsPage(facts, 'tokens', { title: 'Narrow', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${place}/narrow`, pageRoute('access_token.narrow', toRepository), (request, reply) =>
    showNarrow(request, reply, typedBounds(new FormInput(undefined))),
  );

  app.post(`${place}/narrow`, pageRoute('access_token.narrow', toRepository), async (request, reply) => {
    const typed = typedBounds(formOf(request));
    const id = parameter(request, 'id');
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'access_token.narrow');
        const [facts] = grant.targets;
        const { accessToken } = linksOf(facts);
        const { words } = await previewBounds(services, grant, confinementIn(typed));
        if (words.length > 0 && !formOf(request).ticked('confirmed')) {
          const { label } = (await living(request)).credential;
          const addresses = { action: accessToken(id, '/narrow'), cancelHref: accessToken(id) };
          const body = confirmBody(narrowQuestion({ label, words, typed, ...addresses }));
          return sendPage(services, request, reply, settingsPage(facts, 'tokens', { title: 'Narrow', body }));
        }
        await narrowCredential(services, grant, id, confinementIn(typed));
        return redirectTo(services, request, reply, accessToken(id), 'credential-narrowed');
      },
      (problem) => showNarrow(request, reply, typed, problem),
    );
  });

  const showReplace = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed?: TypedReplacement,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [facts] = grantOf(request, 'access_token.rotate').targets;
    const { accessToken } = linksOf(facts);
    const id = parameter(request, 'id');
    const viewed = await living(request);
    const now = new Date(services.clock());
    const body = replaceBody({
      viewed,
      action: accessToken(id, '/replace'),
      cancelHref: accessToken(id),
      typed: typed ?? usualReplacement(viewed, now.getTime()),
      problem,
      formToken: freshFormToken(),
      now,
    });
    const page = settingsPage(facts, 'tokens', { title: 'Replace', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${place}/replace`, pageRoute('access_token.rotate', toRepository), (request, reply) =>
    showReplace(request, reply),
  );

  app.post(`${place}/replace`, pageRoute('access_token.rotate', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.rotate');
    const [facts] = grant.targets;
    const links = linksOf(facts);
    const form = formOf(request);
    const typed = typedReplacement(form);
    const id = parameter(request, 'id');
    const send = (title: string, body: Html, status = 200) =>
      sendPage(services, request, reply, settingsPage(facts, 'tokens', { title, body }), status);
    return orShowAgain(
      async () => {
        const formToken = form.text('form_token');
        if (endsAtOnce(typed) && !form.ticked('confirmed')) {
          const addresses = { action: links.accessToken(id, '/replace'), cancelHref: links.accessToken(id) };
          const now = new Date(services.clock());
          const viewed = await living(request);
          return send(
            'Replace',
            confirmBody(replaceQuestion({ viewed, typed, formToken, now, ...addresses })),
          );
        }
        if (!(await takeForm(services, grant, formToken)))
          return send('Already sent', alreadySentBody(links), 409);
        const successor = await replaceAsTyped(services, grant, id, typed);
        const title = 'Access token replaced';
        const body = secretBody({
          ...successor,
          title,
          links,
          repository: facts,
          publicUrl: services.publicUrl,
          secret: successor.secret.reveal(),
          botEmail: successor.botEmail ?? '',
        });
        return send(title, body);
      },
      (problem) => showReplace(request, reply, typed, problem),
    );
  });

  app.get(`${place}/revoke`, pageRoute('access_token.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.list');
    const [facts] = grant.targets;
    const { credential } = await viewCredential(services, grant, parameter(request, 'id'));
    const links = linksOf(facts);
    const body = hasEnded(credential)
      ? endedBody(credential, links.accessToken(credential.id))
      : confirmBody(revokeTokenQuestion(credential, links, new Date(services.clock())));
    return sendPage(services, request, reply, settingsPage(facts, 'tokens', { title: 'Revoke', body }));
  });

  app.post(`${place}/revoke`, pageRoute('access_token.revoke', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_token.revoke');
    await revokeCredential(services, grant, parameter(request, 'id'));
    const { accessTokens } = linksOf(grant.targets[0]);
    return redirectTo(services, request, reply, accessTokens, 'access-token-revoked');
  });
}

const gone = (): Problem =>
  new Problem(
    'not_found',
    'This repository has no active access token of this id: it may have been revoked already.',
  );
