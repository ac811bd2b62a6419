import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createRestriction, deleteRestriction } from '../../../../acts/restrictions/change.ts';
import {
  noSuchRestriction,
  viewRestriction,
  viewRestrictionCandidates,
  viewRestrictions,
} from '../../../../acts/restrictions/view.ts';
import type { Grant } from '../../../../gate/index.ts';
import type { Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { formOf, type FormInput } from '../../form-input.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import {
  NOTHING_TYPED,
  removeQuestion,
  restrictionsBody,
  type TypedRestriction,
} from './restrictions-view.ts';

/** Who may push to which branches, and what nobody may do to them. */
export function restrictionPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/branch-restrictions';

  app.get(place, pageRoute('restriction.list', toRepository), async (request, reply) =>
    show(services, request, reply, grantOf(request, 'restriction.list'), NOTHING_TYPED),
  );

  app.post(place, pageRoute('restriction.change', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'restriction.change');
    const typed = typedRestriction(formOf(request));
    return orShowAgain(
      async () => {
        const { kind, pattern } = typed;
        // Only such a rule names anybody; boxes that were ticked before another was chosen are sent all the same.
        await createRestriction(services, grant, kind === 'push' ? typed : { kind, pattern });
        const { restrictions } = linksOf(grant.targets[0]);
        return redirectTo(services, request, reply, restrictions, 'restriction-added');
      },
      (problem) => show(services, request, reply, grant, typed, problem),
    );
  });

  app.get(
    `${place}/:restriction/remove`,
    pageRoute('restriction.list', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'restriction.list');
      const [facts] = grant.targets;
      const rule = await viewRestriction(services, grant, idIn(request));
      const body = confirmBody(removeQuestion(rule, linksOf(facts)));
      return sendPage(
        services,
        request,
        reply,
        settingsPage(facts, 'restrictions', { title: 'Remove', body }),
      );
    },
  );

  app.post(
    `${place}/:restriction/remove`,
    pageRoute('restriction.change', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'restriction.change');
      await deleteRestriction(services, grant, idIn(request));
      const { restrictions } = linksOf(grant.targets[0]);
      return redirectTo(services, request, reply, restrictions, 'restriction-removed');
    },
  );
}

function idIn(request: FastifyRequest): number {
  const text = parameter(request, 'restriction');
  if (!/^[1-9]\d{0,14}$/.test(text)) throw noSuchRestriction();
  return Number(text);
}

const typedRestriction = (form: FormInput): TypedRestriction => ({
  kind: form.text('kind'),
  pattern: form.text('pattern'),
  users: form.texts('users'),
  groups: form.texts('groups'),
  accessTokens: form.texts('access_tokens'),
});

async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
  typed: TypedRestriction,
  problem?: Problem,
): Promise<FastifyReply> {
  const [facts] = grant.targets;
  const [rules, candidates] = await Promise.all([
    viewRestrictions(services, grant),
    viewRestrictionCandidates(services, grant),
  ]);
  const body = restrictionsBody({ links: linksOf(facts), rules, candidates, typed, problem });
  const page = settingsPage(facts, 'restrictions', { title: 'Branch restrictions', body });
  return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
}
