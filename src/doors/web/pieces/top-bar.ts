import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { places } from '../places.ts';
import { avatar } from './avatar.ts';
import { hiddenFields } from './form.ts';
import { icon, mark } from './icon.ts';

export interface TopBarProps {
  /** Null or absent: a stranger, who is offered to sign in. */
  readonly user?:
    | {
        readonly username: string;
        readonly displayName: string;
        /** Of the host: has one more line in the menu. */
        readonly isAdministrator?: boolean | undefined;
      }
    | null
    | undefined;
  readonly workspaces?: readonly { readonly slug: string; readonly name: string }[] | undefined;
  /** The slug of the workspace one is in. */
  readonly workspace?: string | undefined;
  /** What was searched for, to stand in the box again. */
  readonly search?: string | undefined;
  /** Hidden fields of the forms in the frame: the token against cross-site requests. */
  readonly formFields?: Readonly<Record<string, string>> | undefined;
}

export function topBar(props: TopBarProps): Html {
  return html`<header class="top-bar"><a class="home" href="${places.home}">${mark()}<span>Latchkey</span></a>${
    props.workspaces && props.workspaces.length > 0 && workspaceSwitcher(props.workspaces, props.workspace)
  }<form class="search" role="search" action="${places.search}"><label class="hidden-words" for="search">Search repositories</label>${icon('search')}<input id="search" class="input" type="search" name="q" value="${props.search}" placeholder="Search repositories" aria-keyshortcuts="/" data-search><kbd aria-hidden="true">/</kbd></form>${
    props.user
      ? avatarMenu(props.user, props.formFields)
      : html`<a class="button" href="${places.signIn}">Sign in</a>`
  }</header>`;
}

/** How many workspaces the switcher of every page names. */
const SWITCHED = 12;

function workspaceSwitcher(list: NonNullable<TopBarProps['workspaces']>, current: string | undefined): Html {
  const here = list.find((each) => each.slug === current);
  const first = list.slice(0, SWITCHED);
  const named = here === undefined || first.includes(here) ? first : [here, ...first];
  return html`<details class="menu workspace-menu"><summary><span class="hidden-words">Workspace: </span><span class="menu-word">${here?.name ?? 'Workspaces'}</span>${icon('down')}</summary><div class="menu-panel"><ul>${named.map(
    (each) =>
      html`<li><a href="/${each.slug}/" ${each.slug === current && html`aria-current="true"`}>${each.name} <span class="quiet">${each.slug}</span></a></li>`,
  )}${
    list.length > named.length && html`<li><a href="${places.home}">All ${list.length} workspaces</a></li>`
  }</ul></div></details>`;
}

function avatarMenu(user: NonNullable<TopBarProps['user']>, formFields: TopBarProps['formFields']): Html {
  return html`<details class="menu menu-end avatar-menu"><summary>${avatar({ ...user, size: 32 })}<span class="hidden-words">Account of ${user.displayName}</span></summary><div class="menu-panel"><p class="menu-who"><strong>${user.displayName}</strong><br><span class="quiet">${user.username}</span></p><ul><li><a href="${places.appPasswords}">App passwords</a></li><li><a href="${places.accountSettings}">Personal settings</a></li>${user.isAdministrator && html`<li><a href="${places.users}">People on this host</a></li>`}</ul><form action="${places.signOut}" method="post">${hiddenFields(formFields)}<button type="submit" class="menu-button">Sign out</button></form></div></details>`;
}
