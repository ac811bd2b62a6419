import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { grantRole, revokeRole, viewRole, viewRoles } from '../../../../acts/repositories/roles.ts';
import { viewRoleCandidates } from '../../../../acts/repositories/settings-choices.ts';
import { isRole, ROLES, type Grant } from '../../../../gate/index.ts';
import { invalid, Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { enterAlso } from '../../enter-also.ts';
import { formOf } from '../../form-input.ts';
import { namedList } from '../../named-list.ts';
import { confirmBody } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, queryText, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { accessBody, lowerRoleQuestion, revokeRoleQuestion, type AccessInput } from './access-view.ts';

const NOTHING_TYPED: AccessInput = { holder: '', role: 'read' };

/** Who has which role on the repository. */
export function accessPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings/access';
  app.get(place, pageRoute('role.list', toRepository), (request, reply) =>
    show(services, request, reply, grantOf(request, 'role.list')),
  );

  app.post(place, pageRoute('role.grant', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'role.grant');
    const form = formOf(request);
    const input = { holder: form.text('user').trim(), role: form.text('role') };
    return orShowAgain(
      async () => {
        if (input.holder === '') throw invalid('user', 'Name a person, or a group behind an @.');
        if (!isRole(input.role)) throw invalid('role', 'Choose one of the roles read, write and admin.');
        const { holder, role } = input;
        const [facts] = grant.targets;
        const links = linksOf(facts);
        const held = await viewRole(services, grant, holder);
        if (held && ROLES.indexOf(role) < ROLES.indexOf(held.role) && !form.ticked('confirmed')) {
          const body = confirmBody(lowerRoleQuestion(held, role, links));
          const page = settingsPage(facts, 'access', { title: 'Lower a role', body });
          return sendPage(services, request, reply, page);
        }
        await grantRole(services, grant, { holder, role });
        const notice = held === undefined ? 'role-granted' : 'role-changed';
        return redirectTo(services, request, reply, links.access, notice);
      },
      async (problem) =>
        show(services, request, reply, await enterListing(services, request), { input, problem }),
    );
  });

  app.get(`${place}/revoke`, pageRoute('role.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'role.list');
    const [facts] = grant.targets;
    const holder = await viewRole(services, grant, queryText(request, 'holder'));
    if (holder === undefined) {
      throw new Problem('not_found', 'Nobody of this name holds a role of their own here.');
    }
    const body = confirmBody(revokeRoleQuestion(holder, linksOf(facts)));
    return sendPage(
      services,
      request,
      reply,
      settingsPage(facts, 'access', { title: 'Take away a role', body }),
    );
  });

  app.post(`${place}/revoke`, pageRoute('role.revoke', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'role.revoke');
    await revokeRole(services, grant, formOf(request).text('holder'));
    return redirectTo(services, request, reply, linksOf(grant.targets[0]).access, 'role-revoked');
  });
}

/** Who has a role, with the form for more; after a refused form with what was typed and what was wrong. */
async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'role.list'>,
  refused?: { readonly input: AccessInput; readonly problem: Problem },
): Promise<FastifyReply> {
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const list = namedList(request, links.access, 'People and groups with a role');
  const [shown, candidates] = await Promise.all([
    viewRoles(services, grant, list.rows),
    viewRoleCandidates(services, grant),
  ]);
  const body = accessBody({
    links,
    workspace: facts.workspace,
    ...shown,
    list,
    candidates,
    input: refused?.input ?? NOTHING_TYPED,
    problem: refused?.problem,
  });
  const page = settingsPage(facts, 'access', { title: 'People and groups', body });
  return sendPage(services, request, reply, page, refused === undefined ? 200 : statusOf(refused.problem));
}

/** The grant of a form gives roles and does not list them; showing the page again is asked for by itself. */
const enterListing = (services: Services, request: FastifyRequest): Promise<Grant<'role.list'>> =>
  enterAlso(
    services,
    request,
    'role.list',
    toRepository({
      workspace: parameter(request, 'workspace'),
      repository: parameter(request, 'repository'),
    }),
  );
