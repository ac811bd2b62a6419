import type { Offered } from '../../../../acts/offered.ts';
import type { SubjectCandidates } from '../../../../acts/restrictions/candidates.ts';
import type { ShownRestriction } from '../../../../acts/restrictions/subjects.ts';
import type { RestrictionKind } from '../../../../hosting/index.ts';
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
  type PaginationProps,
} from '../../pieces/index.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';

/** What was typed into the form of a new rule; of the fields that each kind asks for those of the chosen one. */
export interface TypedRestriction {
  readonly kind: string;
  readonly pattern: string;
  readonly value: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly accessTokens: readonly string[];
}

export const NOTHING_TYPED: TypedRestriction = {
  kind: 'push',
  pattern: '',
  value: '',
  users: [],
  groups: [],
  accessTokens: [],
};

export interface RestrictionsProps {
  readonly links: Links;
  readonly rules: readonly ShownRestriction[];
  readonly pages: PaginationProps;
  /** Instead of the rules, where this page is beyond the last one. */
  readonly missing: Html | undefined;
  readonly candidates: SubjectCandidates;
  readonly typed: TypedRestriction;
  readonly problem: Problem | undefined;
}

const RULE_WORDS: Readonly<Record<RestrictionKind, string>> = {
  push: 'Only those named may push',
  force: 'Nobody may rewrite it (force)',
  delete: 'Nobody may delete it',
  restrict_merges: 'Only those named may merge into it',
  require_approvals_to_merge: 'Merging takes approvals',
  require_default_reviewer_approvals_to_merge: 'Merging takes approvals of default reviewers',
  require_no_changes_requested: 'Merging waits while changes are asked for',
  require_passing_builds_to_merge: 'Merging takes passing builds',
  require_tasks_to_be_completed: 'Merging waits for every task',
  require_all_comments_resolved: 'Merging waits for every comment to be resolved',
  reset_pullrequest_approvals_on_change: 'A change of the source takes approvals back',
  reset_pullrequest_changes_requested_on_change: 'A change of the source ends requests for changes',
  enforce_merge_checks: 'Nobody merges past these rules, as always here',
};

const MERGE_FIELDS = 'merge_';

/** What stands before the names of the fields that a kind asks for, since all kinds stand in one form. */
export const fieldsOf = (kind: string): string =>
  kind === 'restrict_merges' ? MERGE_FIELDS : kind === 'push' ? '' : `${kind}_`;

/** A rule in words, with how many it asks for. */
const ruleWords = ({ kind, value }: Pick<ShownRestriction, 'kind' | 'value'>): string =>
  value === null ? RULE_WORDS[kind] : `${RULE_WORDS[kind]}: at least ${value}`;

export function restrictionsBody(props: RestrictionsProps): Html {
  const { rules, links, pages, missing } = props;
  return html`${pageHead({
    title: 'Branch restrictions',
    lead: 'They hold for people, whatever their role, and for every credential, whatever its scopes. All that match a branch must allow.',
    actions: html`<a class="button" href="${links.whoCan()}">Who can push, or merge?</a>`,
  })}${table<ShownRestriction>({
    caption: 'Branch restrictions',
    quietCaption: true,
    rows: rules,
    pages,
    empty:
      missing ??
      emptyState({
        title: 'No branch restrictions yet',
        body: 'Everybody with the role write may push to every branch, rewrite it and delete it. Protect the main branch first: let nobody rewrite it.',
      }),
    columns: [
      { label: 'Branches', cell: ({ pattern }) => html`<code>${pattern}</code>` },
      { label: 'Rule', cell: ruleWords },
      { label: 'Who', cell: (rule) => firstNamed(rule, links) },
      {
        label: 'Remove',
        quietLabel: true,
        align: 'end',
        cell: (rule) => confirmOpener(removeQuestion(rule, links)),
      },
    ],
  })}${addForm(props)}`;
}

/** One rule with everybody whom it names. */
export const restrictionBody = (rule: ShownRestriction, links: Links): Html =>
  html`${pageHead({
    title: rule.pattern,
    lead: `${ruleWords(rule)}.`,
    actions: confirmOpener(removeQuestion(rule, links)),
  })}${listed(rule, namesIn(rule))}<p><a href="${links.restrictions}">All branch restrictions</a></p>`;

const namesIn = ({ users, groups, accessTokens }: ShownRestriction): readonly Html[] => [
  ...users.map(({ displayName, username }) => html`${displayName} <span class="quiet">${username}</span>`),
  ...groups.map(({ name, slug }) => html`${name} <span class="quiet">@${slug}</span>`),
  ...accessTokens.map(
    ({ id, label }) => html`${label ?? 'a token that does not open this repository now'} <code>${id}</code>`,
  ),
];

function listed({ kind }: ShownRestriction, names: readonly Html[]): Html {
  if (names.length > 0)
    return html`<ul class="bare-list">${names.map((each) => html`<li>${each}</li>`)}</ul>`;
  return html`<span class="quiet">${kind === 'push' || kind === 'restrict_merges' ? 'nobody at all' : 'holds for everybody'}</span>`;
}

/** Of a pattern, in a question. */
const LONGEST_PATTERN = 60;
/** How many of those named stand in the list of rules. */
const FEW = 3;

function firstNamed(rule: ShownRestriction, links: Links): Html {
  const names = namesIn(rule);
  const more = names.length - FEW;
  if (more <= 1) return listed(rule, names);
  const all = html`<a href="${links.restriction(rule.id)}" aria-label="All who are named for ${rule.pattern}">and ${more} more</a>`;
  return listed(rule, [...names.slice(0, FEW), all]);
}

/** A pattern may be as long as a name of a branch, and stands in every row many times. */
const short = (pattern: string): string =>
  pattern.length <= LONGEST_PATTERN ? pattern : `${pattern.slice(0, LONGEST_PATTERN)}…`;

export function removeQuestion(rule: ShownRestriction, links: Links): ConfirmProps {
  return {
    title: `Remove “${ruleWords(rule)}” for ${short(rule.pattern)}?`,
    what: `“${ruleWords(rule)}” for ${short(rule.pattern)}`,
    consequences: ['From now on it holds for nobody. Other restrictions that match the branch stay.'],
    action: links.removeRestriction(rule.id),
    pageHref: links.removeRestriction(rule.id),
    cancelHref: links.restrictions,
    submitLabel: 'Remove',
    danger: true,
  };
}

const FIELDS = ['kind', 'pattern', 'value', 'users', 'groups', 'access_tokens'] as const;

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
              help: 'Creating, changing and deleting it are all pushes. Merging a pull request is none.',
              asks: subjectFields('push', candidates, typed, problem),
            },
            {
              value: 'restrict_merges',
              label: RULE_WORDS.restrict_merges,
              asks: subjectFields('restrict_merges', candidates, typed, problem),
            },
            {
              value: 'force',
              label: RULE_WORDS.force,
              help: 'What was pushed stays. Commits can still be added.',
            },
            { value: 'delete', label: RULE_WORDS.delete },
            ...MERGING.map(({ kind, help, counts }) => ({
              value: kind,
              label: RULE_WORDS[kind],
              ...(help !== undefined && { help }),
              ...(counts !== undefined && { asks: valueField(kind, counts, typed, problem) }),
            })),
          ],
        },
      ],
      submit: { label: 'Add restriction' },
    },
  )}</section>`;
}

/** Rules about merging, in the order in which people meet them. */
const MERGING: readonly {
  readonly kind: RestrictionKind;
  readonly help?: string;
  /** What it says how many there must be of. */
  readonly counts?: string;
}[] = [
  {
    kind: 'require_approvals_to_merge',
    help: 'By people with a role here, others than its author. Bots approve of nothing.',
    counts: 'Approvals',
  },
  {
    kind: 'require_default_reviewer_approvals_to_merge',
    help: 'By people who review pull requests of this repository by default.',
    counts: 'Approvals of default reviewers',
  },
  { kind: 'require_no_changes_requested' },
  {
    kind: 'require_passing_builds_to_merge',
    help: 'Of its last commit. None may have failed, or be at work.',
    counts: 'Passing builds',
  },
  { kind: 'require_tasks_to_be_completed' },
  { kind: 'require_all_comments_resolved' },
  { kind: 'reset_pullrequest_approvals_on_change' },
  { kind: 'reset_pullrequest_changes_requested_on_change' },
];

const valueField = (
  kind: RestrictionKind,
  label: string,
  typed: TypedRestriction,
  problem: Problem | undefined,
): Html =>
  field({
    kind: 'number',
    name: `${fieldsOf(kind)}value`,
    label,
    help: 'At least so many.',
    required: true,
    value: typed.kind === kind ? typed.value : '1',
    error: typed.kind === kind ? errorIn(problem, 'value') : undefined,
  });

function subjectFields(
  kind: 'push' | 'restrict_merges',
  { users, groups, accessTokens }: SubjectCandidates,
  typed: TypedRestriction,
  problem: Problem | undefined,
): Html {
  const chosen = <Row>(offered: Offered<Row>, { name, values, ...rest }: Omit<Chosen<Row>, 'error'>): Html =>
    chosenField(offered, {
      ...rest,
      name: fieldsOf(kind) + name,
      values: typed.kind === kind ? values : [],
      error: typed.kind === kind ? errorIn(problem, name) : undefined,
    });
  const does = kind === 'push' ? 'push' : 'merge';
  return html`<p class="help">Name nobody, and nobody at all may ${does}.</p>${chosen(users, {
    name: 'users',
    label: 'People',
    help: `User names of those who may ${does}, one on each line. They hold a role here.`,
    none: 'Nobody holds a role here.',
    values: typed.users,
    option: ({ username, displayName }) => ({
      value: username,
      label: html`${displayName} <span class="quiet">${username}</span>`,
    }),
  })}${chosen(groups, {
    name: 'groups',
    label: 'Groups',
    help: 'As their names are written, without the @, one on each line.',
    none: 'The workspace has no groups.',
    values: typed.groups,
    option: ({ slug, name }) => ({ value: slug, label: html`${name} <span class="quiet">@${slug}</span>` }),
  })}${chosen(accessTokens, {
    name: 'access_tokens',
    label: 'Access tokens and trust policies',
    help: html`By their public ids, which begin with <code>cred_</code>, one on each line.`,
    none: 'The repository has no access tokens and no trust policies.',
    values: typed.accessTokens,
    option: ({ id, label }) => ({ value: id, label: html`${label} <code>${id}</code>` }),
  })}`;
}

interface Chosen<Row = unknown> {
  readonly name: 'users' | 'groups' | 'access_tokens';
  readonly label: string;
  /** Where they are typed. */
  readonly help: Renderable;
  readonly none: string;
  readonly values: readonly string[];
  readonly error: string | undefined;
  readonly option: (row: Row) => Option;
}

/** Boxes to tick, or, where there are more than one looks through, a field to type names into. */
function chosenField<Row>(
  { first, size }: Offered<Row>,
  { name, label, help, none, values, error, option }: Omit<Chosen<Row>, 'name'> & { readonly name: string },
): Html {
  if (size > first.length)
    return field({
      kind: 'textarea',
      name,
      label,
      help,
      value: values.join('\n'),
      rows: 3,
      code: true,
      error,
    });
  if (size === 0 && error === undefined) return html`<p class="help">${none}</p>`;
  return field({ kind: 'checkboxes', name, label, values, options: first.map(option), error });
}
