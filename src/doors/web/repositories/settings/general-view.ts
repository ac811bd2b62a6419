import type { Searched } from '../../../../acts/offered.ts';
import type { Problem } from '../../../../problem.ts';
import { choiceField, projectField } from '../../choice-field.ts';
import { html, type Html } from '../../html.ts';
import { form, pageHead, type FieldProps, type Question } from '../../pieces/index.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import { visibleName } from '../../visible.ts';
import type { Links } from '../links.ts';

export interface GeneralInput {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly visibility: 'private' | 'public';
  /** '' while there is no branch. */
  readonly mainBranch: string;
  /** Key of the project. */
  readonly project: string;
  /** The one that it was in when the form was shown: nobody moves it back who did not choose that. */
  readonly projectWas: string;
  readonly hasWiki: boolean;
}

export interface GeneralProps {
  readonly links: Links;
  /** What stands before the slug in addresses. */
  readonly address: string;
  readonly current: GeneralInput & { readonly projectName: string };
  readonly input: GeneralInput;
  readonly choices: {
    readonly branches: Searched<string>;
    readonly projects: Searched<{ readonly key: string; readonly name: string }>;
  };
  /** To another project. */
  readonly mayMove: boolean;
  readonly problem: Problem | undefined;
}

export function generalBody(props: GeneralProps): Html {
  const { links, current, input, mayMove, problem } = props;
  return html`${pageHead({ title: 'General' })}${form({
    action: links.settings,
    hidden: { project_was: input.projectWas },
    error: errorAbove(problem, ['name', 'description', 'mainbranch', 'project']),
    fields: fieldsOf(props),
    body: mayMove ? undefined : projectAlone(current),
    submit: { label: 'Save settings' },
  })}`;
}

const projectAlone = ({ project, projectName }: GeneralProps['current']): Html =>
  html`<p class="help">It is in the project ${projectName} (${project}). Owners of the workspace can move it to another project.</p>`;

const PUBLISHES =
  'Anybody can read and clone it and its wiki, without signing in: every branch, every tag and all of its history, also what was deleted in a later commit. What was cloned cannot be taken back.';

/** Asked before a private repository is public; everything else that was typed is sent along. */
export const publishQuestion = (links: Links, current: GeneralInput, input: GeneralInput): Question => ({
  title: `Make ${current.name} public?`,
  consequences: [PUBLISHES],
  action: links.settings,
  hidden: {
    name: input.name,
    slug: input.slug,
    description: input.description,
    visibility: input.visibility,
    mainbranch: input.mainBranch,
    project: input.project,
    project_was: input.projectWas,
    ...(input.hasWiki && { wiki: 'on' }),
    confirmed: 'yes',
  },
  cancelHref: links.settings,
  submitLabel: 'Make public',
  danger: true,
});

function branchField(
  { mainBranch }: GeneralInput,
  branches: Searched<string>,
  problem: Problem | undefined,
): FieldProps {
  const { first, size } = branches;
  // A select without a match would silently choose the first branch.
  const offered =
    size <= first.length && !first.includes(mainBranch)
      ? { ...branches, first: [mainBranch, ...first], size: size + 1 }
      : branches;
  return choiceField({
    name: 'mainbranch',
    label: 'Default branch',
    help: 'What a clone checks out and this site shows first.',
    offered,
    option: (name) => ({ value: name, label: name === '' ? 'None yet' : visibleName(name) }),
    value: mainBranch,
    typing: 'the name of one',
    required: true,
    error: errorIn(problem, 'mainbranch'),
  });
}

function fieldsOf({ address, current, input, choices, mayMove, problem }: GeneralProps): FieldProps[] {
  const named = errorIn(problem, 'name');
  const nameItself = input.name.trim() === '' || input.name === current.name ? undefined : named;
  // One word of the API for two fields of ours: a good name for people means that the address was at fault.
  const aboutAddress = problem?.code === 'taken' || input.slug !== current.slug;
  return [
    {
      kind: 'text',
      name: 'name',
      label: 'Name',
      value: input.name,
      maxlength: 62,
      required: true,
      error: input.name.trim() === '' ? named : aboutAddress ? undefined : nameItself,
    },
    {
      kind: 'text',
      name: 'slug',
      label: 'Name in addresses',
      help: html`The repository is at <code>${address}${current.slug}</code>. Old addresses lead to the new one until another repository takes the name.`,
      value: input.slug,
      code: true,
      maxlength: 62,
      required: true,
      error: aboutAddress && input.name.trim() !== '' ? named : undefined,
    },
    {
      kind: 'textarea',
      name: 'description',
      label: 'Description',
      value: input.description,
      rows: 3,
      error: errorIn(problem, 'description'),
    },
    {
      kind: 'radios',
      name: 'visibility',
      label: 'Who can see it',
      required: true,
      values: [input.visibility],
      options: [
        {
          value: 'private',
          label: 'Private',
          help: 'Only people, groups and credentials that were given a role. To everybody else it does not exist.',
        },
        {
          value: 'public',
          label: 'Public',
          help:
            current.visibility === 'public'
              ? 'Anybody can read and clone it and its wiki, without signing in.'
              : PUBLISHES,
        },
      ],
    },
    ...(choices.branches.size === 0 ? [] : [branchField(input, choices.branches, problem)]),
    // What somebody may not choose is not sent along either, or it would be refused where it has changed since.
    ...(mayMove
      ? [
          projectField({
            help: 'The access keys of a project open every repository in it.',
            offered: choices.projects,
            value: input.project,
            error: errorIn(problem, 'project'),
          }),
        ]
      : []),
    {
      kind: 'checkbox',
      name: 'wiki',
      label: 'Wiki',
      checked: input.hasWiki,
      help: 'Pages beside the code, in a Git repository of their own. Switched off, they are kept but nobody reaches them.',
    },
  ];
}
