import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayTokensLiveForever } from '../../../acts/credentials/create-access-token.ts';
import { viewMakers } from '../../../acts/credentials/makers.ts';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import { createTrustPolicy } from '../../../acts/federation/create.ts';
import { issuersToTrust } from '../../../acts/federation/issuers.ts';
import { listTrustPolicies } from '../../../acts/federation/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
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
import { settingsPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { newPolicyBody } from './form.ts';
import { conditionsIn, lifetimeIn, typedTrust, UNTYPED_TRUST, type TypedTrust } from './typed.ts';
import { policiesBody } from './view.ts';

/** What a job token may hold is what a policy may. */
const KIND = 'federated_job_token';
const PLACE = '/:workspace/:repository/settings/trust-policies';

export function trustPolicyListPages(app: FastifyInstance, { services, routes }: PagesOptions): void {
  app.get(PLACE, pageRoute('trust_policy.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'trust_policy.list');
    const [facts] = grant.targets;
    const which = whichIn(request);
    const shown = await listTrustPolicies(services, grant, which);
    const body = policiesBody({
      links: linksOf(facts),
      which,
      shown,
      makers: await viewMakers(services, grant, shown.credentials),
      boundWords: await viewBoundWords(services, grant, shown.credentials),
      now: new Date(services.clock()),
    });
    const page = { title: 'Trust policies', body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'trust-policies', page));
  });

  const creating = pageRoute('trust_policy.create', toRepository);

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedKey,
    trust: TypedTrust,
    refused?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'trust_policy.create');
    const [facts] = grant.targets;
    const { preview, problem } = await previewKey(services, grant, KIND, typed);
    const body = newPolicyBody({
      links: linksOf(facts),
      name: `${facts.workspace.slug}/${facts.slug}`,
      kind: KIND,
      typed,
      trust,
      issuers: await issuersToTrust(services, grant),
      publicUrl: services.publicUrl,
      preview,
      problem: refused ?? problem,
      formToken: freshFormToken(),
      mayLiveForever: await mayTokensLiveForever(services, grant),
      address: request.ip,
      routes,
    });
    const page = settingsPage(facts, 'trust-policies', { title: 'Create trust policy', body, width: 'full' });
    return sendPage(services, request, reply, page, refused === undefined ? 200 : statusOf(refused));
  };

  app.get(`${PLACE}/new`, creating, (request, reply) =>
    showForm(request, reply, keyInQuery(KIND, request.query, ''), UNTYPED_TRUST),
  );

  app.post(`${PLACE}/new`, creating, async (request, reply) => {
    const grant = grantOf(request, 'trust_policy.create');
    const form = formOf(request);
    const typed = typedKey(form);
    const trust = typedTrust(form);
    if (isReadingBack(form)) return showForm(request, reply, typed, trust);
    const links = linksOf(grant.targets[0]);
    // Sent twice, it made one: that stands in the list.
    if (!(await takeForm(services, grant, form.text('form_token'))))
      return redirectTo(services, request, reply, links.trustPolicies);
    return orShowAgain(
      async () => {
        const id = await createTrustPolicy(services, grant, {
          name: typed.label,
          issuer: trust.issuer,
          audience: trust.audience.trim() === '' ? null : trust.audience,
          conditions: conditionsIn(trust),
          lifetimeMinutes: lifetimeIn(trust),
          scopes: chosenScopes(KIND, typed),
          ...momentsIn(typed),
          confinement: confinementOfKey(KIND, typed),
        });
        return redirectTo(services, request, reply, links.trustPolicy(id), 'trust-policy-created');
      },
      (problem) => showForm(request, reply, typed, trust, problem),
    );
  });
}
