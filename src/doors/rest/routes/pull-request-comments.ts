import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  changeComment,
  createComment,
  deleteComment,
  pageOfComments,
  reopenComment,
  resolveComment,
  viewComment,
  type Comment,
  type SaidComment,
} from '../../../acts/pull-requests/comments.ts';
import { peopleNamed } from '../../../acts/pull-requests/people.ts';
import { pullRequestOf, type PullRequestGrant } from '../../../acts/pull-requests/view.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { braced } from '../links.ts';
import {
  CommentResolution,
  PullRequestComment,
  pullRequestCommentObject,
  resolutionObject,
} from '../objects/pull-request-comment.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
} from '../paging.ts';
import { rowChooserOf, type RowChoices } from '../row-choices.ts';
import { numberIn, numberOf, PULL_REQUESTS, PullRequestParameters } from './pull-requests.ts';

const CHOICES: RowChoices<Comment> = {
  fields: {
    id: ({ id }) => id,
    'content.raw': ({ content }) => content,
    deleted: ({ deletedAt }) => deletedAt !== null,
    'parent.id': ({ parentId }) => parentId,
    'inline.path': ({ path }) => path,
    'user.uuid': ({ author }) => braced(author.actor_id),
    created_on: ({ createdAt }) => new Date(createdAt),
    updated_on: ({ updatedAt }) => new Date(updatedAt),
  },
  times: ['created_on', 'updated_on'],
};

/** What clients send back of a comment that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    content: z.object({ raw: z.string().nullish() }).nullish(),
    parent: z.object({ id: z.number() }).nullish().describe('The comment that it answers.'),
    inline: z
      .object({ path: z.string().nullish(), from: z.number().nullish(), to: z.number().nullish() })
      .nullish()
      .describe('A file of the changes, and a line of it: `from` before the change, `to` after it.'),
    pending: z.boolean().nullish(),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A comment: its text as `content.raw`.' });

const One = z.object({ fields: fieldsParameter });
const CommentParameters = PullRequestParameters.extend({
  comment: z.string().describe('Id of the comment.'),
});
const gone = { 204: z.undefined().describe('Done.'), default: ErrorEnvelope };

/** What people and programs say about a pull request. */
export function addPullRequestCommentRoutes(app: Api, { services, linksOf }: Context): void {
  const many = `${PULL_REQUESTS}/:id/comments`;
  const reading = policy('pull_request.read', toRepository);
  const commenting = policy('pull_request.comment', toRepository);

  /** One comment as answers show it. */
  const shown = async (request: FastifyRequest, grant: PullRequestGrant, comment: Comment) => {
    const pullRequest = await pullRequestOf(services, grant, comment.number);
    const people = await peopleNamed(services, [comment.author, comment.resolver]);
    return pullRequestCommentObject(linksOf(request), grant.targets[0], pullRequest, comment, people);
  };

  app.get(
    many,
    {
      config: reading,
      schema: {
        summary: 'The comments on a pull request, the oldest first',
        description: `Deleted ones keep their place, with \`deleted\` and without a text. Filters: ${Object.keys(CHOICES.fields).join(', ')}. Sorts by id, created_on, updated_on.`,
        params: PullRequestParameters,
        querystring: z.object({ ...pageParameters, ...filterParameters }),
        response: answers(pageOf(PullRequestComment)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const window = readWindow(request.query);
      const choice = rowChooserOf(CHOICES, request.query);
      const number = numberOf(request.params);
      const pullRequest = await pullRequestOf(services, grant, number);
      const { offset, pagelen: limit } = window;
      const page = await pageOfComments(services, grant, number, { offset, limit, ...choice });
      const values = page.comments.map((comment) =>
        pullRequestCommentObject(linksOf(request), grant.targets[0], pullRequest, comment, page.people, true),
      );
      return numberedPage(services.publicUrl, request, window, page.size, values);
    },
  );

  app.post(
    many,
    {
      config: commenting,
      schema: {
        summary: 'Comment on a pull request',
        description: 'An answer is about what the comment that it answers is about.',
        params: PullRequestParameters,
        querystring: One,
        body: Body,
        response: { 201: PullRequestComment, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.comment');
      const comment = await createComment(services, grant, numberOf(request.params), saidIn(request.body));
      const made = await shown(request, grant, comment);
      return reply.code(201).header('location', made.links.self.href).send(made);
    },
  );

  app.get(
    `${many}/:comment`,
    {
      config: reading,
      schema: {
        summary: 'One comment on a pull request',
        params: CommentParameters,
        querystring: One,
        response: answers(PullRequestComment),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const { comment } = await viewComment(services, grant, ...numbersIn(request.params));
      return shown(request, grant, comment);
    },
  );

  app.put(
    `${many}/:comment`,
    {
      config: commenting,
      schema: {
        summary: 'Say something else in a comment',
        description: 'For whoever wrote it. Its text changes, and nothing else.',
        params: CommentParameters,
        querystring: One,
        body: Body,
        response: answers(PullRequestComment),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.comment');
      const { content } = saidIn(request.body);
      return shown(
        request,
        grant,
        await changeComment(services, grant, ...numbersIn(request.params), content),
      );
    },
  );

  app.delete(
    `${many}/:comment`,
    {
      config: commenting,
      schema: {
        summary: 'Delete a comment on a pull request',
        description:
          'For whoever wrote it, and admins of the repository. It keeps its place and its answers, and nothing of what it said.',
        params: CommentParameters,
        response: gone,
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.comment');
      await deleteComment(services, grant, ...numbersIn(request.params));
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );

  app.post(
    `${many}/:comment/resolve`,
    {
      config: commenting,
      schema: {
        summary: 'Resolve a comment and its answers',
        description: 'For everybody who may comment. Answers are resolved with what they answer.',
        params: CommentParameters,
        querystring: One,
        response: answers(CommentResolution),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.comment');
      const comment = await resolveComment(services, grant, ...numbersIn(request.params));
      return resolutionObject(linksOf(request), comment, await peopleNamed(services, [comment.resolver]));
    },
  );

  app.delete(
    `${many}/:comment/resolve`,
    {
      config: commenting,
      schema: {
        summary: 'Open a comment again that was resolved',
        params: CommentParameters,
        response: gone,
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.comment');
      await reopenComment(services, grant, ...numbersIn(request.params));
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

const numbersIn = ({ comment, ...of }: z.output<typeof CommentParameters>) =>
  [numberOf(of), numberIn(comment)] as const;

function saidIn({ content, parent, inline, pending }: z.output<typeof Body>): SaidComment {
  if (pending === true)
    throw invalid('pending', 'Comments are seen at once here: leave "pending" out, or send false.');
  const { path, from, to } = inline ?? {};
  return {
    content: content?.raw ?? '',
    ...(parent != null && { parent: parent.id }),
    ...(path != null && { path }),
    ...(from != null && { from }),
    ...(to != null && { to }),
  };
}
