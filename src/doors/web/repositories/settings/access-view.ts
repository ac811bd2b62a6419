import type { RoleCandidates } from '../../../../acts/repositories/settings-choices.ts';
import { ROLES, type Role } from '../../../../gate/index.ts';
import type { RoleHolder } from '../../../../hosting/index.ts';
import type { Problem } from '../../../../problem.ts';
import { firstFew } from '../../first-few.ts';
import { html, type Html } from '../../html.ts';
import type { NamedList } from '../../named-list.ts';
import {
  avatar,
  confirmOpener,
  emptyState,
  form,
  hiddenFields,
  pageHead,
  table,
  type ConfirmProps,
  type Question,
} from '../../pieces/index.ts';
import { workspacePath } from '../../places.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';
import { plural } from '../words.ts';

export interface AccessInput {
  readonly holder: string;
  readonly role: string;
}

export interface AccessProps {
  readonly links: Links;
  readonly workspace: { readonly slug: string; readonly name: string };
  readonly roles: readonly RoleHolder[];
  /** How many there are in all of which these are a page. */
  readonly size: number;
  readonly list: NamedList;
  readonly candidates: RoleCandidates;
  readonly input: AccessInput;
  readonly problem: Problem | undefined;
}

const ROLE_MEANINGS: Readonly<Record<Role, { readonly label: string; readonly meaning: string }>> = {
  read: { label: 'Read', meaning: 'See, clone and fetch it and its wiki.' },
  write: { label: 'Write', meaning: 'Also push to it and its wiki.' },
  admin: {
    label: 'Admin',
    meaning: 'Also change these settings, give roles, make access tokens, move and delete it.',
  },
};

/** As it is typed and sent: a group stands behind an @. */
const holderName = ({ subject, name }: RoleHolder): string => (subject.type === 'group' ? `@${name}` : name);

export function accessBody(props: AccessProps): Html {
  const { candidates, list, size } = props;
  return html`${pageHead({
    title: 'People and groups',
    lead: 'Who may do what in this repository. A credential of theirs never reaches further than their role.',
  })}${list.search(size)}${roleTable(props)}${owners(candidates, props.workspace)}${grantForm(props)}`;
}

function roleTable({ roles, size, list, links }: AccessProps): Html {
  return table<RoleHolder>({
    caption: 'People and groups with a role',
    quietCaption: true,
    columns: [
      {
        label: 'Name',
        cell: (holder) =>
          html`<span class="person">${holder.subject.type === 'account' && avatar({ username: holder.name, displayName: holder.displayName, size: 24 })} ${holder.displayName} <span class="quiet">${holderName(holder)}</span>${
            holder.subject.type === 'group' && html` <span class="badge">group</span>`
          }</span>`,
      },
      { label: 'Role', cell: (holder) => roleForm(holder, links) },
      {
        label: 'Take away',
        quietLabel: true,
        align: 'end',
        cell: (holder) => confirmOpener(revokeRoleQuestion(holder, links)),
      },
    ],
    rows: roles,
    pages: list.pages(size),
    empty:
      list.nothing(size) ??
      emptyState({
        title: 'Nobody was given a role yet',
        body: 'Owners of the workspace are admins here by themselves. Give a role to everybody else who works in this repository.',
      }),
  });
}

function roleForm(holder: RoleHolder, links: Links): Html {
  const name = holderName(holder);
  return html`<form class="role-form" action="${links.access}" method="post">${hiddenFields({ user: name })}<label class="hidden-words" for="role-${name}">Role of ${holder.displayName}</label><select class="input" id="role-${name}" name="role">${ROLES.map(
    (role) =>
      html`<option value="${role}" ${role === holder.role && html`selected`}>${ROLE_MEANINGS[role].label}</option>`,
  )}</select><button type="submit" class="button button-small">Change</button></form>`;
}

/** Asked before somebody may do less than before. */
export function lowerRoleQuestion(holder: RoleHolder, role: Role, links: Links): Question {
  const name = holderName(holder);
  const [before, after] = [ROLE_MEANINGS[holder.role].label, ROLE_MEANINGS[role]];
  return {
    title: `Lower the role of ${holder.displayName} from ${before} to ${after.label}?`,
    consequences: [
      `What ${after.label} lets one do: ${after.meaning} ${
        holder.subject.type === 'group'
          ? 'Its members keep what they hold themselves or by other groups.'
          : 'What a group of theirs holds stays.'
      }`,
      'Their app passwords, API tokens, SSH keys and sessions reach this repository as far as that, from the next request on. Access tokens of the repository, of its project and of the workspace stay.',
    ],
    action: links.access,
    hidden: { user: name, role, confirmed: 'yes' },
    submitLabel: 'Lower the role',
    danger: true,
    cancelHref: links.access,
  };
}

export function revokeRoleQuestion(holder: RoleHolder, links: Links): ConfirmProps {
  const name = holderName(holder);
  return {
    title: `Take the role away from ${holder.displayName}?`,
    what: holder.displayName,
    consequences: [
      holder.subject.type === 'group'
        ? 'Its members keep only what they hold themselves or by other groups.'
        : 'They keep only what a group of theirs holds, and what is public.',
      'Their app passwords, API tokens, SSH keys and sessions reach this repository as far as that, from the next request on. Access tokens of the repository, of its project and of the workspace stay.',
    ],
    action: links.revokeAccess(),
    hidden: { holder: name },
    submitLabel: 'Take away',
    danger: true,
    pageHref: links.revokeAccess(name),
    cancelHref: links.access,
  };
}

function owners({ owners: people, ownersInAll }: RoleCandidates, workspace: AccessProps['workspace']): Html {
  const names = people.map(({ displayName, username }) => `${displayName} (${username})`);
  return html`<p class="quiet">Admins besides, as owners of <a href="${workspacePath(workspace.slug)}">${workspace.name}</a>: ${firstFew(names, ownersInAll)}.</p>`;
}

function grantForm({ links, candidates, input, problem }: AccessProps): Html {
  const { groups, groupsInAll } = candidates;
  return html`<section aria-labelledby="give-role"><h2 id="give-role">Give a role</h2>${form({
    action: links.access,
    error: errorAbove(problem, ['user', 'role']),
    fields: [
      {
        kind: 'text',
        name: 'user',
        label: 'Person or group',
        help: html`A user name of this host, or a group of the workspace behind an @.${
          groups.length > 0 &&
          html` Groups: ${firstFew(
            groups.map(({ slug, members }) => `@${slug} (${plural(members, 'member')})`),
            groupsInAll,
          )}.`
        }`,
        value: input.holder,
        code: true,
        required: true,
        error: errorIn(problem, 'user'),
      },
      {
        kind: 'radios',
        name: 'role',
        label: 'Role',
        required: true,
        values: [input.role],
        error: errorIn(problem, 'role'),
        options: ROLES.map((role) => ({
          value: role,
          label: ROLE_MEANINGS[role].label,
          help: ROLE_MEANINGS[role].meaning,
        })),
      },
    ],
    submit: { label: 'Give role' },
  })}</section>`;
}
