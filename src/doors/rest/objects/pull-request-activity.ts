import { z } from 'zod';
import type { Happening } from '../../../acts/pull-requests/happenings.ts';
import type { People, ViewedPullRequest } from '../../../acts/pull-requests/view.ts';
import { timestamp, type Links } from '../links.ts';
import {
  actorObject,
  CondensedPullRequest,
  condensedPullRequestObject,
  endObject,
  Participating,
  PULL_REQUEST_STATE_NAMES,
  PullRequestEnd,
} from './pull-request.ts';
import { PullRequestComment, pullRequestCommentObject } from './pull-request-comment.ts';
import type { RepositoryData } from './repository.ts';

const Decision = z.object({
  date: z.string(),
  user: Participating.nullable(),
  pullrequest: CondensedPullRequest,
});

const Update = z.object({
  state: z.enum(['OPEN', 'MERGED', 'DECLINED']),
  draft: z.boolean(),
  title: z.string(),
  description: z.string(),
  reason: z.string(),
  author: Participating.nullable().describe('Who did it; null where it was the host, or an access key.'),
  date: z.string(),
  source: PullRequestEnd,
  destination: PullRequestEnd,
  changes: z
    .record(z.string(), z.object({ old: z.string(), new: z.string() }))
    .describe('What became another than before.'),
});

/** One thing that happened to a pull request: of `update`, `approval`, `changes_requested` and `comment` it has one. */
export const PullRequestActivity = z
  .object({
    pull_request: CondensedPullRequest,
    update: Update.optional(),
    approval: Decision.optional(),
    changes_requested: Decision.optional(),
    comment: PullRequestComment.optional(),
  })
  .meta({ id: 'PullRequestActivity' });

export function pullRequestActivityObject(
  links: Links,
  repository: RepositoryData,
  pullRequest: ViewedPullRequest,
  happening: Happening,
  people: People,
): z.input<typeof PullRequestActivity> {
  const about = condensedPullRequestObject(links, repository, pullRequest);
  if (happening.type === 'comment') {
    const comment = pullRequestCommentObject(links, repository, pullRequest, happening.comment, people, true);
    return { pull_request: about, comment };
  }
  const { activity } = happening;
  const date = timestamp(activity.at);
  const actor = actorObject(links, people(activity.actor));
  if (activity.kind !== 'update' && activity.kind !== 'push') {
    const decision = { date, user: actor, pullrequest: about };
    return { pull_request: about, [activity.kind]: decision };
  }
  const { detail } = activity;
  return {
    pull_request: about,
    update: {
      state: PULL_REQUEST_STATE_NAMES[detail.state],
      draft: detail.isDraft,
      title: detail.title,
      description: detail.description,
      reason: detail.reason,
      author: actor,
      date,
      source: endObject(links, repository, detail.sourceBranch, detail.sourceCommit),
      destination: endObject(links, repository, detail.destinationBranch, detail.destinationCommit),
      changes: detail.changes,
    },
  };
}
