import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeGroupMember, createGroup, deleteGroup, viewGroups } from '../../../acts/workspaces/groups.ts';
import type { Group } from '../../../hosting/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html, type Html } from '../html.ts';
import {
  confirmBody,
  confirmOpener,
  emptyState,
  form,
  pageHead,
  type ConfirmProps,
} from '../pieces/index.ts';
import { workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, queryText, type PagesOptions } from '../route.ts';
import { groupCard, type TypedMember } from './group-card.ts';
import { slugField } from './slug-field.ts';
import { isOwner, workspaceFrame } from './frame.ts';

const ADDRESS = '/:workspace/-/groups';

/** What was typed into one of the forms of the page, and what was wrong with it. */
interface Typed {
  readonly name?: string;
  readonly slug?: string;
  readonly member?: TypedMember;
  readonly problem?: Problem;
}

/** Groups: several people who hold a role together. */
export async function groupPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const enterListing = (request: FastifyRequest) =>
    enterAlso(services, request, 'group.list', toWorkspace({ workspace: parameter(request, 'workspace') }));
  /** The group that the address names, to be asked about. Throws `Problem` where there is none. */
  const groupIn = async (request: FastifyRequest): Promise<Group> => {
    const slug = parameter(request, 'group');
    const found = (await viewGroups(services, await enterListing(request))).find(
      (each) => each.slug === slug,
    );
    if (found === undefined) throw new Problem('not_found', `There is no group "${slug}" in this workspace.`);
    return found;
  };
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed) => {
    const grant = await enterListing(request);
    const [workspace] = grant.targets;
    const groups = await viewGroups(services, grant);
    const owner = isOwner(workspace);
    return sendPage(
      services,
      request,
      reply,
      {
        title: `Groups of ${workspace.name}`,
        ...workspaceFrame(grant, 'groups'),
        body: html`${pageHead({
          title: 'Groups',
          lead: 'A group holds roles on repositories for everybody in it. Give it a role in the settings of a repository, as @name.',
        })}${
          groups.length === 0
            ? emptyState({
                title: 'No groups yet',
                body: 'Where several people need the same role, put them into a group and give the role to that.',
              })
            : groups.map((group) =>
                groupCard(group, {
                  address: groupPath(workspace.slug, group.slug),
                  deleting: owner ? confirmOpener(deleteQuestion(workspace.slug, group)) : undefined,
                  takingOut: (username) => takeOutQuestion(workspace.slug, group, username),
                  typed: typed.member?.group === group.slug ? typed.member : undefined,
                }),
              )
        }${owner && createForm(workspace.slug, typed)}`,
      },
      typed.problem === undefined ? 200 : statusOf(typed.problem),
    );
  };

  for (const address of [ADDRESS, `${ADDRESS}/:group/add`]) {
    app.get(address, pageRoute('group.list', toWorkspace), (request, reply) => show(request, reply, {}));
  }

  app.post(ADDRESS, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const form = formOf(request);
    const typed = { name: form.text('name'), slug: form.text('slug').trim() };
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'group.change');
        await createGroup(services, grant, { name: typed.name, slug: typed.slug || undefined });
        return redirectTo(services, request, reply, groupsPath(grant.targets[0].slug), 'group-created');
      },
      (problem) => show(request, reply, { ...typed, problem }),
    );
  });

  for (const way of ['add', 'remove'] as const) {
    app.post(`${ADDRESS}/:group/${way}`, pageRoute('group.change', toWorkspace), async (request, reply) => {
      const group = parameter(request, 'group');
      const user = formOf(request).text('user').trim();
      return orShowAgain(
        async () => {
          const grant = grantOf(request, 'group.change');
          await changeGroupMember(services, grant, { group, user, member: way === 'add' });
          return redirectTo(services, request, reply, groupsPath(grant.targets[0].slug), 'group-changed');
        },
        (problem) => show(request, reply, { member: { group, user, error: problem.message }, problem }),
      );
    });
  }

  app.get(`${ADDRESS}/:group/remove`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    const group = await groupIn(request);
    const user = queryText(request, 'user');
    if (!group.members.some(({ username }) => username === user))
      throw new Problem('not_found', `Nobody of this name is in the group ${group.name}.`);
    return sendPage(services, request, reply, {
      title: 'Take somebody out of a group',
      ...workspaceFrame(grant, 'groups'),
      body: confirmBody(takeOutQuestion(grant.targets[0].slug, group, user)),
    });
  });

  app.get(`${ADDRESS}/:group/delete`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    const group = await groupIn(request);
    return sendPage(services, request, reply, {
      title: 'Delete a group',
      ...workspaceFrame(grant, 'groups'),
      body: confirmBody(deleteQuestion(grant.targets[0].slug, group)),
    });
  });

  app.post(`${ADDRESS}/:group/delete`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    await deleteGroup(services, grant, parameter(request, 'group'));
    return redirectTo(services, request, reply, groupsPath(grant.targets[0].slug), 'group-deleted');
  });
}

const groupsPath = (workspace: string): string => workspacePath(workspace, '/-/groups');
const groupPath = (workspace: string, group: string): string =>
  `${groupsPath(workspace)}/${encodeURIComponent(group)}`;

function takeOutQuestion(
  workspace: string,
  group: Pick<Group, 'slug' | 'name'>,
  username: string,
): ConfirmProps {
  const address = `${groupPath(workspace, group.slug)}/remove`;
  return {
    title: `Take ${username} out of ${group.name}?`,
    what: `${username}: ${group.name}`,
    consequences: [
      'What the group holds on repositories is theirs no longer. They keep what they hold themselves or by other groups.',
      'Their app passwords and sessions reach as far as that, from the next request on.',
    ],
    action: address,
    hidden: { user: username },
    pageHref: `${address}?user=${encodeURIComponent(username)}`,
    cancelHref: groupsPath(workspace),
    submitLabel: 'Take out',
    danger: true,
  };
}

function deleteQuestion(workspace: string, group: Pick<Group, 'slug' | 'name'>): ConfirmProps {
  const address = `${groupPath(workspace, group.slug)}/delete`;
  return {
    title: `Delete the group ${group.name}?`,
    what: group.name,
    consequences: [
      'Every role that it holds on repositories goes with it. Whoever had access by this group alone, and their app passwords, are refused from the next request on.',
    ],
    action: address,
    pageHref: address,
    cancelHref: groupsPath(workspace),
    submitLabel: 'Delete group',
    danger: true,
  };
}

const createForm = (workspace: string, typed: Typed): Html => {
  const problem = typed.member === undefined ? typed.problem : undefined;
  return html`<section class="apart"><h2>New group</h2>${form({
    action: groupsPath(workspace),
    error: errorAbove(problem, ['name', 'slug']),
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: 'Name',
        help: 'Such as Developers, which is then written @developers.',
        value: typed.name ?? '',
        maxlength: 62,
        required: true,
        error: errorIn(problem, 'name'),
      },
      slugField(typed.slug ?? '', errorIn(problem, 'slug')),
    ],
    submit: { label: 'Create group' },
  })}</section>`;
};
