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
  /** What else the address of the list holds. */
  readonly hidden?: Readonly<Record<string, string>> | undefined;
}

/** Finds, in all pages of a list, what has these letters in its name. */
export const nameSearch = ({ label, action, name, value, hidden }: NameSearchProps): Html =>
  html`<form class="row" role="search" aria-label="${label}" action="${action}">${hiddenFields(hidden)}<label for="name-search">Name contains</label><input id="name-search" class="input short-input" type="search" name="${name}" value="${value}"><button type="submit" class="button">Find</button></form>`;
