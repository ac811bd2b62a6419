import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewMakers } from '../../../../acts/credentials/makers.ts';
import { narrowCredential } from '../../../../acts/credentials/narrow.ts';
import { previewBounds } from '../../../../acts/credentials/preview.ts';
import { hasEnded } from '../../../../acts/credentials/standing.ts';
import { revokeCredential } from '../../../../acts/credentials/revoke.ts';
import { mayTokensLiveForever } from '../../../../acts/repositories/settings-choices.ts';
import { viewCredential, type ViewedInFamily } from '../../../../acts/credentials/view.ts';
import { Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { detailBody } from '../../credentials/detail.ts';
import { endedBody } from '../../credentials/ended.ts';
import { narrowBody, narrowQuestion } from '../../credentials/narrow.ts';
import { earlierNote } from '../../credentials/replace.ts';
import { addReplacePages } from '../../credentials/replace-pages.ts';
import { confinementIn, typedBounds, type TypedBounds } from '../../credentials/typed-bounds.ts';
import { enterAlso } from '../../enter-also.ts';
import { FormInput, formOf } from '../../form-input.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { alreadySentBody, revokeTokenQuestion, secretBody, tokenFacts } from './access-tokens-view.ts';

/** One access token of the repository: what it is, narrowing it, replacing it, revoking it. */
export function accessTokenDetailPages(app: FastifyInstance, options: PagesOptions): void {
  const { services } = options;
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

  const here = (request: FastifyRequest) => linksOf(grantOf(request, 'access_token.rotate').targets[0]);
  addReplacePages(app, options, {
    place,
    route: pageRoute('access_token.rotate', toRepository),
    grantOf: (request) => grantOf(request, 'access_token.rotate'),
    living,
    hrefsOf: (request) => ({ one: here(request).accessToken, create: here(request).newAccessToken }),
    mayLiveForever: (grant) =>
      grant.operation === 'access_token.rotate'
        ? mayTokensLiveForever(services, grant)
        : Promise.resolve(false),
    send: (request, reply, content, status) => {
      const [facts] = grantOf(request, 'access_token.rotate').targets;
      return sendPage(services, request, reply, settingsPage(facts, 'tokens', content), status);
    },
    sendMade: (request, reply, successor) => {
      const [facts] = grantOf(request, 'access_token.rotate').targets;
      const title = 'Access token replaced';
      const body = secretBody({
        ...successor,
        title,
        links: here(request),
        repository: facts,
        publicUrl: services.publicUrl,
        secret: successor.secret.reveal(),
        botEmail: successor.botEmail ?? '',
        note: earlierNote(successor, services.clock(), here(request).accessToken(successor.replaces)),
      });
      return sendPage(services, request, reply, settingsPage(facts, 'tokens', { title, body }));
    },
    sendAlreadyMade: (request, reply) => {
      const [facts] = grantOf(request, 'access_token.rotate').targets;
      const page = settingsPage(facts, 'tokens', {
        title: 'Already sent',
        body: alreadySentBody(here(request)),
      });
      return sendPage(services, request, reply, page, 409);
    },
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
