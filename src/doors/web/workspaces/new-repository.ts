import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createRepository } from '../../../acts/repositories/create.ts';
import { offerProjects } from '../../../acts/workspaces/projects.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { projectField } from '../choice-field.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { repositoryPath, workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { workspaceFrame } from './frame.ts';
import { slugField } from './slug-field.ts';

interface Typed {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly project: string;
  readonly visibility: string;
  readonly wiki: boolean;
}

const ADDRESS = '/:workspace/-/new-repository';

/** Making a repository in a workspace. */
export async function newRepositoryPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) => {
    const grant = grantOf(request, 'repository.create');
    const [workspace] = grant.targets;
    const listing = await enterAlso(
      services,
      request,
      'project.list',
      toWorkspace({ workspace: parameter(request, 'workspace') }),
    );
    const wrongProject = errorIn(problem, 'project');
    const projects = await offerProjects(services, listing, wrongProject === undefined ? '' : typed.project);
    // The rules and the places that are taken are those of addresses: a name for people may be almost anything.
    const wrongName = errorIn(problem, 'name');
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'New repository',
        ...workspaceFrame(grant, 'repositories'),
        body: html`${pageHead({ title: 'New repository', lead: `In the workspace ${workspace.name}.` })}${form(
          {
            action: workspacePath(workspace.slug, '/-/new-repository'),
            error: errorAbove(problem, ['name', 'description', 'project']),
            fields: [
              {
                kind: 'text',
                name: 'name',
                label: 'Name',
                help: 'Such as “Payment service”; its address will be payment-service.',
                value: typed.name,
                maxlength: 62,
                required: true,
                autofocus: problem === undefined,
                error: typed.name === '' ? wrongName : undefined,
              },
              slugField(typed.slug, typed.name === '' ? undefined : wrongName),
              {
                kind: 'textarea',
                name: 'description',
                label: 'Description',
                rows: 3,
                value: typed.description,
                error: errorIn(problem, 'description'),
              },
              projectField({
                offered: projects,
                // The one in which it is where nothing is said.
                value: typed.project === '' ? (projects.first[0]?.key ?? '') : typed.project,
                error: wrongProject,
              }),
              {
                kind: 'radios',
                name: 'visibility',
                label: 'Who may see it',
                required: true,
                values: [typed.visibility === 'public' ? 'public' : 'private'],
                options: [
                  {
                    value: 'private',
                    label: 'Private',
                    help: 'Only people with a role on it. To everybody else it does not exist.',
                  },
                  {
                    value: 'public',
                    label: 'Public',
                    help: 'Everybody who reaches this host may read and clone it, without signing in.',
                  },
                ],
              },
              {
                kind: 'checkbox',
                name: 'wiki',
                label: 'With a wiki',
                help: 'Pages in a Git repository of their own, for whoever may see this one. You can switch it on later.',
                checked: typed.wiki,
              },
            ],
            submit: { label: 'Create repository', cancelHref: workspacePath(workspace.slug) },
          },
        )}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(ADDRESS, pageRoute('repository.create', toWorkspace), async (request, reply) =>
    show(request, reply, {
      name: '',
      slug: '',
      description: '',
      project: '',
      visibility: 'private',
      wiki: false,
    }),
  );

  app.post(ADDRESS, pageRoute('repository.create', toWorkspace), async (request, reply) => {
    const form = formOf(request);
    const typed = {
      name: form.text('name').trim(),
      slug: form.text('slug').trim(),
      description: form.text('description').replaceAll('\r\n', '\n'),
      project: form.text('project').trim(),
      visibility: form.text('visibility'),
      wiki: form.ticked('wiki'),
    };
    return orShowAgain(
      async () => {
        const repository = await createRepository(services, grantOf(request, 'repository.create'), {
          name: typed.name,
          ...(typed.slug !== '' && { slug: typed.slug }),
          description: typed.description,
          // Nothing but the word itself makes a repository public.
          isPrivate: typed.visibility !== 'public',
          hasWiki: typed.wiki,
          ...(typed.project !== '' && { project: typed.project }),
        });
        return redirectTo(services, request, reply, repositoryPath(repository), 'repository-created');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}
