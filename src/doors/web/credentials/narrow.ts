import type { ViewedCredential } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { form, pageHead, type Question } from '../pieces/index.ts';
import { errorAbove } from '../respond.ts';
import { WHERE_PROBLEMS, whereFields, windowField } from './bound-fields.ts';
import { hiddenBounds, type TypedBounds } from './typed-bounds.ts';

const SHOWN = [...WHERE_PROBLEMS, 'window'] as const;

/** The form that confines a live credential further; what it carries already stands above and stays. */
export function narrowBody(props: {
  readonly viewed: Pick<ViewedCredential, 'credential' | 'boundWords'>;
  /** Instead of what is said of a secret. */
  readonly lead?: string;
  /** What is not narrowed with it (`goesOnBeside`). */
  readonly beside: readonly Renderable[];
  readonly action: string;
  readonly cancelHref: string;
  readonly typed: TypedBounds;
  readonly problem: Problem | undefined;
  readonly repositories: readonly string[];
  readonly address: string;
}): Html {
  const { viewed, typed, problem } = props;
  const { credential, boundWords } = viewed;
  return html`${pageHead({
    title: `Narrow “${credential.label}”`,
    lead:
      props.lead ??
      'From its next use on, all of this must allow as well. Its secret stays the same, and nothing can be taken off again.',
  })}${
    boundWords.length > 0 &&
    html`<p>It is already confined:</p><ul class="plain-list">${boundWords.map((words) => html`<li>${words}</li>`)}</ul>`
  }${props.beside.map((each) => html`<p>${each}</p>`)}${form({
    action: props.action,
    error: errorAbove(problem, SHOWN),
    body: html`${whereFields(credential.kind, typed, problem, props)}${windowField(typed, problem)}`,
    submit: { label: 'Narrow it', cancelHref: props.cancelHref },
  })}`;
}

/** Asked before it is done, for it cannot be undone. @param words what the credential would be confined to besides */
export const narrowQuestion = (props: {
  readonly label: string;
  readonly words: readonly string[];
  readonly beside: readonly Renderable[];
  readonly action: string;
  readonly cancelHref: string;
  readonly typed: TypedBounds;
}): Question => ({
  title: `Narrow “${props.label}”?`,
  consequences: [
    'From its next use on, it is confined to this as well. Nothing of it can be taken off again.',
    ...props.words,
    ...props.beside,
  ],
  action: props.action,
  hidden: { ...hiddenBounds(props.typed), confirmed: 'yes' },
  cancelHref: props.cancelHref,
  submitLabel: 'Narrow it',
});
