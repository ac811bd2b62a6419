import { z } from 'zod';
import type { Candidate, PullRequestSearch } from '../../acts/pull-requests/search.ts';
import type { PullRequestState } from '../../acts/pull-requests/view.ts';
import { invalid } from '../../problem.ts';
import { braced } from './links.ts';
import { PULL_REQUEST_STATE_NAMES } from './objects/pull-request.ts';
import { conditionsOf } from './pull-request-conditions.ts';
import { filterParameters, repeatable, unsortable } from './paging.ts';
import { parseFilter, passes, type FieldValue } from './query-language.ts';

/** Which pull requests of a list are asked for, and in which order. */

const FIELDS: Readonly<Record<string, (candidate: Candidate) => FieldValue>> = {
  id: ({ pullRequest }) => pullRequest.number,
  title: ({ pullRequest }) => pullRequest.title,
  description: ({ pullRequest }) => pullRequest.description,
  state: ({ pullRequest }) => PULL_REQUEST_STATE_NAMES[pullRequest.state],
  draft: ({ pullRequest }) => pullRequest.isDraft,
  reason: ({ pullRequest }) => pullRequest.reason,
  close_source_branch: ({ pullRequest }) => pullRequest.closesSourceBranch,
  created_on: ({ pullRequest }) => new Date(pullRequest.createdAt),
  updated_on: ({ pullRequest }) => new Date(pullRequest.updatedAt),
  'source.branch.name': ({ pullRequest }) => pullRequest.sourceBranch,
  'destination.branch.name': ({ pullRequest }) => pullRequest.destinationBranch,
  'source.commit.hash': ({ pullRequest }) => pullRequest.sourceCommit.slice(0, 12),
  'destination.commit.hash': ({ pullRequest }) => pullRequest.destinationCommit.slice(0, 12),
  'author.uuid': ({ pullRequest }) => braced(pullRequest.author.actor_id),
  'author.account_id': ({ author }) => accountIdOf(author),
  'author.nickname': ({ author }) => (author?.type === 'account' ? author.account.username : null),
  'author.display_name': ({ author }) =>
    author === null
      ? null
      : author.type === 'account'
        ? author.account.displayName
        : author.appUser.displayName,
};
const TIMES = ['created_on', 'updated_on'];
const SORTS: Readonly<Record<string, NonNullable<PullRequestSearch['sort']>['by']>> = {
  id: 'number',
  created_on: 'created_at',
  updated_on: 'updated_at',
};
/** That of Bitbucket Cloud which nothing here is ever in. */
const SUPERSEDED = 'SUPERSEDED';

export const pullRequestChoice = {
  ...filterParameters,
  state: repeatable.describe(
    'OPEN, MERGED or DECLINED, which may be repeated; OPEN if omitted. Without meaning beside q.',
  ),
};

export const CHOICE_DESCRIPTION = `Filters: ${Object.keys(FIELDS).join(', ')}. Sorts by ${Object.keys(SORTS).join(', ')}.`;

type Chosen = Pick<PullRequestSearch, 'states' | 'conditions' | 'sort'> & {
  /** Undefined where all that are in these states are meant. */
  readonly keeps: PullRequestSearch['keeps'] | undefined;
};

const Choice = z.object(pullRequestChoice);

/** Throws `Problem` for what cannot be asked for. */
export function readPullRequestChoice({ q, sort, state }: z.infer<typeof Choice>): Chosen {
  const by = sort === undefined ? undefined : sortOf(sort);
  // Clients that have nothing to ask for send it empty.
  const filter = q === undefined || q.trim() === '' ? undefined : parseFilter(q, Object.keys(FIELDS), TIMES);
  return {
    ...(by !== undefined && { sort: by }),
    ...(filter === undefined
      ? { states: statesIn([state ?? 'OPEN'].flat()) }
      : { conditions: conditionsOf(filter) }),
    keeps: filter && ((candidate) => passes(filter, (field) => FIELDS[field]?.(candidate) ?? null)),
  };
}

function sortOf(sort: string): NonNullable<PullRequestSearch['sort']> {
  const name = sort.replace(/^-/, '');
  const by = Object.hasOwn(SORTS, name) ? SORTS[name] : undefined;
  if (by === undefined) throw unsortable(sort);
  return { by, descending: sort.startsWith('-') };
}

function statesIn(names: readonly string[]): PullRequestState[] {
  const known = Object.entries(PULL_REQUEST_STATE_NAMES) as [PullRequestState, string][];
  return names.flatMap((name) => {
    const state = known.find(([, shown]) => shown === name.toUpperCase())?.[0];
    if (state !== undefined) return [state];
    if (name.toUpperCase() === SUPERSEDED) return [];
    throw invalid(
      'state',
      `${JSON.stringify(name.slice(0, 50))} is no state of a pull request: they are OPEN, MERGED and DECLINED.`,
    );
  });
}

const accountIdOf = (author: Candidate['author']): string | null =>
  author === null ? null : author.type === 'account' ? author.account.accountId : author.appUser.accountId;
