import { html } from '../html.ts';
import type { attributes, Renderable } from '../html.ts';

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly help?: Renderable;
  readonly error?: string | undefined;
  readonly required?: boolean | undefined;
  /** Set by {@link fields} on the first field with an error; pages without errors may set it on the first field. */
  readonly autofocus?: boolean | undefined;
}
export interface TextFieldProps extends FieldBase {
  readonly kind: 'text' | 'email' | 'url' | 'date' | 'number' | 'search';
  /** A date as `2027-01-31`. */
  readonly value?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly autocomplete?: string | undefined;
  readonly maxlength?: number | undefined;
  /** For names, addresses and patterns: monospaced, and the browser corrects nothing. */
  readonly code?: boolean | undefined;
  /** Some of what can be typed, offered while one types. */
  readonly suggestions?: readonly { readonly value: string; readonly label: string }[] | undefined;
}
/** Has no value by type: what was typed is never sent back. */
export interface SecretFieldProps extends FieldBase {
  readonly kind: 'secret';
  readonly autocomplete: 'current-password' | 'new-password' | 'one-time-code';
}
/** The form needs `sendsFiles`. */
export interface FileFieldProps extends FieldBase {
  readonly kind: 'file';
  readonly multiple?: boolean | undefined;
}
export interface TextareaProps extends FieldBase {
  readonly kind: 'textarea';
  readonly value?: string | undefined;
  readonly rows?: number | undefined;
  readonly code?: boolean | undefined;
}
export interface Option {
  readonly value: string;
  readonly label: Renderable;
  readonly help?: Renderable;
  readonly disabled?: boolean | undefined;
  /** Below the help, and no part of what the control is described by: it may hold a fold or a link. */
  readonly note?: Renderable;
  /** Fields that matter while this one is chosen; shown only then, and sent in any case. */
  readonly asks?: Renderable;
}
export interface SelectProps extends FieldBase {
  readonly kind: 'select';
  readonly value?: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}
export interface CheckboxProps extends FieldBase {
  readonly kind: 'checkbox';
  readonly checked?: boolean | undefined;
  /** Sent when ticked; default `on`. */
  readonly value?: string | undefined;
}
/** Several boxes (`values` ticked) or one of several (`values` with at most one), under one heading. */
interface ChoicesBase extends FieldBase {
  readonly values?: readonly string[] | undefined;
  readonly options: readonly Option[];
}
export type ChoicesProps =
  | (ChoicesBase & { readonly kind: 'checkboxes' })
  | (ChoicesBase & { readonly kind: 'radios' });
export type FieldProps =
  | TextFieldProps
  | SecretFieldProps
  | FileFieldProps
  | TextareaProps
  | SelectProps
  | CheckboxProps
  | ChoicesProps;

export type Attributes = Parameters<typeof attributes>[0];

/** The attributes every control has; `aria-describedby` names help and error where they exist. */
export function common(props: FieldProps): Attributes {
  const id = fieldId(props.name);
  const described = [props.help ? `${id}-help` : '', props.error === undefined ? '' : `${id}-error`].filter(
    (each) => each !== '',
  );
  return {
    name: props.name,
    required: props.required ?? false,
    autofocus: props.autofocus ?? false,
    'aria-invalid': props.error === undefined ? null : 'true',
    'aria-describedby': described.length === 0 ? null : described.join(' '),
  };
}

export function fieldId(name: string): string {
  return `field-${name.replace(/[^a-zA-Z0-9_-]/g, '-')}`;
}

export function fieldHelp(props: FieldProps): Renderable {
  return props.help && html`<p class="help" id="${fieldId(props.name)}-help">${props.help}</p>`;
}

export function fieldError(props: FieldProps): Renderable {
  return (
    props.error !== undefined && html`<p class="error" id="${fieldId(props.name)}-error">${props.error}</p>`
  );
}
