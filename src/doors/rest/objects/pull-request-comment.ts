import { z } from 'zod';
import type { Comment } from '../../../acts/pull-requests/comments.ts';
import type { People, PullRequest } from '../../../acts/pull-requests/view.ts';
import { timestamp, type Links } from '../links.ts';
import { Rendered, rendered, renderedInLists } from './commit.ts';
import { Link, linksNamed, to } from './link.ts';
import {
  actorObject,
  CondensedPullRequest,
  condensedPullRequestObject,
  Participating,
} from './pull-request.ts';
import type { RepositoryData } from './repository.ts';

/** A comment named inside another object. */
export const CommentReference = z
  .object({
    type: z.literal('pullrequest_comment'),
    id: z.number().int(),
    links: linksNamed('self', 'html'),
  })
  .meta({ id: 'PullRequestCommentReference' });

export const CommentResolution = z
  .object({
    type: z.literal('comment_resolution'),
    user: Participating.nullable(),
    created_on: z.string(),
  })
  .meta({ id: 'CommentResolution' });

const line = z.number().int().nullable();

export const PullRequestComment = CommentReference.extend({
  created_on: z.string(),
  updated_on: z.string(),
  content: Rendered,
  user: Participating.nullable().describe('Null where there is nobody of that id any more.'),
  deleted: z.boolean(),
  pending: z.literal(false),
  parent: CommentReference.optional().describe('The comment that it answers.'),
  inline: z
    .object({
      path: z.string(),
      from: line.describe('Line before the change.'),
      to: line.describe('Line after it.'),
    })
    .optional()
    .describe('The file that it is about; of a file as a whole without lines.'),
  resolution: CommentResolution.optional(),
  pullrequest: CondensedPullRequest,
  links: z.object({ self: Link, html: Link, code: Link.optional() }),
}).meta({ id: 'PullRequestComment' });

export const commentReference = (
  links: Links,
  repository: Pick<RepositoryData, 'workspace' | 'slug'>,
  pullRequest: Pick<PullRequest, 'number' | 'title' | 'isDraft'>,
  id: number,
): z.input<typeof CommentReference> => {
  const { self, html } = condensedPullRequestObject(links, repository, pullRequest).links;
  return {
    type: 'pullrequest_comment',
    id,
    links: { self: to(`${self.href}/comments/${id}`), html: to(`${html.href}#comment-${id}`) },
  };
};

/** @param isOneOfMany whether it stands in a list */
export function pullRequestCommentObject(
  links: Links,
  repository: Pick<RepositoryData, 'workspace' | 'slug'>,
  pullRequest: Pick<PullRequest, 'number' | 'title' | 'isDraft' | 'sourceCommit' | 'destinationCommit'>,
  comment: Comment,
  people: People,
  isOneOfMany = false,
): z.input<typeof PullRequestComment> {
  const reference = commentReference(links, repository, pullRequest, comment.id);
  const { path, from, to: after, parentId } = comment;
  const resolution = resolutionObject(links, comment, people);
  return {
    id: comment.id,
    created_on: timestamp(comment.createdAt),
    updated_on: timestamp(comment.updatedAt),
    content: (isOneOfMany ? renderedInLists : rendered)(comment.content),
    user: actorObject(links, people(comment.author)),
    deleted: comment.deletedAt !== null,
    pending: false,
    ...(parentId !== null && { parent: commentReference(links, repository, pullRequest, parentId) }),
    ...(path !== null && { inline: { from, to: after, path } }),
    ...(resolution !== undefined && { resolution }),
    type: 'pullrequest_comment',
    links: {
      ...reference.links,
      ...(path !== null && { code: to(codeAddress(links, repository, pullRequest, path)) }),
    },
    pullrequest: condensedPullRequestObject(links, repository, pullRequest),
  };
}

/** Undefined of a comment that is not resolved. */
export function resolutionObject(
  links: Links,
  { resolvedAt, resolver }: Comment,
  people: People,
): z.input<typeof CommentResolution> | undefined {
  if (resolvedAt === null) return undefined;
  return {
    type: 'comment_resolution',
    user: actorObject(links, people(resolver)),
    created_on: timestamp(resolvedAt),
  };
}

/** The changes of that file. */
function codeAddress(
  links: Links,
  { workspace, slug }: Pick<RepositoryData, 'workspace' | 'slug'>,
  { sourceCommit, destinationCommit }: Pick<PullRequest, 'sourceCommit' | 'destinationCommit'>,
  path: string,
): string {
  const spec = `${sourceCommit.slice(0, 12)}..${destinationCommit.slice(0, 12)}`;
  const diff = links.api('repositories', workspace.slug, slug, 'diff', spec);
  return `${diff}?${new URLSearchParams({ path }).toString()}`;
}
