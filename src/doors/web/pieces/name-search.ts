import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { hiddenFields } from './form.ts';

export interface NameSearchProps {
  /** What is searched, read out: "Branches". */
  readonly label: string;
  /** The address of the list itself. */
  readonly action: string;
  /** Of the field, as it stands in the address. */
  readonly name: string;
  readonly value: string;
  /** What is looked into, where it is not the name alone: "Name or e-mail address contains". */
  readonly words?: string | undefined;
  /** What else the address of the list holds. */
  readonly hidden?: Readonly<Record<string, string>> | undefined;
}

/** Finds, in all pages of a list, what has these letters in its name. */
export const nameSearch = ({
  label,
  action,
  name,
  value,
  words = 'Name contains',
  hidden,
}: NameSearchProps): Html =>
  html`<form class="row" role="search" aria-label="${label}" action="${action}">${hiddenFields(hidden)}<label for="name-search">${words}</label><input id="name-search" class="input short-input" type="search" name="${name}" value="${value}"><button type="submit" class="button">Find</button></form>`;
