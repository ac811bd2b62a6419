import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createWorkspace } from '../../../acts/workspaces/workspaces.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { places, workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';

interface Typed {
  readonly name: string;
  readonly slug: string;
}

/** Making a workspace. */
export async function newWorkspacePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) =>
    sendPage(
      services,
      request,
      reply,
      { title: 'New workspace', body: workspaceForm(typed, problem) },
      problem === undefined ? 200 : statusOf(problem),
    );

  app.get(places.newWorkspace, pageRoute('workspace.create', toHost), async (request, reply) =>
    show(request, reply, { name: '', slug: '' }),
  );

  app.post(places.newWorkspace, pageRoute('workspace.create', toHost), async (request, reply) => {
    const form = formOf(request);
    const typed = { name: form.text('name'), slug: form.text('slug').trim() };
    return orShowAgain(
      async () => {
        const { slug } = await createWorkspace(services, grantOf(request, 'workspace.create'), {
          slug: typed.slug,
          name: typed.name.trim() === '' ? typed.slug : typed.name,
        });
        return redirectTo(services, request, reply, workspacePath(slug), 'workspace-created');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}

const workspaceForm = (typed: Typed, problem: Problem | undefined) =>
  html`${pageHead({
    title: 'New workspace',
    lead: 'A workspace holds repositories and the people who work on them. You will be its owner.',
  })}${form({
    action: places.newWorkspace,
    error: errorAbove(problem, ['slug', 'name']),
    fields: [
      {
        kind: 'text',
        name: 'slug',
        label: 'Name in addresses',
        help: 'Lower-case letters, digits, “-”, “_” and “.”, such as acme. It is part of every clone address and does not change.',
        value: typed.slug,
        maxlength: 62,
        code: true,
        required: true,
        autofocus: problem === undefined,
        error: errorIn(problem, 'slug'),
      },
      {
        kind: 'text',
        name: 'name',
        label: 'Name for people',
        help: 'Such as Acme Engineering. The name in addresses if you leave it empty.',
        value: typed.name,
        maxlength: 62,
        error: errorIn(problem, 'name'),
      },
    ],
    submit: { label: 'Create workspace', cancelHref: places.home },
  })}`;
