import type { CredentialKind } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { FormInput } from '../form-input.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { field, form, part, withAside, type FieldProps } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { FORM_ID, readBack } from './read-back.ts';
import { offeredScopes, type OfferedScope } from './scopes.ts';
import { chosenScopes, tasksFor } from './tasks.ts';

/** What was typed into the form of a new key, for acting on it and for showing it again. */
export interface TypedKey {
  readonly label: string;
  readonly tasks: readonly string[];
  readonly scopes: readonly string[];
}

export const EMPTY_KEY: TypedKey = { label: '', tasks: [], scopes: [] };

export const typedKey = (form: FormInput): TypedKey => ({
  label: form.text('label'),
  tasks: form.texts('tasks'),
  scopes: form.texts('scopes'),
});

export interface KeyChooserProps {
  readonly kind: CredentialKind;
  readonly action: string;
  readonly cancelHref: string;
  /** "Create app password". */
  readonly submitLabel: string;
  /** Fields of the first part; its name field is called `label` unless `labelField` says otherwise. */
  readonly typed: TypedKey;
  readonly problem?: Problem | undefined;
  /** From `forms.token()`. */
  readonly formToken: string;
  /** The third part: where it may be used, as a summary and what explains it. */
  readonly where: { readonly summary: Renderable; readonly body: Html };
  /** The fourth part: until when. */
  readonly until: { readonly summary: Renderable; readonly body: Html };
  /**
   * Offers to read the key back before it is made. Only where the handler of `action` shows the form again, and acts on
   * nothing, when `isReadingBack(form)`.
   */
  readonly readsBack?: boolean;
}

/** The form was sent to be read back, not to be acted on. */
export const isReadingBack = (form: FormInput): boolean => form.ticked('read_back');

/**
 * The page of a new key in four parts, with what it amounts to beside them. Used for every kind of credential: read what
 * it sends with `typedKey(formOf(request))` and `chosenScopes(kind, typed)`.
 */
export function keyChooser(props: KeyChooserProps): Html {
  const { kind, typed, problem } = props;
  const scopes = chosenScopes(kind, typed);
  const scopeError = errorIn(problem, 'scopes');
  const label: FieldProps = {
    kind: 'text',
    name: 'label',
    label: 'Label',
    help: 'The script, job or tool, such as “nightly build on ci-3”. One key for each: then one can be revoked alone.',
    value: typed.label,
    maxlength: 100,
    required: true,
    error: errorIn(problem, 'label'),
    autofocus: (problem === undefined && typed.label === '') || errorIn(problem, 'label') !== undefined,
  };
  return withAside(
    form({
      id: FORM_ID,
      action: props.action,
      hidden: { form_token: props.formToken },
      error: errorAbove(problem, ['label', 'scopes', 'expires']),
      body: html`<div>${part({
        title: 'What will use it?',
        summary: typed.label,
        open: true,
        body: field(label),
      })}${part({
        title: 'What may it do?',
        summary: scopes.join(', '),
        open: true,
        body: html`${field({
          kind: 'checkboxes',
          name: 'tasks',
          label: 'Tasks',
          help: 'Tick what it has to do, and nothing besides.',
          error: scopeError,
          autofocus: scopeError !== undefined && errorIn(problem, 'label') === undefined,
          values: typed.tasks,
          options: tasksFor(kind).map((task) => ({
            value: task.id,
            label: task.label,
            help: html`${task.help} ${task.scopes.map((scope, index) => html`${index > 0 && ' '}<code>${scope}</code>`)}`,
          })),
        })}<details class="part" ${typed.scopes.length > 0 && html`open`}><summary><span class="part-title">I know the scopes</span></summary><div class="part-body">${offeredScopes(
          kind,
        ).map(({ group, scopes: offered }) =>
          field({
            kind: 'checkboxes',
            name: 'scopes',
            label: group,
            values: typed.scopes,
            options: offered.map(scopeOption),
          }),
        )}</div></details>`,
      })}${part({ title: 'Where and how narrow?', open: false, ...props.where })}${part({
        title: 'Until when?',
        open: errorIn(problem, 'expires') !== undefined,
        ...props.until,
      })}</div>`,
      submit: { label: props.submitLabel, cancelHref: props.cancelHref },
    }),
    readBack(props, scopes),
  );
}

const scopeOption = (scope: OfferedScope) => ({
  value: scope.name,
  label: html`${scope.label} <code>${scope.name}</code>`,
  help: html`${scope.meaning}${
    scope.implies.length > 0 &&
    html` Brings along ${scope.implies.map((each, index) => html`${index > 0 && ', '}<code>${each}</code>`)}.`
  } Opens: ${scope.opens.join('; ')}.`,
});
