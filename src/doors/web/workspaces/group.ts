import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  changeGroupMember,
  deleteGroup,
  findGroupToChange,
  viewGroup,
} from '../../../acts/workspaces/groups.ts';
import type { Group } from '../../../hosting/index.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { namedList } from '../named-list.ts';
import {
  avatar,
  confirmBody,
  confirmOpener,
  emptyState,
  form,
  pageHead,
  table,
  type ConfirmProps,
} from '../pieces/index.ts';
import { groupPath, groupsPath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, queryText, type PagesOptions } from '../route.ts';
import { isOwner, workspaceFrame } from './frame.ts';

const ADDRESS = '/:workspace/-/groups/:group';

/** One group: who is in it, and for owners adding, taking out and deleting. */
export async function groupDetailPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const show = async (request: FastifyRequest, reply: FastifyReply, typed = '', problem?: Problem) => {
    const here = toWorkspace({ workspace: parameter(request, 'workspace') });
    const grant = await enterAlso(services, request, 'group.list', here);
    const [workspace] = grant.targets;
    const slug = parameter(request, 'group');
    const list = namedList(request, groupPath(workspace.slug, slug), 'People in this group');
    const group = await viewGroup(services, grant, slug, list.rows);
    const owner = isOwner(workspace);
    return sendPage(
      services,
      request,
      reply,
      {
        title: group.name,
        width: 'full',
        ...workspaceFrame(grant, 'groups'),
        body: html`${pageHead({
          title: group.name,
          lead: html`Written <code>@${group.slug}</code> where it is given a role, which everybody in it then holds.`,
          actions: owner && confirmOpener(deleteQuestion(workspace.slug, group)),
        })}${list.search(group.size)}${table({
          caption: `People in ${group.name}`,
          quietCaption: true,
          rows: group.people,
          pages: list.pages(group.size),
          empty:
            list.nothing(group.size) ??
            emptyState({
              title: 'Nobody is in this group',
              body: 'Members of the workspace can be added to it.',
            }),
          columns: [
            {
              label: 'Person',
              cell: (person) => html`<span class="person">${avatar(person)} ${person.displayName}</span>`,
            },
            { label: 'User name', cell: ({ username }) => html`<code>${username}</code>` },
            ...(owner
              ? [
                  {
                    label: 'Take out',
                    quietLabel: true,
                    align: 'end' as const,
                    cell: ({ username }: { readonly username: string }) =>
                      confirmOpener(takeOutQuestion(workspace.slug, group, username)),
                  },
                ]
              : []),
          ],
        })}${
          owner &&
          html`<section class="apart"><h2>Add somebody</h2>${form({
            action: `${groupPath(workspace.slug, group.slug)}/add`,
            error: errorAbove(problem, ['user']),
            fields: [
              {
                kind: 'text',
                name: 'user',
                label: 'User name',
                help: 'Of a member of the workspace.',
                value: typed,
                maxlength: 100,
                code: true,
                required: true,
                error: errorIn(problem, 'user'),
              },
            ],
            submit: { label: 'Add to the group' },
          })}</section>`
        }`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  for (const address of [ADDRESS, `${ADDRESS}/add`]) {
    app.get(address, pageRoute('group.list', toWorkspace), (request, reply) => show(request, reply));
  }

  for (const way of ['add', 'remove'] as const) {
    app.post(`${ADDRESS}/${way}`, pageRoute('group.change', toWorkspace), async (request, reply) => {
      const group = parameter(request, 'group');
      const user = formOf(request).text('user').trim();
      return orShowAgain(
        async () => {
          const grant = grantOf(request, 'group.change');
          await changeGroupMember(services, grant, { group, user, member: way === 'add' });
          const to = groupPath(grant.targets[0].slug, group);
          return redirectTo(services, request, reply, to, 'group-changed');
        },
        (problem) => show(request, reply, user, problem),
      );
    });
  }

  app.get(`${ADDRESS}/remove`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    const user = queryText(request, 'user');
    const named = { group: parameter(request, 'group'), takingOut: user };
    const group = await findGroupToChange(services, grant, named);
    return sendPage(services, request, reply, {
      title: 'Take somebody out of a group',
      ...workspaceFrame(grant, 'groups'),
      body: confirmBody(takeOutQuestion(grant.targets[0].slug, group, user)),
    });
  });

  app.get(`${ADDRESS}/delete`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    const group = await findGroupToChange(services, grant, { group: parameter(request, 'group') });
    return sendPage(services, request, reply, {
      title: 'Delete a group',
      ...workspaceFrame(grant, 'groups'),
      body: confirmBody(deleteQuestion(grant.targets[0].slug, group)),
    });
  });

  app.post(`${ADDRESS}/delete`, pageRoute('group.change', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'group.change');
    await deleteGroup(services, grant, parameter(request, 'group'));
    return redirectTo(services, request, reply, groupsPath(grant.targets[0].slug), 'group-deleted');
  });
}

function takeOutQuestion(workspace: string, group: Omit<Group, 'id'>, username: string): ConfirmProps {
  const address = `${groupPath(workspace, group.slug)}/remove`;
  return {
    title: `Take ${username} out of ${group.name}?`,
    what: username,
    consequences: [
      'What the group holds on repositories is theirs no longer. They keep what they hold themselves or by other groups.',
      'Their app passwords, API tokens, SSH keys and sessions reach as far as that, from the next request on.',
    ],
    action: address,
    hidden: { user: username },
    pageHref: `${address}?user=${encodeURIComponent(username)}`,
    cancelHref: groupPath(workspace, group.slug),
    submitLabel: 'Take out',
    danger: true,
  };
}

function deleteQuestion(workspace: string, group: Omit<Group, 'id'>): ConfirmProps {
  const address = `${groupPath(workspace, group.slug)}/delete`;
  return {
    title: `Delete the group ${group.name}?`,
    what: group.name,
    consequences: [
      'Every role that it holds on repositories goes with it. Whoever had access by this group alone, and their app passwords, API tokens and SSH keys, are refused from the next request on.',
    ],
    action: address,
    pageHref: address,
    cancelHref: groupPath(workspace, group.slug),
    submitLabel: 'Delete group',
    danger: true,
  };
}
