import type { Searched } from '../../acts/offered.ts';
import { firstFew } from './first-few.ts';
import { html, type Renderable } from './html.ts';
import type { FieldProps } from './pieces/index.ts';

export interface ChoiceFieldProps<Row> {
  readonly name: string;
  readonly label: string;
  readonly help?: Renderable;
  readonly offered: Searched<Row>;
  readonly option: (row: Row) => { readonly value: string; readonly label: string };
  readonly value: string;
  /** "the key of one", where one types. */
  readonly typing: string;
  readonly required?: boolean;
  readonly error: string | undefined;
}

/**
 * One of what may be many: chosen by looking while all of it is offered, and beyond that named by typing, with the first as
 * suggestions. Who types what names none is shown what is like it.
 */
export function choiceField<Row>(props: ChoiceFieldProps<Row>): FieldProps {
  const { name, label, help, offered, option, value, typing, required, error } = props;
  const { first, size, like } = offered;
  if (size <= first.length)
    return { kind: 'select', name, label, help, value, options: first.map(option), required, error };
  const suggested = like.rows.length > 0 ? like.rows : first;
  return {
    kind: 'text',
    name,
    label,
    help: html`${help} There are ${size.toLocaleString('en')}: type ${typing}, or letters of its name to find it.`,
    value,
    code: true,
    suggestions: suggested.map(option),
    required,
    error:
      error === undefined || like.rows.length === 0
        ? error
        : `${error} Similar: ${firstFew(
            like.rows.map((row) => option(row).label),
            like.size,
          )}.`,
  };
}

/** The project that a repository is in. */
export const projectField = (
  props: Pick<
    ChoiceFieldProps<{ readonly key: string; readonly name: string }>,
    'help' | 'offered' | 'value' | 'error'
  >,
): FieldProps =>
  choiceField({
    ...props,
    name: 'project',
    label: 'Project',
    option: ({ key, name }) => ({ value: key, label: `${name} (${key})` }),
    typing: 'the key of one',
    required: true,
  });
