import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createProject, viewPageOfProjects } from '../../../acts/workspaces/projects.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { firstLine } from '../first-line.ts';
import { namedList } from '../named-list.ts';
import { emptyState, form, pageHead, table, time } from '../pieces/index.ts';
import { projectKeysPath, projectTokensPath, workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { isOwner, workspaceFrame } from './frame.ts';

const ADDRESS = '/:workspace/-/projects';

interface Typed {
  readonly key: string;
  readonly name: string;
  readonly description: string;
}

const NOTHING: Typed = { key: '', name: '', description: '' };

/** Projects: shelves on which the repositories of a workspace stand. */
export async function projectPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) => {
    const grant = await enterAlso(
      services,
      request,
      'project.list',
      toWorkspace({ workspace: parameter(request, 'workspace') }),
    );
    const [workspace] = grant.targets;
    const list = namedList(
      request,
      workspacePath(workspace.slug, '/-/projects'),
      'Projects of this workspace',
    );
    const { projects, size } = await viewPageOfProjects(services, grant, list.rows);
    const now = new Date(services.clock());
    return sendPage(
      services,
      request,
      reply,
      {
        title: `Projects of ${workspace.name}`,
        width: 'full',
        ...workspaceFrame(grant, 'projects'),
        body: html`${pageHead({
          title: 'Projects',
          lead: 'A project keeps repositories that belong together. An access token or access key of a project opens all of them.',
        })}${list.search(size)}${table({
          caption: `Projects of ${workspace.name}`,
          quietCaption: true,
          rows: projects,
          pages: list.pages(size),
          empty:
            list.nothing(size) ??
            emptyState({
              title: 'No projects',
              body: 'The first repository of the workspace makes one.',
            }),
          columns: [
            { label: 'Project', cell: ({ name }) => name },
            { label: 'Key', cell: ({ key }) => html`<code>${key}</code>` },
            {
              label: 'Description',
              cell: ({ description }) =>
                description !== '' && html`<span class="quiet">${firstLine(description)}</span>`,
            },
            {
              label: 'Made',
              align: 'end',
              cell: ({ createdAt }) => time({ at: new Date(createdAt), now }),
            },
            ...(isOwner(workspace)
              ? [
                  {
                    label: 'What enters it',
                    quietLabel: true,
                    align: 'end' as const,
                    cell: ({ key, name }: { readonly key: string; readonly name: string }) =>
                      html`<a class="button button-small" href="${projectTokensPath(workspace.slug, key)}" aria-label="Access tokens of ${name}">Access tokens</a> <a class="button button-small" href="${projectKeysPath(workspace.slug, key)}" aria-label="Access keys of ${name}">Access keys</a>`,
                  },
                ]
              : []),
          ],
        })}${
          isOwner(workspace) &&
          html`<section class="apart"><h2>New project</h2>${form({
            action: workspacePath(workspace.slug, '/-/projects'),
            error: errorAbove(problem, ['key', 'name', 'description']),
            fields: [
              {
                kind: 'text',
                name: 'name',
                label: 'Name',
                value: typed.name,
                maxlength: 62,
                required: true,
                error: errorIn(problem, 'name'),
              },
              {
                kind: 'text',
                name: 'key',
                label: 'Key',
                help: 'Capital letters, digits and “_”, such as PAY.',
                value: typed.key,
                maxlength: 20,
                code: true,
                required: true,
                error: errorIn(problem, 'key'),
              },
              {
                kind: 'text',
                name: 'description',
                label: 'Description',
                value: typed.description,
                error: errorIn(problem, 'description'),
              },
            ],
            submit: { label: 'Create project' },
          })}</section>`
        }`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(ADDRESS, pageRoute('project.list', toWorkspace), async (request, reply) =>
    show(request, reply, NOTHING),
  );

  app.post(ADDRESS, pageRoute('project.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'project.change');
    const form = formOf(request);
    const typed = { key: form.text('key'), name: form.text('name'), description: form.text('description') };
    return orShowAgain(
      async () => {
        await createProject(services, grant, typed);
        const to = workspacePath(grant.targets[0].slug, '/-/projects');
        return redirectTo(services, request, reply, to, 'project-created');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}
