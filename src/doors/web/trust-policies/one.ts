import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewMakers } from '../../../acts/credentials/makers.ts';
import { narrowCredential } from '../../../acts/credentials/narrow.ts';
import { previewBounds } from '../../../acts/credentials/preview.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import { viewTrustPolicy, type ViewedPolicy } from '../../../acts/federation/view.ts';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { endedBody } from '../credentials/ended.ts';
import { narrowBody, narrowQuestion } from '../credentials/narrow.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { confinementIn, typedBounds, type TypedBounds } from '../credentials/typed-bounds.ts';
import { enterAlso } from '../enter-also.ts';
import { FormInput, formOf } from '../form-input.ts';
import { confirmBody } from '../pieces/index.ts';
import { settingsPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { orShowAgain, redirectTo, sendPage, statusOf, type PageContent } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { policyBody, revokeJobTokenQuestion, revokePolicyQuestion } from './view.ts';

const PLACE = '/:workspace/:repository/settings/trust-policies/:id';

const page = (facts: RepositoryFacts, content: PageContent): PageContent =>
  settingsPage(facts, 'trust-policies', content);

/** One trust policy: what it demands and what came of it, narrowing it, pausing it, revoking it and its job tokens. */
export function trustPolicyDetailPages(app: FastifyInstance, options: PagesOptions): void {
  const { services } = options;
  const listing = pageRoute('trust_policy.list', toRepository);

  app.get(PLACE, listing, async (request, reply) => {
    const grant = grantOf(request, 'trust_policy.list');
    const [facts] = grant.targets;
    const viewed = await viewTrustPolicy(services, grant, parameter(request, 'id'));
    const { credential } = viewed;
    const makers = await viewMakers(services, grant, [credential]);
    const body = policyBody({
      links: linksOf(facts),
      viewed,
      maker: credential.createdBy === null ? 'the command line' : makers.get(credential.createdBy),
      botHost: services.settings.botHost,
      publicUrl: services.publicUrl,
      name: `${facts.workspace.slug}/${facts.slug}`,
      now: new Date(services.clock()),
    });
    return sendPage(services, request, reply, page(facts, { title: credential.label, body, width: 'full' }));
  });

  /** Of this repository, whatever has become of it. */
  const find = async (request: FastifyRequest): Promise<ViewedPolicy> => {
    const here = {
      workspace: parameter(request, 'workspace'),
      repository: parameter(request, 'repository'),
    };
    const grant = await enterAlso(services, request, 'trust_policy.list', toRepository(here));
    return viewTrustPolicy(services, grant, parameter(request, 'id'));
  };

  const living = async (request: FastifyRequest): Promise<ViewedPolicy> => {
    const viewed = await find(request);
    if (!hasEnded(viewed.credential)) return viewed;
    throw new Problem(
      'not_found',
      'This repository has no active trust policy of this id: it may have ended already.',
    );
  };

  const narrowing = pageRoute('access_token.narrow', toRepository);

  const showNarrow = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedBounds,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [facts] = grantOf(request, 'access_token.narrow').targets;
    const { credential, boundWords } = await living(request);
    const { trustPolicy } = linksOf(facts);
    const body = narrowBody({
      // What confines it is what confines its job tokens.
      viewed: { credential: { ...credential, kind: 'federated_job_token' }, boundWords },
      lead: 'From now on all of this must allow as well, for the job tokens that live and for those to come. Nothing can be taken off again.',
      beside: [],
      action: trustPolicy(credential.id, '/narrow'),
      cancelHref: trustPolicy(credential.id),
      typed,
      problem,
      repositories: [],
      address: request.ip,
    });
    const status = problem === undefined ? 200 : statusOf(problem);
    return sendPage(services, request, reply, page(facts, { title: 'Narrow', body }), status);
  };

  app.get(`${PLACE}/narrow`, narrowing, (request, reply) =>
    showNarrow(request, reply, typedBounds(new FormInput(undefined))),
  );

  app.post(`${PLACE}/narrow`, narrowing, async (request, reply) => {
    const typed = typedBounds(formOf(request));
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'access_token.narrow');
        const [facts] = grant.targets;
        const { credential } = await living(request);
        const { trustPolicy } = linksOf(facts);
        const { words } = await previewBounds(services, grant, confinementIn(typed));
        if (words.length > 0 && !formOf(request).ticked('confirmed')) {
          const addresses = {
            action: trustPolicy(credential.id, '/narrow'),
            cancelHref: trustPolicy(credential.id),
          };
          const question = narrowQuestion({
            label: credential.label,
            words,
            beside: [],
            typed,
            ...addresses,
          });
          return sendPage(
            services,
            request,
            reply,
            page(facts, { title: 'Narrow', body: confirmBody(question) }),
          );
        }
        await narrowCredential(services, grant, credential.id, confinementIn(typed));
        return redirectTo(services, request, reply, trustPolicy(credential.id), 'credential-narrowed');
      },
      (problem) => showNarrow(request, reply, typed, problem),
    );
  });

  addPausePages(app, options, {
    place: PLACE,
    pause: {
      route: pageRoute('access_token.pause', toRepository),
      grantOf: (request) => grantOf(request, 'access_token.pause'),
    },
    resume: {
      route: pageRoute('access_token.resume', toRepository),
      grantOf: (request) => grantOf(request, 'access_token.resume'),
    },
    async find(request) {
      const { credential, usage } = await find(request);
      return { credential, seen: { usage } };
    },
    hrefOf: (_request, grant) => linksOf(grant.targets[0]).trustPolicy,
    send: (request, reply, grant, content) =>
      sendPage(services, request, reply, page(grant.targets[0], content)),
  });

  const revoking = pageRoute('access_token.revoke', toRepository);

  app.get(`${PLACE}/revoke`, listing, async (request, reply) => {
    const [facts] = grantOf(request, 'trust_policy.list').targets;
    const { credential } = await find(request);
    const links = linksOf(facts);
    const body = hasEnded(credential)
      ? endedBody(credential, links.trustPolicy(credential.id))
      : confirmBody(revokePolicyQuestion(credential, links));
    return sendPage(services, request, reply, page(facts, { title: 'Revoke', body }));
  });

  app.post(`${PLACE}/revoke`, revoking, async (request, reply) => {
    const grant = grantOf(request, 'access_token.revoke');
    const { credential } = await find(request);
    await revokeCredential(services, grant, credential.id);
    const { trustPolicies } = linksOf(grant.targets[0]);
    return redirectTo(services, request, reply, trustPolicies, 'trust-policy-revoked');
  });

  const jobToken = async (request: FastifyRequest) => {
    const { credential, jobTokens } = await find(request);
    const token = jobTokens.find(({ id }) => id === parameter(request, 'token'));
    if (token !== undefined) return { policyId: credential.id, token };
    throw new Problem(
      'not_found',
      'This policy has no job token of this id that lives: it may have ended already.',
    );
  };

  app.get(`${PLACE}/tokens/:token/revoke`, listing, async (request, reply) => {
    const [facts] = grantOf(request, 'trust_policy.list').targets;
    const { policyId, token } = await jobToken(request);
    const body = confirmBody(revokeJobTokenQuestion(policyId, token, linksOf(facts)));
    return sendPage(services, request, reply, page(facts, { title: 'Revoke', body }));
  });

  app.post(`${PLACE}/tokens/:token/revoke`, revoking, async (request, reply) => {
    const grant = grantOf(request, 'access_token.revoke');
    const { policyId, token } = await jobToken(request);
    await revokeCredential(services, grant, token.id);
    const to = linksOf(grant.targets[0]).trustPolicy(policyId);
    return redirectTo(services, request, reply, to, 'job-token-revoked');
  });
}
