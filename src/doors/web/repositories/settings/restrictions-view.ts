import type { ShownRestriction, SubjectCandidates } from '../../../../acts/restrictions/subjects.ts';
import type { RestrictionKind } from '../../../../gate/index.ts';
import type { Problem } from '../../../../problem.ts';
import { html, type Html, type Renderable } from '../../html.ts';
import {
  confirmOpener,
  emptyState,
  field,
  form,
  pageHead,
  table,
  type ConfirmProps,
  type Option,
} from '../../pieces/index.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';

/** What was typed into the form of a new rule. */
export interface TypedRestriction {
  readonly kind: string;
  readonly pattern: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly accessTokens: readonly string[];
}

export const NOTHING_TYPED: TypedRestriction = {
  kind: 'push',
  pattern: '',
  users: [],
  groups: [],
  accessTokens: [],
};

export interface RestrictionsProps {
  readonly links: Links;
  readonly rules: readonly ShownRestriction[];
  readonly candidates: SubjectCandidates;
  readonly typed: TypedRestriction;
  readonly problem: Problem | undefined;
}

const RULE_WORDS: Readonly<Record<RestrictionKind, string>> = {
  push: 'Only those named may push',
  force: 'Nobody may rewrite it (force)',
  delete: 'Nobody may delete it',
  restrict_merges: 'Only those named may merge into it',
};

export function restrictionsBody(props: RestrictionsProps): Html {
  const { rules, links } = props;
  return html`${pageHead({
    title: 'Branch restrictions',
    lead: 'They hold for people, whatever their role, and for every credential, whatever its scopes. All that match a branch must allow.',
    actions: html`<a class="button" href="${links.whoCan()}">Who can push?</a>`,
  })}${table<ShownRestriction>({
    caption: 'Branch restrictions',
    quietCaption: true,
    rows: rules,
    empty: emptyState({
      title: 'No branch restrictions yet',
      body: 'Everybody with the role write may push to every branch, rewrite it and delete it. Protect the main branch first: let nobody rewrite it.',
    }),
    columns: [
      { label: 'Branches', cell: ({ pattern }) => html`<code>${pattern}</code>` },
      { label: 'Rule', cell: ({ kind }) => RULE_WORDS[kind] },
      { label: 'Who', cell: names },
      {
        label: 'Remove',
        quietLabel: true,
        align: 'end',
        cell: (rule) => confirmOpener(removeQuestion(rule, links)),
      },
    ],
  })}${addForm(props)}`;
}

function names({ kind, users, groups, accessTokens }: ShownRestriction): Renderable {
  const all = [
    ...users.map(({ displayName, username }) => html`${displayName} <span class="quiet">${username}</span>`),
    ...groups.map(({ name, slug }) => html`${name} <span class="quiet">@${slug}</span>`),
    ...accessTokens.map(({ id, label }) => html`${label} <code>${id}</code>`),
  ];
  if (all.length > 0) return html`<ul class="bare-list">${all.map((each) => html`<li>${each}</li>`)}</ul>`;
  return html`<span class="quiet">${kind === 'push' || kind === 'restrict_merges' ? 'nobody at all' : 'holds for everybody'}</span>`;
}

export function removeQuestion(rule: ShownRestriction, links: Links): ConfirmProps {
  return {
    title: `Remove “${RULE_WORDS[rule.kind]}” for ${rule.pattern}?`,
    what: `“${RULE_WORDS[rule.kind]}” for ${rule.pattern}`,
    consequences: [
      'From the next push on it holds for nobody. Other restrictions that match the branch stay.',
    ],
    action: links.removeRestriction(rule.id),
    pageHref: links.removeRestriction(rule.id),
    cancelHref: links.restrictions,
    submitLabel: 'Remove',
    danger: true,
  };
}

const FIELDS = ['kind', 'pattern', 'users', 'groups', 'access_tokens'] as const;

function addForm({ links, candidates, typed, problem }: RestrictionsProps): Html {
  const error = (name: (typeof FIELDS)[number]) => errorIn(problem, name);
  return html`<section class="apart" aria-labelledby="add-restriction"><h2 id="add-restriction">Add a restriction</h2>${form(
    {
      action: links.restrictions,
      error: errorAbove(problem, FIELDS),
      fields: [
        {
          kind: 'text',
          name: 'pattern',
          label: 'Branches',
          help: html`The name of a branch, or a pattern in which <code>*</code> stands for anything, slashes too: <code>main</code>, <code>release/*</code>.`,
          value: typed.pattern,
          code: true,
          required: true,
          error: error('pattern'),
        },
        {
          kind: 'radios',
          name: 'kind',
          label: 'Rule',
          required: true,
          values: [typed.kind],
          error: error('kind'),
          options: [
            {
              value: 'push',
              label: RULE_WORDS.push,
              help: 'Creating, changing and deleting it are all pushes.',
              asks: subjectFields(candidates, typed, problem),
            },
            {
              value: 'force',
              label: RULE_WORDS.force,
              help: 'What was pushed stays. Commits can still be added.',
            },
            { value: 'delete', label: RULE_WORDS.delete },
          ],
        },
      ],
      submit: { label: 'Add restriction' },
    },
  )}</section>`;
}

function subjectFields(
  { users, groups, accessTokens }: SubjectCandidates,
  typed: TypedRestriction,
  problem: Problem | undefined,
): Html {
  const boxes = (
    name: 'users' | 'groups' | 'access_tokens',
    label: string,
    values: readonly string[],
    options: readonly Option[],
    none: string,
  ): Html =>
    options.length === 0 && errorIn(problem, name) === undefined
      ? html`<p class="help">${none}</p>`
      : field({ kind: 'checkboxes', name, label, values, options, error: errorIn(problem, name) });
  return html`<p class="help">Tick nobody, and nobody at all may push.</p>${boxes(
    'users',
    'People',
    typed.users,
    users.map(({ username, displayName }) => ({
      value: username,
      label: html`${displayName} <span class="quiet">${username}</span>`,
    })),
    'Nobody holds a role here.',
  )}${boxes(
    'groups',
    'Groups',
    typed.groups,
    groups.map(({ slug, name }) => ({
      value: slug,
      label: html`${name} <span class="quiet">@${slug}</span>`,
    })),
    'The workspace has no groups.',
  )}${boxes(
    'access_tokens',
    'Access tokens',
    typed.accessTokens,
    accessTokens.map(({ id, label }) => ({ value: id, label: html`${label} <code>${id}</code>` })),
    'The repository has no access tokens.',
  )}`;
}
