import type { Offered, Searched } from '../../../acts/offered.ts';
import type { Account } from '../../../acts/source/attribution.ts';
import type { Problem } from '../../../problem.ts';
import { choiceField } from '../choice-field.ts';
import type { FormInput } from '../form-input.ts';
import { html } from '../html.ts';
import type { FieldProps } from '../pieces/index.ts';
import { errorIn } from '../respond.ts';
import { visibleName } from '../visible.ts';

/** What was typed into the form of a pull request. */
export interface TypedPullRequest {
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly destination: string;
  /** User names. */
  readonly reviewers: readonly string[];
  readonly isDraft: boolean;
  readonly closesSourceBranch: boolean;
}

/** The names of its fields, as problems name them. */
export const FIELDS = [
  'title',
  'description',
  'source',
  'destination',
  'reviewers',
  'draft',
  'close_source_branch',
] as const;

export const typedPullRequest = (form: FormInput): TypedPullRequest => ({
  title: form.text('title').trim(),
  // Browsers send line breaks as CRLF.
  description: form.text('description').replaceAll('\r\n', '\n'),
  source: form.text('source').trim(),
  destination: form.text('destination').trim(),
  // Ticked one by one, or typed, one on each line.
  reviewers: form
    .texts('reviewers')
    .flatMap((text) => text.split(/[\s,]+/))
    .filter((name) => name !== ''),
  isDraft: form.ticked('draft'),
  closesSourceBranch: form.ticked('close_source_branch'),
});

export const branchField = (
  name: 'source' | 'destination',
  props: {
    readonly offered: Searched<string>;
    readonly value: string;
    readonly help?: string;
    readonly error: string | undefined;
  },
): FieldProps =>
  choiceField({
    ...props,
    name,
    label: name === 'source' ? 'Source branch' : 'Destination branch',
    option: (branch) => ({ value: branch, label: visibleName(branch) }),
    typing: 'the name of one',
    required: true,
  });

/** What is said of it and who is asked, for a new one and for one that is changed. */
export function contentFields(
  typed: TypedPullRequest,
  candidates: Offered<Account>,
  problem: Problem | undefined,
): readonly FieldProps[] {
  const error = (name: (typeof FIELDS)[number]) => errorIn(problem, name);
  return [
    {
      kind: 'text',
      name: 'title',
      label: 'Title',
      value: typed.title,
      maxlength: 255,
      required: true,
      error: error('title'),
    },
    {
      kind: 'textarea',
      name: 'description',
      label: 'Description',
      help: 'What it changes, and why. Markdown is laid out.',
      value: typed.description,
      rows: 8,
      error: error('description'),
    },
    // Of the field itself it says what clients of the API know.
    reviewersField(typed.reviewers, candidates, error('reviewers') && problem?.message),
    {
      kind: 'checkbox',
      name: 'draft',
      label: 'It is a draft',
      help: 'Others can read and discuss it. It can be merged once it is no draft any more.',
      checked: typed.isDraft,
      error: error('draft'),
    },
    {
      kind: 'checkbox',
      name: 'close_source_branch',
      label: 'Delete the source branch when it is merged',
      checked: typed.closesSourceBranch,
      error: error('close_source_branch'),
    },
  ];
}

/** Boxes to tick, or, where there are more than one looks through, a field to type user names into. */
function reviewersField(
  values: readonly string[],
  { first, size }: Offered<Account>,
  error: string | undefined,
): FieldProps {
  const offered = new Set(first.map(({ username }) => username));
  if (size > first.length || values.some((name) => !offered.has(name)))
    return {
      kind: 'textarea',
      name: 'reviewers',
      label: 'Reviewers',
      help: 'User names of those who are asked to review it, one on each line. They can read the repository.',
      value: values.join('\n'),
      rows: 3,
      code: true,
      error,
    };
  return {
    kind: 'checkboxes',
    name: 'reviewers',
    label: 'Reviewers',
    ...(first.length === 0 && { help: 'Nobody else holds a role here.' }),
    values,
    options: first.map(({ username, displayName }) => ({
      value: username,
      label: html`${visibleName(displayName)} <span class="quiet">${username}</span>`,
    })),
    error,
  };
}
