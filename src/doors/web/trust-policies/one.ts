import type { FastifyInstance, FastifyRequest } from 'fastify';
import { viewMakers } from '../../../acts/credentials/makers.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import { viewJobToken, viewTrustPolicy, type ViewedPolicy } from '../../../acts/federation/view.ts';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { endedBody } from '../credentials/ended.ts';
import { addNarrowPages } from '../credentials/narrow-pages.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { enterAlso } from '../enter-also.ts';
import { confirmBody } from '../pieces/index.ts';
import { settingsPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { redirectTo, sendPage, type PageContent } from '../respond.ts';
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

  const listingToo = (request: FastifyRequest) =>
    enterAlso(
      services,
      request,
      'trust_policy.list',
      toRepository({
        workspace: parameter(request, 'workspace'),
        repository: parameter(request, 'repository'),
      }),
    );

  /** Of this repository, whatever has become of it. */
  const find = async (request: FastifyRequest): Promise<ViewedPolicy> =>
    viewTrustPolicy(services, await listingToo(request), parameter(request, 'id'));

  const living = async (request: FastifyRequest): Promise<ViewedPolicy> => {
    const viewed = await find(request);
    if (!hasEnded(viewed.credential)) return viewed;
    throw new Problem(
      'not_found',
      'This repository has no active trust policy of this id: it may have ended already.',
    );
  };

  addNarrowPages(app, options, {
    place: PLACE,
    route: pageRoute('access_token.narrow', toRepository),
    grantOf: (request) => grantOf(request, 'access_token.narrow'),
    async living(request) {
      const { credential, boundWords } = await living(request);
      // What confines it is what confines its job tokens.
      return { credential: { ...credential, kind: 'federated_job_token' }, boundWords };
    },
    lead: 'From now on all of this must allow as well, for the job tokens that live and for those to come. Nothing can be taken off again.',
    beside: async () => [],
    hrefOf: (request) => linksOf(grantOf(request, 'access_token.narrow').targets[0]).trustPolicy,
    repositories: async () => [],
    project: async () => undefined,
    send(request, reply, content, status) {
      const [facts] = grantOf(request, 'access_token.narrow').targets;
      return sendPage(services, request, reply, page(facts, content), status);
    },
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
    const grant = await listingToo(request);
    const policy = await viewTrustPolicy(services, grant, parameter(request, 'id'));
    const token = await viewJobToken(services, grant, policy, parameter(request, 'token'));
    return { policyId: policy.credential.id, token };
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
