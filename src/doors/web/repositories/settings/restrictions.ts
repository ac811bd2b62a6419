import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createRestriction, deleteRestriction } from '../../../../acts/restrictions/change.ts';
import { valueFrom } from '../../../../acts/restrictions/choices.ts';
import {
  noSuchRestriction,
  viewPageOfRestrictions,
  viewRestriction,
  viewRestrictionCandidates,
} from '../../../../acts/restrictions/view.ts';
import type { Grant } from '../../../../gate/index.ts';
import type { Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { formOf, type FormInput } from '../../form-input.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../../pages-of.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, queryPage, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import {
  fieldsOf,
  NOTHING_TYPED,
  removeQuestion,
  restrictionBody,
  restrictionsBody,
  type TypedRestriction,
} from './restrictions-view.ts';

/** Who may push to which branches or merge into them, what nobody may do to them, and what merging takes. */
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
        const { value, ...rule } = typed;
        await createRestriction(services, grant, { ...rule, value: valueFrom(value) });
        const { restrictions } = linksOf(grant.targets[0]);
        return redirectTo(services, request, reply, restrictions, 'restriction-added');
      },
      (problem) => show(services, request, reply, grant, typed, problem),
    );
  });

  app.get(`${place}/:restriction`, pageRoute('restriction.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'restriction.list');
    const [facts] = grant.targets;
    const rule = await viewRestriction(services, grant, idIn(request));
    const body = restrictionBody(rule, linksOf(facts));
    const page = settingsPage(facts, 'restrictions', { title: rule.pattern, body });
    return sendPage(services, request, reply, page);
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
  if (!/^[1-9]\d{0,8}$/.test(text)) throw noSuchRestriction();
  return Number(text);
}

/** Fields of kinds that are not chosen are sent all the same, and say nothing. */
function typedRestriction(form: FormInput): TypedRestriction {
  const kind = form.text('kind');
  const fields = fieldsOf(kind);
  return {
    kind,
    pattern: form.text('pattern'),
    value: form.text(`${fields}value`).trim(),
    users: namesIn(form.texts(`${fields}users`)),
    groups: namesIn(form.texts(`${fields}groups`)),
    accessTokens: namesIn(form.texts(`${fields}access_tokens`)),
  };
}

/** Ticked one by one, or typed, one on each line. */
const namesIn = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== '');

async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
  typed: TypedRestriction,
  problem?: Problem,
): Promise<FastifyReply> {
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const page = queryPage(request);
  const pageHref = (number: number) => `${links.restrictions}?page=${number}`;
  const [{ rules, size }, candidates] = await Promise.all([
    viewPageOfRestrictions(services, grant, rowsOf(page)),
    viewRestrictionCandidates(services, grant),
  ]);
  const pages = pagesOf(page, PAGE_LENGTH, size, pageHref);
  const missing = noSuchPage(page, PAGE_LENGTH, size, pageHref);
  const body = restrictionsBody({ links, rules, pages, missing, candidates, typed, problem });
  const content = settingsPage(facts, 'restrictions', { title: 'Branch restrictions', body });
  return sendPage(services, request, reply, content, problem === undefined ? 200 : statusOf(problem));
}
