import type { PullRequestCondition, PullRequestState } from '../../acts/pull-requests/view.ts';
import { PULL_REQUEST_STATE_NAMES } from './objects/pull-request.ts';
import type { Filter } from './query-language.ts';

type Comparison = Filter & { readonly type: 'compare' };
type Numbered = Extract<PullRequestCondition, { readonly is: string }>;
type Named = Exclude<PullRequestCondition, Numbered>;

const NUMBERS: Readonly<Record<string, { readonly column: Numbered['column']; readonly isTime: boolean }>> = {
  id: { column: 'number', isTime: false },
  created_on: { column: 'created_at', isTime: true },
  updated_on: { column: 'updated_at', isTime: true },
};

/** Of the values that a name is compared with, those by which something can be called. */
const NAMES: Readonly<Record<string, (values: readonly string[]) => Named>> = {
  'source.branch.name': (among) => ({ column: 'source_branch', among }),
  'destination.branch.name': (among) => ({ column: 'destination_branch', among }),
  'author.uuid': (values) => ({
    column: 'author_id',
    among: values.flatMap((value) => /^\{(.*)\}$/s.exec(value)?.[1] ?? []),
  }),
  state: (values) => ({ column: 'state', among: values.flatMap(statesCalled) }),
};

const STATES = Object.entries(PULL_REQUEST_STATE_NAMES) as readonly [PullRequestState, string][];
const statesCalled = (name: string): PullRequestState[] =>
  STATES.flatMap(([state, shown]) => (shown === name ? [state] : []));

const LARGEST_NUMBER = 2 ** 31 - 1;

/**
 * What the database can be asked first, so that fewer are looked at: whatever passes the filter meets all of these, and what
 * meets them may still not pass.
 */
export function conditionsOf(filter: Filter): PullRequestCondition[] {
  const conditions: PullRequestCondition[] = [];
  // Chains lean to the left and may be long: only parentheses recurse.
  let left = filter;
  for (; left.type === 'and'; left = left.left) conditions.push(...conditionsOf(left.right));
  const condition = left.type === 'compare' ? conditionOf(left) : undefined;
  return condition === undefined ? conditions : [...conditions, condition];
}

function conditionOf({ field, operator, values }: Comparison): PullRequestCondition | undefined {
  const nameIn = Object.hasOwn(NAMES, field) ? NAMES[field] : undefined;
  if (nameIn !== undefined)
    return operator === '=' || operator === 'in' ? nameIn(holdable(values)) : undefined;
  const number = Object.hasOwn(NUMBERS, field) ? NUMBERS[field] : undefined;
  const isOrder =
    operator === '=' || operator === '>' || operator === '>=' || operator === '<' || operator === '<=';
  if (number === undefined || !isOrder) return undefined;
  const [first] = values;
  const value = number.isTime && typeof first === 'string' ? Date.parse(first) : first;
  const fits =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    (number.isTime || Math.abs(value) <= LARGEST_NUMBER);
  return fits ? { column: number.column, is: operator, value } : undefined;
}

/** What no database takes for text is the name of nothing. */
const holdable = (values: Comparison['values']): string[] =>
  values.filter(
    (value) => typeof value === 'string' && !value.includes('\0') && value.isWellFormed(),
  ) as string[];
