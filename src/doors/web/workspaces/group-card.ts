import type { Group } from '../../../hosting/index.ts';
import { attributes, html, type Html } from '../html.ts';
import { avatar, confirmOpener, type ConfirmProps } from '../pieces/index.ts';

/** A name that was to be added to a group, and why it was not. */
export interface TypedMember {
  readonly group: string;
  readonly user: string;
  readonly error: string;
}

/** One group with the people in it. `deleting` is there for whoever may change it. */
export function groupCard(
  group: Group,
  props: {
    readonly address: string;
    readonly deleting: Html | undefined;
    readonly takingOut: (username: string) => ConfirmProps;
    readonly typed: TypedMember | undefined;
  },
): Html {
  const field = `user-${group.slug}`;
  const { typed } = props;
  const editable = props.deleting !== undefined;
  return html`<section class="card" aria-labelledby="group-${group.slug}"><header class="card-head"><h2 id="group-${group.slug}">${group.name} <code class="quiet">@${group.slug}</code></h2>${props.deleting}</header>${
    group.members.length === 0
      ? html`<p class="quiet">Nobody is in this group.</p>`
      : html`<ul class="people">${group.members.map(
          (person) =>
            html`<li><span class="person">${avatar(person)} ${person.displayName} <code class="quiet">${person.username}</code></span>${
              editable && confirmOpener(props.takingOut(person.username))
            }</li>`,
        )}</ul>`
  }${
    editable &&
    html`<form class="row" action="${props.address}/add" method="post"><label for="${field}">Add by user name</label><input class="input short-input code-input" ${attributes(
      {
        id: field,
        name: 'user',
        type: 'text',
        value: typed?.user ?? '',
        required: true,
        autocomplete: 'off',
        autocapitalize: 'none',
        spellcheck: 'false',
        autofocus: typed !== undefined,
        'aria-invalid': typed === undefined ? null : 'true',
        'aria-describedby': typed === undefined ? null : `${field}-error`,
      },
    )}><button type="submit" class="button" aria-label="Add to ${group.name}">Add</button>${
      typed !== undefined && html`<p class="error" id="${field}-error">${typed.error}</p>`
    }</form>`
  }</section>`;
}
