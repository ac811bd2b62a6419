import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createGroup, viewGroups } from '../../../acts/workspaces/groups.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import { namedList } from '../named-list.ts';
import { emptyState, form, pageHead, table } from '../pieces/index.ts';
import { groupPath, groupsPath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { isOwner, workspaceFrame } from './frame.ts';
import { slugField } from './slug-field.ts';

const ADDRESS = '/:workspace/-/groups';

interface Typed {
  readonly name: string;
  readonly slug: string;
}

const NOTHING: Typed = { name: '', slug: '' };

/** Groups: several people who hold a role together. */
export async function groupPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) => {
    const here = toWorkspace({ workspace: parameter(request, 'workspace') });
    const grant = await enterAlso(services, request, 'group.list', here);
    const [workspace] = grant.targets;
    const list = namedList(request, groupsPath(workspace.slug), 'Groups of this workspace');
    const { groups, size } = await viewGroups(services, grant, list.rows);
    return sendPage(
      services,
      request,
      reply,
      {
        title: `Groups of ${workspace.name}`,
        width: 'full',
        ...workspaceFrame(grant, 'groups'),
        body: html`${pageHead({
          title: 'Groups',
          lead: 'A group holds roles on repositories for everybody in it. Give it a role in the settings of a repository, as @name.',
        })}${list.search(size)}${table({
          caption: `Groups of ${workspace.name}`,
          quietCaption: true,
          rows: groups,
          pages: list.pages(size),
          empty:
            list.nothing(size) ??
            emptyState({
              title: 'No groups yet',
              body: 'Where several people need the same role, put them into a group and give the role to that.',
            }),
          columns: [
            {
              label: 'Group',
              cell: ({ name, slug }) => html`<a href="${groupPath(workspace.slug, slug)}">${name}</a>`,
            },
            { label: 'Written', cell: ({ slug }) => html`<code>@${slug}</code>` },
            { label: 'People in it', align: 'end', cell: ({ members }) => String(members) },
          ],
        })}${isOwner(workspace) && createForm(workspace.slug, typed, problem)}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(ADDRESS, pageRoute('group.list', toWorkspace), (request, reply) => show(request, reply, NOTHING));

  app.post(ADDRESS, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const form = formOf(request);
    const typed = { name: form.text('name'), slug: form.text('slug').trim() };
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'group.change');
        const { slug } = await createGroup(services, grant, {
          name: typed.name,
          slug: typed.slug || undefined,
        });
        const to = groupPath(grant.targets[0].slug, slug);
        return redirectTo(services, request, reply, to, 'group-created');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}

const createForm = (workspace: string, typed: Typed, problem: Problem | undefined): Html =>
  html`<section class="apart"><h2>New group</h2>${form({
    action: groupsPath(workspace),
    error: errorAbove(problem, ['name', 'slug']),
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: 'Name',
        help: 'Such as Developers, which is then written @developers.',
        value: typed.name,
        maxlength: 62,
        required: true,
        error: errorIn(problem, 'name'),
      },
      slugField(typed.slug, errorIn(problem, 'slug')),
    ],
    submit: { label: 'Create group' },
  })}</section>`;
