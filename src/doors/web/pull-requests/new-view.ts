import type { ShownChanges } from '../../../acts/browse/changes.ts';
import type { Offered, Searched } from '../../../acts/offered.ts';
import type { Preview } from '../../../acts/pull-requests/preview.ts';
import type { Account } from '../../../acts/source/attribution.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html } from '../html.ts';
import { commitList, fields, form, notice, pageHead, type CommitLineProps } from '../pieces/index.ts';
import { changesSection } from '../repositories/changes-view.ts';
import { isLinkable, type Links } from '../repositories/links.ts';
import { plural } from '../repositories/words.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { visibleName } from '../visible.ts';
import { conflictNotice } from './conflicts-view.ts';
import { branchField, contentFields, FIELDS, type TypedPullRequest } from './fields.ts';

export interface NewProps {
  readonly links: Links;
  readonly typed: TypedPullRequest;
  readonly branches: { readonly source: Searched<string>; readonly destination: Searched<string> };
  readonly candidates: Offered<Account>;
  /** Undefined until both ends are chosen and can be compared. */
  readonly compared:
    | {
        readonly preview: Preview;
        readonly commits: readonly CommitLineProps[];
        readonly changes: ShownChanges;
      }
    | undefined;
  readonly problem: Problem | undefined;
}

/** Which branch into which, and, once that is said, what that would be and the form that asks for it. */
export function newBody(props: NewProps): Html {
  const { links, typed, branches, compared, problem } = props;
  return html`${pageHead({
    title: 'Create pull request',
    lead: 'It proposes to merge one branch of this repository into another. Others read and discuss it before that is done.',
  })}<form class="form compare" action="${links.newPullRequest()}" novalidate>${fields([
    branchField('source', {
      offered: branches.source,
      value: typed.source,
      error: errorIn(problem, 'source'),
    }),
    branchField('destination', {
      offered: branches.destination,
      value: typed.destination,
      error: errorIn(problem, 'destination'),
    }),
  ])}<div class="submit-row"><button type="submit" class="button ${compared === undefined && 'button-primary'}">Compare</button></div></form>${
    compared === undefined
      ? errorIn(problem, 'source') === undefined &&
        errorIn(problem, 'destination') === undefined &&
        problem &&
        notice({ kind: 'danger', body: problem.message })
      : proposal(props, compared)
  }`;
}

function proposal(props: NewProps, compared: NonNullable<NewProps['compared']>): Html {
  const { links, typed, candidates, problem } = props;
  const { preview, commits, changes } = compared;
  const between = html`<code>${visibleName(typed.source)}</code> into <code>${visibleName(typed.destination)}</code>`;
  return html`${
    preview.existing !== null &&
    notice({
      kind: 'warning',
      title: 'There is one already',
      body: html`<a href="${links.pullRequest(preview.existing)}">Pull request #${preview.existing}</a> is open from ${between}. Creating it again changes that one.`,
    })
  }${
    preview.isUnrelated &&
    notice({ kind: 'warning', body: 'The two branches have no commit in common, and cannot be merged.' })
  }${conflictNotice(preview.conflicts)}<section aria-labelledby="proposal"><h2 id="proposal">Merge ${between}</h2>${form(
    {
      action: links.newPullRequest(),
      hidden: { source: typed.source, destination: typed.destination },
      error: errorAbove(problem, FIELDS),
      fields: contentFields(typed, candidates, problem),
      submit: { label: 'Create pull request', cancelHref: links.pullRequests() },
    },
  )}</section><section aria-labelledby="proposed-commits"><h2 id="proposed-commits">${
    preview.hasMoreCommits ? `The newest ${commits.length} commits of more` : plural(commits.length, 'commit')
  }</h2>${commitList(commits)}</section>${changesSection({
    changes,
    what: 'This',
    rawHref: undefined,
    fileHref: (path) => links.source(preview.sourceCommit, isLinkable(path) ? path : ''),
  })}`;
}
