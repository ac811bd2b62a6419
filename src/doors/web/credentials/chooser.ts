import { REF_CHANGES, type CredentialKind } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { DeclaredRoute } from '../../shared/policy.ts';
import type { FormInput } from '../form-input.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { field, form, part, withAside, type FieldProps } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { UNTIL_PROBLEMS, WHERE_PROBLEMS, whereFields, windowField } from './bound-fields.ts';
import { openedRoutes } from './opened-routes.ts';
import { FORM_ID, readBack, untilWords, type PreviewedKey } from './read-back.ts';
import { offeredScopes, type OfferedScope } from './scopes.ts';
import { chosenScopes, tasksFor, type Task } from './tasks.ts';
import type { TypedKey } from './typed-key.ts';

export interface KeyChooserProps {
  readonly kind: CredentialKind;
  readonly action: string;
  readonly cancelHref: string;
  /** "Create app password". */
  readonly submitLabel: string;
  readonly typed: TypedKey;
  /** What was typed, as it would be made. */
  readonly preview: PreviewedKey;
  readonly problem?: Problem | undefined;
  /** From `freshFormToken()`. */
  readonly formToken: string;
  /** "everywhere that you may go", where no repositories are chosen. */
  readonly everywhere: string;
  /** What is said above the fields of the third part. */
  readonly reach: Html;
  readonly expires: { readonly help: string; readonly required: boolean };
  /** Names of repositories that the person is likely to mean. */
  readonly repositories: readonly string[];
  /** Address of the browser. */
  readonly address: string;
  /** Everything that the doors declared. */
  readonly routes: readonly DeclaredRoute[];
  /** Another part behind the first, with the names of its fields. */
  readonly besides?: { readonly part: Html; readonly fields: readonly string[] };
}

/** The form was sent to be read back, not to be acted on. */
export const isReadingBack = (form: FormInput): boolean => form.ticked('read_back');

const TASK_PROBLEMS = ['scopes', 'branches', 'branch-changes', 'tags', 'tag-changes'] as const;
const SHOWN = ['label', ...TASK_PROBLEMS, ...WHERE_PROBLEMS, ...UNTIL_PROBLEMS] as const;

/**
 * The page of a new key in four parts, with what it amounts to beside them. Used for every kind of credential: read what
 * it sends with `typedKey(formOf(request))`, `chosenScopes(kind, typed)` and `confinementOfKey(kind, typed)`.
 */
export function keyChooser(props: KeyChooserProps): Html {
  const { kind, typed, problem, preview } = props;
  const scopes = chosenScopes(kind, typed);
  const wrongIn = (names: readonly string[]) => names.some((name) => errorIn(problem, name) !== undefined);
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
  const narrowed = preview.bounds.some((bound) => bound.kind !== 'time');
  return withAside(
    form({
      id: FORM_ID,
      action: props.action,
      hidden: { form_token: props.formToken },
      error: errorAbove(problem, [...SHOWN, ...(props.besides?.fields ?? [])]),
      body: html`<div>${part({
        title: 'What will use it?',
        summary: typed.label,
        open: true,
        body: field(label),
      })}${props.besides?.part}${part({
        title: 'What may it do?',
        summary: scopes.join(', '),
        open: true,
        body: html`${tasksField(props)}${scopesFold(props)}`,
      })}${part({
        title: 'Where and how narrow?',
        summary: whereSummary(props, narrowed),
        open: wrongIn(WHERE_PROBLEMS),
        body: html`${props.reach}<p class="help">Branches and tags that the tasks above name need not be named again: what stands here is added to them.</p>${whereFields(kind, typed.bounds, problem, props)}`,
      })}${part({
        title: 'Until when?',
        summary: untilWords(preview),
        open: wrongIn(UNTIL_PROBLEMS),
        body: untilFields(props),
      })}</div>`,
      submit: { label: props.submitLabel, cancelHref: props.cancelHref },
    }),
    readBack({ kind, typed, scopes, preview, everywhere: props.everywhere }),
  );
}

function whereSummary({ preview, everywhere }: KeyChooserProps, narrowed: boolean): Renderable {
  if ([...preview.unread.keys()].some((name) => !UNTIL_PROBLEMS.some((until) => until === name)))
    return 'not read yet';
  return narrowed
    ? preview.words.filter((_, index) => preview.bounds[index]?.kind !== 'time').join('; ')
    : everywhere;
}

function tasksField({ kind, typed, problem }: KeyChooserProps): Html {
  const scopeError = errorIn(problem, 'scopes');
  return field({
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
      asks: taskAsks(task, typed, problem),
    })),
  });
}

const CHANGE_WORDS = {
  branches: {
    create: 'Create new ones',
    'fast-forward': 'Add commits (fast-forward)',
    force: 'Rewrite (force)',
    delete: 'Delete',
  },
  tags: { create: 'Create new ones', 'fast-forward': '', force: 'Move (force)', delete: 'Delete' },
} as const;

function taskAsks({ asks }: Task, typed: TypedKey, problem: Problem | undefined): Html | undefined {
  if (asks === undefined) return undefined;
  const changes = asks === 'branches' ? 'branch-changes' : 'tag-changes';
  const words = CHANGE_WORDS[asks];
  return html`${field({
    kind: 'textarea',
    name: asks,
    label: asks === 'branches' ? 'Which branches?' : 'Which tags?',
    help:
      asks === 'branches'
        ? html`One a line, such as <code>main</code> or <code>release/*</code>; empty means every branch, and no tag. A line can carry changes of its own: <code>preview/**:force,delete</code>.`
        : html`One a line, such as <code>v*</code>; empty means every tag, and no branch.`,
    value: typed[asks],
    rows: 2,
    code: true,
    error: errorIn(problem, asks),
    autofocus: errorIn(problem, asks) !== undefined,
  })}${field({
    kind: 'checkboxes',
    name: changes,
    label: asks === 'branches' ? 'What may it do to them?' : 'What may it do to these tags?',
    values: asks === 'branches' ? typed.branchChanges : typed.tagChanges,
    error: errorIn(problem, changes),
    options: REF_CHANGES.filter((change) => words[change] !== '').map((change) => ({
      value: change,
      label: words[change],
    })),
  })}`;
}

const scopesFold = ({ kind, typed, routes }: KeyChooserProps): Html =>
  html`<details class="part" ${typed.scopes.length > 0 && html`open`}><summary><span class="part-title">I know the scopes</span></summary><div class="part-body">${offeredScopes(
    kind,
  ).map(({ group, scopes: offered }) =>
    field({
      kind: 'checkboxes',
      name: 'scopes',
      label: group,
      values: typed.scopes,
      options: offered.map((scope) => scopeOption(scope, routes)),
    }),
  )}</div></details>`;

const scopeOption = (scope: OfferedScope, routes: readonly DeclaredRoute[]) => ({
  value: scope.name,
  label: html`${scope.label} <code>${scope.name}</code>`,
  help: html`${scope.meaning}${
    scope.implies.length > 0 &&
    html` Brings along ${scope.implies.map((each, index) => html`${index > 0 && ', '}<code>${each}</code>`)}, with all that it opens.`
  }`,
  note: html`<details class="opens"><summary>${
    scope.itself.length === 0 ? 'Opens nothing of its own' : 'What exactly it opens'
  }<span class="hidden-words"> with ${scope.name}</span></summary>${
    scope.itself.length > 0 && openedRoutes(scope.itself, routes)
  }${
    scope.together.length > 0
      ? html`<p class="help">Only together with others: ${scope.together.join('; ')}.</p>`
      : scope.itself.length === 0 && html`<p class="help">Only what it brings along, as of today.</p>`
  }</details>`,
});

function untilFields({ typed, problem, expires }: KeyChooserProps): Html {
  const text = (name: 'not-before' | 'expires', label: string, help: string, required = false) =>
    field({
      kind: 'date',
      name,
      label,
      help,
      value: name === 'expires' ? typed.expires : typed.notBefore,
      placeholder: 'YYYY-MM-DD',
      required,
      error: errorIn(problem, name),
      autofocus: errorIn(problem, name) !== undefined,
    });
  return html`${text('expires', 'Last day', expires.help, expires.required)}${text(
    'not-before',
    'Not before',
    'A date, or a date and a minute in UTC. Until then it opens nothing.',
  )}${windowField(typed.bounds, problem)}`;
}
