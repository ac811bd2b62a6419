import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addMember, removeMember, viewMember, viewPageOfMembers } from '../../../acts/workspaces/members.ts';
import type { WorkspaceFacts } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
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
  type Question,
} from '../pieces/index.ts';
import { workspacePath } from '../places.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { isOwner, workspaceFrame } from './frame.ts';

const ADDRESS = '/:workspace/-/members';

interface Typed {
  readonly user: string;
  readonly membership: 'owner' | 'member';
}

/** Who belongs to a workspace; owners add and remove. */
export async function memberPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const enterListing = (request: FastifyRequest) =>
    enterAlso(
      services,
      request,
      'workspace.members',
      toWorkspace({ workspace: parameter(request, 'workspace') }),
    );
  const show = async (request: FastifyRequest, reply: FastifyReply, typed: Typed, problem?: Problem) => {
    const grant = await enterListing(request);
    const [workspace] = grant.targets;
    const list = namedList(request, workspacePath(workspace.slug, '/-/members'), 'Members of this workspace');
    const { members, size } = await viewPageOfMembers(services, grant, list.rows);
    const owner = isOwner(workspace);
    return sendPage(
      services,
      request,
      reply,
      {
        title: `Members of ${workspace.name}`,
        width: 'full',
        ...workspaceFrame(grant, 'members'),
        body: html`${pageHead({
          title: 'Members',
          lead: 'An owner is admin of everything here. A member sees the workspace; roles on repositories are given there.',
        })}${list.search(size)}${table({
          caption: `Members of ${workspace.name}`,
          quietCaption: true,
          rows: members,
          pages: list.pages(size),
          empty:
            list.nothing(size) ?? emptyState({ title: 'Nobody', body: 'This workspace has no members.' }),
          columns: [
            {
              label: 'Person',
              cell: ({ account }) =>
                html`<span class="person">${avatar(account)} ${account.displayName}</span>`,
            },
            { label: 'User name', cell: ({ account }) => html`<code>${account.username}</code>` },
            {
              label: 'Place',
              cell: ({ membership }) => (membership === 'owner' ? 'Owner' : 'Member'),
            },
            ...(owner
              ? [
                  {
                    label: 'Remove',
                    quietLabel: true,
                    align: 'end',
                    cell: ({ account }: (typeof members)[number]) =>
                      confirmOpener(removeQuestion(workspace, account.username)),
                  } as const,
                ]
              : []),
          ],
        })}${owner && addForm(workspace, typed, problem)}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(ADDRESS, pageRoute('workspace.members', toWorkspace), async (request, reply) =>
    show(request, reply, { user: '', membership: 'member' }),
  );

  app.post(ADDRESS, pageRoute('workspace.member.add', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'workspace.member.add');
    const form = formOf(request);
    const membership = form.text('membership') === 'owner' ? 'owner' : 'member';
    const typed = { user: form.text('user').trim(), membership } as const;
    return orShowAgain(
      async () => {
        const [workspace] = grant.targets;
        const held = await viewMember(services, grant, typed.user);
        const demotes = held?.membership === 'owner' && membership === 'member';
        if (demotes && !form.ticked('confirmed')) {
          return sendPage(services, request, reply, {
            title: 'Make an owner a member',
            ...workspaceFrame(grant, 'members'),
            body: confirmBody(demoteQuestion(workspace, held.account.username)),
          });
        }
        await addMember(services, grant, typed);
        const notice = held === undefined ? 'member-added' : 'member-changed';
        return redirectTo(services, request, reply, workspacePath(workspace.slug, '/-/members'), notice);
      },
      (problem) => show(request, reply, typed, problem),
    );
  });

  const removing = `${ADDRESS}/:user/remove`;

  app.get(removing, pageRoute('workspace.member.remove', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'workspace.member.remove');
    const user = parameter(request, 'user');
    const found = await viewMember(services, grant, user);
    if (found?.account.username !== user)
      throw new Problem('not_found', 'Nobody of this name is a member of this workspace.');
    const question = removeQuestion(grant.targets[0], user);
    return sendPage(services, request, reply, {
      title: 'Remove a member',
      ...workspaceFrame(grant, 'members'),
      body: confirmBody(question),
    });
  });

  app.post(removing, pageRoute('workspace.member.remove', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'workspace.member.remove');
    await removeMember(services, grant, parameter(request, 'user'));
    const to = workspacePath(grant.targets[0].slug, '/-/members');
    return redirectTo(services, request, reply, to, 'member-removed');
  });
}

const demoteQuestion = (workspace: WorkspaceFacts, username: string): Question => ({
  title: `Make ${username} a member of ${workspace.name}?`,
  consequences: [
    'They are an owner, and so admin of every repository here. As a member they keep only the roles that were given to them or to a group of theirs.',
    'Their app passwords, API tokens, SSH keys and sessions reach as far as that, from the next request on.',
  ],
  action: workspacePath(workspace.slug, '/-/members'),
  hidden: { user: username, membership: 'member', confirmed: 'yes' },
  cancelHref: workspacePath(workspace.slug, '/-/members'),
  submitLabel: 'Make a member',
  danger: true,
});

function removeQuestion(workspace: WorkspaceFacts, username: string): ConfirmProps {
  const address = workspacePath(workspace.slug, `/-/members/${encodeURIComponent(username)}/remove`);
  return {
    title: `Remove ${username} from ${workspace.name}?`,
    what: username,
    consequences: [
      'Every role and group place that they hold in this workspace goes with it, so their app passwords, API tokens and SSH keys stop working on its private repositories.',
      html`Access tokens of the workspace, of its projects and of its repositories go on working, and whoever kept the secret of one still has it: look through them under <a href="${workspacePath(workspace.slug, '/-/access')}">Access</a>.`,
    ],
    action: address,
    pageHref: address,
    cancelHref: workspacePath(workspace.slug, '/-/members'),
    submitLabel: 'Remove',
    danger: true,
  };
}

const addForm = (workspace: WorkspaceFacts, typed: Typed, problem: Problem | undefined) =>
  html`<section class="apart"><h2>Add a member</h2>${form({
    action: workspacePath(workspace.slug, '/-/members'),
    error: errorAbove(problem, ['user']),
    fields: [
      {
        kind: 'text',
        name: 'user',
        label: 'User name',
        help: 'Naming somebody who is in already changes what they are.',
        value: typed.user,
        maxlength: 100,
        code: true,
        required: true,
        error: errorIn(problem, 'user'),
      },
      {
        kind: 'radios',
        name: 'membership',
        label: 'As',
        required: true,
        values: [typed.membership],
        options: [
          { value: 'member', label: 'Member', help: 'Sees the workspace and what roles are given for.' },
          { value: 'owner', label: 'Owner', help: 'Admin of every repository, and of who belongs here.' },
        ],
      },
    ],
    submit: { label: 'Add member' },
  })}</section>`;
