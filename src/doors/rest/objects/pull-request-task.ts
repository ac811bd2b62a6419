import { z } from 'zod';
import type { Task } from '../../../acts/pull-requests/tasks.ts';
import type { People, PullRequest } from '../../../acts/pull-requests/view.ts';
import { timestamp, type Links } from '../links.ts';
import { Rendered, rendered, renderedInLists } from './commit.ts';
import { linksNamed, to } from './link.ts';
import { CommentReference, commentReference } from './pull-request-comment.ts';
import { actorObject, condensedPullRequestObject, Participating } from './pull-request.ts';
import type { RepositoryData } from './repository.ts';

export const TASK_STATES = ['UNRESOLVED', 'RESOLVED'] as const;

export const PullRequestTask = z
  .object({
    id: z.number().int(),
    state: z.enum(TASK_STATES),
    content: Rendered,
    creator: Participating.nullable().describe('Null where there is nobody of that id any more.'),
    created_on: z.string(),
    updated_on: z.string(),
    resolved_on: z.string().nullable(),
    resolved_by: Participating.nullable(),
    pending: z.literal(false),
    comment: CommentReference.optional().describe('The comment that it comes from.'),
    links: linksNamed('self', 'html'),
  })
  .meta({ id: 'PullRequestTask' });

/** @param isOneOfMany whether it stands in a list */
export function pullRequestTaskObject(
  links: Links,
  repository: Pick<RepositoryData, 'workspace' | 'slug'>,
  pullRequest: Pick<PullRequest, 'number' | 'title' | 'isDraft'>,
  task: Task,
  people: People,
  isOneOfMany = false,
): z.input<typeof PullRequestTask> {
  const { self, html } = condensedPullRequestObject(links, repository, pullRequest).links;
  return {
    id: task.id,
    state: task.resolvedAt === null ? 'UNRESOLVED' : 'RESOLVED',
    content: (isOneOfMany ? renderedInLists : rendered)(task.content),
    creator: actorObject(links, people(task.creator)),
    created_on: timestamp(task.createdAt),
    updated_on: timestamp(task.updatedAt),
    resolved_on: task.resolvedAt === null ? null : timestamp(task.resolvedAt),
    resolved_by: actorObject(links, people(task.resolver)),
    pending: false,
    ...(task.commentId !== null && {
      comment: commentReference(links, repository, pullRequest, task.commentId),
    }),
    links: {
      self: to(`${self.href}/tasks/${task.id}`),
      html: to(`${html.href}#task-${task.id}`),
    },
  };
}
