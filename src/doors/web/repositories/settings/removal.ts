import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { deleteRepository, transferRepository } from '../../../../acts/repositories/remove.ts';
import { viewEndingTokens, viewTransferChoices } from '../../../../acts/repositories/settings-choices.ts';
import { invalid, type Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import type { TargetReference } from '../../../../gate/index.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { formOf } from '../../form-input.ts';
import { repositoryPath, workspacePath } from '../../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, queryName, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { deleteBody, transferBody, transferChoiceBody, transferIsForOwnersBody } from './removal-view.ts';

const DAY_MS = 24 * 3600_000;

/** Moving the repository to another workspace, and deleting it. */
export function removalPages(app: FastifyInstance, { services }: PagesOptions): void {
  const place = '/:workspace/:repository/settings';

  app.get(`${place}/transfer`, pageRoute('repository.settings', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'repository.settings');
    const [facts] = grant.targets;
    const links = linksOf(facts);
    if (!facts.isOwned) {
      const body = transferIsForOwnersBody(facts.workspace);
      return sendPage(services, request, reply, settingsPage(facts, 'transfer', { title: 'Transfer', body }));
    }
    const typed = queryName(request, 'to');
    const { chosen, ...choices } = await viewTransferChoices(services, grant, typed);
    // The workspace must be part of the path of what does it: both ends are decided before anything is read.
    if (chosen !== undefined) return redirectTo(services, request, reply, links.transferTo(chosen.slug));
    const problem =
      typed === ''
        ? undefined
        : invalid('to', `There is no other workspace “${typed}” in which you may create repositories.`);
    const body = transferChoiceBody({ links, workspace: facts.workspace, choices, typed, problem });
    const page = settingsPage(facts, 'transfer', { title: 'Transfer', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  });

  const transfer = pageRoute('repository.transfer', toRepositoryAndDestination);
  app.get(`${place}/transfer/:destination`, transfer, (request, reply) =>
    showTransfer(services, request, reply),
  );
  app.post(`${place}/transfer/:destination`, transfer, async (request, reply) =>
    orShowAgain(
      async () => {
        const grant = grantOf(request, 'repository.transfer');
        const moved = await transferRepository(services, grant);
        return redirectTo(services, request, reply, repositoryPath(moved), 'repository-transferred');
      },
      (problem) => showTransfer(services, request, reply, problem),
    ),
  );

  const removing = pageRoute('repository.delete', toRepository);
  app.get(`${place}/delete`, removing, (request, reply) => showDeletion(services, request, reply));
  app.post(`${place}/delete`, removing, async (request, reply) =>
    orShowAgain(
      async () => {
        const grant = grantOf(request, 'repository.delete');
        const [{ slug, workspace }] = grant.targets;
        const typed = formOf(request).text('name').trim();
        if (typed !== slug && typed !== `${workspace.slug}/${slug}`) {
          throw invalid('name', `Type ${slug}, exactly as it is written above, to delete it.`);
        }
        await deleteRepository(services, grant);
        return redirectTo(services, request, reply, workspacePath(workspace.slug), 'repository-deleted');
      },
      (problem) => showDeletion(services, request, reply, problem),
    ),
  );
}

const toRepositoryAndDestination = (
  parameters: Readonly<Record<string, string>>,
): readonly TargetReference[] => [
  ...toRepository(parameters),
  { type: 'workspace', workspace: parameters['destination'] ?? '' },
];

async function showTransfer(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  problem?: Problem,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'repository.transfer');
  const [facts, destination] = grant.targets;
  const body = transferBody({
    links: linksOf(facts),
    slug: facts.slug,
    from: facts.workspace,
    to: destination,
    tokens: await viewEndingTokens(services, grant),
    problem,
    now: new Date(services.clock()),
  });
  const page = settingsPage(facts, 'transfer', { title: 'Transfer', body });
  return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
}

async function showDeletion(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  problem?: Problem,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'repository.delete');
  const [facts] = grant.targets;
  const body = deleteBody({
    links: linksOf(facts),
    slug: facts.slug,
    workspace: facts.workspace,
    hasWiki: facts.hasWiki,
    tokens: await viewEndingTokens(services, grant),
    restorableDays: Math.round(services.deletedRepositoryMs / DAY_MS),
    typed: formOf(request).text('name'),
    problem,
    now: new Date(services.clock()),
  });
  const page = settingsPage(facts, 'delete', { title: 'Delete', body });
  return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
}
