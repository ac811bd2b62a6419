import type { ViewedCredential } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { errorAbove } from '../respond.ts';
import { WHERE_PROBLEMS, whereFields, windowField } from './bound-fields.ts';
import type { TypedBounds } from './typed-bounds.ts';

const SHOWN = [...WHERE_PROBLEMS, 'window'] as const;

/** The form that confines a live credential further; what it carries already stands above and stays. */
export function narrowBody(props: {
  readonly viewed: ViewedCredential;
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
    lead: 'From its next use on, all of this must allow as well. Its secret stays the same, and nothing can be taken off again.',
  })}${
    boundWords.length > 0 &&
    html`<p>It is already confined:</p><ul class="plain-list">${boundWords.map((words) => html`<li>${words}</li>`)}</ul>`
  }${form({
    action: props.action,
    error: errorAbove(problem, SHOWN),
    body: html`${whereFields(credential.kind, typed, problem, props)}${windowField(typed, problem)}`,
    submit: { label: 'Narrow it', cancelHref: props.cancelHref },
  })}`;
}
