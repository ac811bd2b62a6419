import { attributes, html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { choices } from './field-choices.ts';
import { common, fieldError, fieldHelp, fieldId } from './field-parts.ts';
import type {
  Attributes,
  FieldProps,
  FileFieldProps,
  SecretFieldProps,
  SelectProps,
  TextareaProps,
  TextFieldProps,
} from './field-parts.ts';

/**
 * Typed as text. A browser's own date field shows the order of its locale (01/02/2027), where all our pages and the
 * command line say 2027-02-01; its number field changes the value when one scrolls over it.
 */
const plainKinds: ReadonlySet<string> = new Set(['date', 'number']);

/** Fields in order; the cursor goes to the first that has an error. */
export function fields(list: readonly FieldProps[]): Html {
  const first = list.findIndex((each) => each.error !== undefined);
  return html`${list.map((each, index) => field(first === -1 ? each : { ...each, autofocus: index === first }))}`;
}

/** One labelled field with its help and error; both are tied to the control, the error marks it invalid. */
export function field(props: FieldProps): Html {
  if (props.kind === 'checkbox' || props.kind === 'checkboxes' || props.kind === 'radios')
    return choices(props);
  const id = fieldId(props.name);
  return html`<div class="field ${props.error !== undefined && 'field-wrong'}"><label for="${id}">${props.label}${optional(props)}</label>
${fieldHelp(props)}${control(props, { id, ...common(props) })}${fieldError(props)}</div>`;
}

function control(
  props: TextFieldProps | SecretFieldProps | FileFieldProps | TextareaProps | SelectProps,
  shared: Attributes,
): Html {
  switch (props.kind) {
    case 'select':
      return html`<select class="input" ${attributes(shared)}>${props.options.map(
        (option) =>
          html`<option value="${option.value}" ${option.value === props.value && html`selected`}>${option.label}</option>`,
      )}</select>`;
    case 'textarea':
      return html`<textarea class="input ${props.code && 'code-input'}" ${attributes({ ...shared, rows: props.rows ?? 4, spellcheck: props.code ? 'false' : null })}>
${props.value}</textarea>`;
    case 'secret':
      return html`<input class="input code-input" type="password" ${attributes({ ...shared, autocomplete: props.autocomplete })}>`;
    case 'file':
      return html`<input class="input" type="file" ${attributes({ ...shared, multiple: props.multiple ?? false })}>`;
    case 'text':
    case 'email':
    case 'url':
    case 'date':
    case 'number':
    case 'search':
      return html`<input class="input ${props.code && 'code-input'}" type="${plainKinds.has(props.kind) ? 'text' : props.kind}" ${attributes(
        {
          ...shared,
          value: props.value,
          inputmode: plainKinds.has(props.kind) ? 'numeric' : null,
          placeholder: props.placeholder ?? (props.kind === 'date' ? 'YYYY-MM-DD' : null),
          autocomplete: props.autocomplete ?? (props.code ? 'off' : null),
          maxlength: props.maxlength,
          spellcheck: props.code ? 'false' : null,
          autocapitalize: props.code ? 'none' : null,
          list: props.suggestions === undefined ? null : `${fieldId(props.name)}-list`,
        },
      )}>${suggestions(props)}`;
  }
}

const suggestions = ({ name, suggestions: list }: TextFieldProps): Renderable =>
  list !== undefined &&
  html`<datalist id="${fieldId(name)}-list">${list.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}</datalist>`;

function optional(props: FieldProps): Renderable {
  return !props.required && html` <span class="quiet">(optional)</span>`;
}
