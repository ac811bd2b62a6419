import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewDeleted, restoreRepository } from '../../../acts/repositories/remove.ts';
import { changeWorkspace, viewWorkspace } from '../../../acts/workspaces/workspaces.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import { emptyState, facts, form, pageHead, table, time } from '../pieces/index.ts';
import { workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, queryPage, type PagesOptions } from '../route.ts';
import { workspaceFrame, workspaceRail } from './frame.ts';

const SETTINGS = '/:workspace/-/settings';
const DELETED = '/:workspace/-/deleted';

interface Typed {
  readonly name: string;
  readonly membersMayCreateRepositories: boolean;
  readonly tokensMayLiveForever: boolean;
  readonly requiresTwoStep: boolean;
}

/** The settings of a workspace and what was deleted in it, for its owners. */
export async function workspaceSettingsPages(
  app: FastifyInstance,
  { services }: PagesOptions,
): Promise<void> {
  const show = async (request: FastifyRequest, reply: FastifyReply, typed?: Typed, problem?: Problem) => {
    const grant = grantOf(request, 'workspace.update');
    const workspace = await viewWorkspace(services, grant);
    const shown = typed ?? workspace;
    return sendPage(
      services,
      request,
      reply,
      {
        title: `Settings of ${workspace.name}`,
        ...workspaceFrame(grant, 'settings'),
        rail: workspaceRail(workspace.slug, 'general'),
        body: html`${pageHead({ title: 'General' })}${form({
          action: workspacePath(workspace.slug, '/-/settings'),
          error: errorAbove(problem, ['name', 'requires_two_step']),
          fields: [
            {
              kind: 'text',
              name: 'name',
              label: 'Name for people',
              value: shown.name,
              maxlength: 62,
              required: true,
              error: errorIn(problem, 'name'),
            },
            {
              kind: 'checkbox',
              name: 'members_may_create',
              label: 'Members may create repositories',
              help: 'Otherwise owners alone.',
              checked: shown.membersMayCreateRepositories,
            },
            {
              kind: 'checkbox',
              name: 'tokens_may_live_forever',
              label: 'Access tokens may be made without an expiry date',
              help: 'Tokens that exist already are not changed.',
              checked: shown.tokensMayLiveForever,
            },
            {
              kind: 'checkbox',
              name: 'requires_two_step',
              label: 'Require two-step verification',
              help: 'Of owners, members and everybody with a role here. Who has it not reaches what is public, by Git and the API too. Access tokens of the workspace, of its projects and of its repositories go on working.',
              checked: shown.requiresTwoStep,
              error: errorIn(problem, 'requires_two_step'),
            },
          ],
          submit: { label: 'Save settings' },
        })}${facts([
          { name: 'Name in addresses', value: html`<code>${workspace.slug}</code>` },
          { name: 'UUID', value: html`<code>{${workspace.id}}</code>` },
        ])}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(SETTINGS, pageRoute('workspace.update', toWorkspace), async (request, reply) =>
    show(request, reply),
  );

  app.post(SETTINGS, pageRoute('workspace.update', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'workspace.update');
    const form = formOf(request);
    const typed = {
      name: form.text('name'),
      membersMayCreateRepositories: form.ticked('members_may_create'),
      tokensMayLiveForever: form.ticked('tokens_may_live_forever'),
      requiresTwoStep: form.ticked('requires_two_step'),
    };
    return orShowAgain(
      async () => {
        await changeWorkspace(services, grant, typed);
        const to = workspacePath(grant.targets[0].slug, '/-/settings');
        return redirectTo(services, request, reply, to, 'workspace-changed');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });

  app.get(DELETED, pageRoute('repository.restore', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'repository.restore');
    const [{ slug }] = grant.targets;
    const page = queryPage(request);
    const { repositories, size } = await viewDeleted(services, grant, rowsOf(page));
    const pageHref = (number: number) => `${workspacePath(slug, '/-/deleted')}?page=${number}`;
    const now = new Date(services.clock());
    const days = Math.round(services.deletedRepositoryMs / 86_400_000);
    return sendPage(services, request, reply, {
      title: 'Deleted repositories',
      ...workspaceFrame(grant, 'settings'),
      rail: workspaceRail(slug, 'deleted'),
      body: html`${pageHead({
        title: 'Deleted repositories',
        lead: `A deleted repository can be restored for ${days} days; then it is removed for good. Its access tokens stay revoked.`,
      })}${table({
        caption: 'Deleted repositories',
        quietCaption: true,
        rows: repositories,
        pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
        empty:
          noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
          emptyState({
            title: 'Nothing was deleted',
            body: 'What is deleted in this workspace can be brought back here.',
          }),
        columns: [
          { label: 'Repository', cell: (repository) => repository.slug },
          {
            label: 'Deleted',
            cell: ({ deletedAt }) => (deletedAt === null ? '' : time({ at: new Date(deletedAt), now })),
          },
          {
            label: 'Restore',
            quietLabel: true,
            align: 'end',
            cell: (repository) =>
              html`<form action="${workspacePath(slug, '/-/deleted')}" method="post"><input type="hidden" name="repository" value="{${repository.id}}"><button type="submit" class="button button-small" aria-label="Restore ${repository.slug}">Restore</button></form>`,
          },
        ],
      })}`,
    });
  });

  app.post(DELETED, pageRoute('repository.restore', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'repository.restore');
    await restoreRepository(services, grant, formOf(request).text('repository'));
    const to = workspacePath(grant.targets[0].slug);
    return redirectTo(services, request, reply, to, 'repository-restored');
  });
}
