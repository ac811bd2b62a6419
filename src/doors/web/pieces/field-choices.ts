import { attributes, html } from '../html.ts';
import type { Html } from '../html.ts';
import { common, fieldError, fieldHelp, fieldId } from './field-parts.ts';
import type { CheckboxProps, ChoicesProps } from './field-parts.ts';

/** A single box, or a group of boxes or radio buttons under a legend. */
export function choices(props: CheckboxProps | ChoicesProps): Html {
  return props.kind === 'checkbox' ? single(props) : group(props);
}

function single(props: CheckboxProps): Html {
  const id = fieldId(props.name);
  return html`<div class="field ${props.error !== undefined && 'field-wrong'}"><div class="choice"><input type="checkbox" ${attributes(
    {
      id,
      ...common(props),
      value: props.value ?? 'on',
      checked: props.checked ?? false,
    },
  )}><div><label for="${id}">${props.label}</label>${fieldHelp(props)}</div></div>${fieldError(props)}</div>`;
}

function group(props: ChoicesProps): Html {
  const id = fieldId(props.name);
  const { 'aria-describedby': described, 'aria-invalid': invalid, autofocus, name, required } = common(props);
  const ticked = new Set(props.values ?? []);
  const radios = props.kind === 'radios';
  // The cursor goes to the chosen radio button, because that is the one the Tab key reaches.
  const focused = Math.max(0, radios ? props.options.findIndex((option) => ticked.has(option.value)) : 0);
  return html`<fieldset class="field ${props.error !== undefined && 'field-wrong'}" ${attributes({ 'aria-describedby': described })}><legend>${props.label}</legend>
${fieldHelp(props)}${fieldError(props)}${props.options.map((option, index) => {
  const own = optionId(id, option.value);
  return html`<div class="choice"><input ${attributes({
    type: radios ? 'radio' : 'checkbox',
    id: own,
    name,
    value: option.value,
    checked: ticked.has(option.value),
    disabled: option.disabled ?? false,
    // Of a group of boxes any one may do, which `required` on each cannot say.
    required: radios && required,
    autofocus: autofocus === true && index === focused,
    'aria-invalid': radios ? null : invalid,
    'aria-describedby': option.help ? `${own}-help` : null,
  })}><div><label for="${own}">${option.label}</label>${
    option.help && html`<p class="help" id="${own}-help">${option.help}</p>`
  }${option.note}</div></div>${option.asks && html`<div class="choice-asks">${option.asks}</div>`}`;
})}</fieldset>`;
}

/** By value and not by number: several groups of a form may share a name, as the scopes do. */
const optionId = (id: string, value: string): string => `${id}-${value.replace(/[^A-Za-z0-9]+/g, '-')}`;
