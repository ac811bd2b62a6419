import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  changeComment,
  createComment,
  deleteComment,
  reopenComment,
  resolveComment,
  viewComment,
  type Comment,
} from '../../../acts/pull-requests/comments.ts';
import { pullRequestOf } from '../../../acts/pull-requests/view.ts';
import { invalid, type Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { FormInput, formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { confirmBody, form, pageHead } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { backIn } from './back.ts';
import { deleteQuestion, placeWords, type CommentPlace } from './comments-view.ts';
import { pageBelow } from './frame.ts';
import { numberIn, PULL_REQUEST, wholeNumber } from './place.ts';
import { isOwn, mayTakeAway } from './whose.ts';

const COMMENTS = `${PULL_REQUEST}/comments`;
const COMMENT = `${COMMENTS}/:comment`;
const NO_COMMENT = 'There is no comment of this number.';

const commentIn = (request: FastifyRequest): number => wholeNumber(request, 'comment', NO_COMMENT);

/** What a form, or a link to one, says of a new comment. */
interface TypedComment {
  readonly content: string;
  /** The comment that it answers. */
  readonly parent: number | null;
  readonly place: CommentPlace | null;
}

/** Saying something about a pull request, changing and deleting what one said, and settling it. */
export function commentPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.comment', toRepository);
  const here = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.comment').targets[0], section: 'pull-requests' }) as const;

  /** Instead of asking what would be refused. */
  const showThread = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { pullRequest } = linksOf(here(request).facts);
    return redirectTo(
      services,
      request,
      reply,
      pullRequest(numberIn(request), `/comments/${commentIn(request)}`),
    );
  };

  /** The form of a comment by itself: one is led here from a line, and back to it when something was wrong. */
  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    what: {
      readonly title: string;
      readonly action: string;
      readonly hidden: Readonly<Record<string, string>>;
      readonly place: CommentPlace | null;
      readonly content: string;
      readonly submit: string;
    },
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.comment');
    const [facts] = grant.targets;
    const pullRequest = await pullRequestOf(services, grant, numberIn(request));
    const back = backIn(request, facts);
    const body = html`${pageHead({ title: what.title, lead: what.place && html`On ${placeWords(what.place)}` })}${form(
      {
        action: what.action,
        hidden: { ...what.hidden, back },
        error: errorAbove(problem, ['content']),
        fields: [
          {
            kind: 'textarea',
            name: 'content',
            label: 'Comment',
            help: 'Markdown is laid out.',
            value: what.content,
            rows: 8,
            required: true,
            autofocus: true,
            error: errorIn(problem, 'content'),
          },
        ],
        submit: { label: what.submit, cancelHref: back },
      },
    )}`;
    const page = pageBelow(facts, pullRequest, { title: what.title, body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  const showNew = (
    request: FastifyRequest,
    reply: FastifyReply,
    { content, parent, place }: TypedComment,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const links = linksOf(here(request).facts);
    return showForm(
      request,
      reply,
      {
        title: parent === null ? 'Comment' : 'Answer',
        action: links.pullRequest(numberIn(request), '/comments/new'),
        hidden: {
          ...(parent !== null && { parent: String(parent) }),
          ...(place !== null && {
            path: place.path,
            ...(place.to !== null && { to: String(place.to) }),
            ...(place.from !== null && { from: String(place.from) }),
          }),
        },
        place,
        content,
        submit: parent === null ? 'Comment' : 'Answer',
      },
      problem,
    );
  };

  app.get(`${COMMENTS}/new`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () =>
      showNew(request, reply, typedComment(new FormInput(request.query))),
    ),
  );

  app.post(`${COMMENTS}/new`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const typed = typedComment(formOf(request));
      return orShowAgain(
        async () => {
          const { content, parent, place } = typed;
          const { id } = await createComment(services, grant, numberIn(request), {
            content,
            ...(parent !== null && { parent }),
            ...(place !== null && {
              path: place.path,
              ...(place.to !== null && { to: place.to }),
              ...(place.from !== null && { from: place.from }),
            }),
          });
          const back = backIn(request, here(request).facts);
          return redirectTo(services, request, reply, `${back}#comment-${id}`);
        },
        (problem) => showNew(request, reply, typed, problem),
      );
    }),
  );

  const showChange = (
    request: FastifyRequest,
    reply: FastifyReply,
    content: string,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const links = linksOf(here(request).facts);
    return showForm(
      request,
      reply,
      {
        title: 'Edit a comment',
        action: links.pullRequest(numberIn(request), `/comments/${commentIn(request)}/change`),
        hidden: {},
        place: null,
        content,
        submit: 'Save',
      },
      problem,
    );
  };

  app.get(`${COMMENT}/change`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const { comment } = await viewComment(services, grant, numberIn(request), commentIn(request));
      if (!isLeft(comment) || !isOwn(grant, comment.author)) return showThread(request, reply);
      return showChange(request, reply, comment.content);
    }),
  );

  app.post(`${COMMENT}/change`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const { content } = typedComment(formOf(request));
      const id = commentIn(request);
      return orShowAgain(
        async () => {
          await changeComment(services, grant, numberIn(request), id, content);
          const back = backIn(request, here(request).facts);
          return redirectTo(services, request, reply, `${back}#comment-${id}`);
        },
        (problem) => showChange(request, reply, content, problem),
      );
    }),
  );

  app.get(`${COMMENT}/delete`, route, (request, reply) =>
    orMissing(services, request, reply, here(request), async () => {
      const grant = grantOf(request, 'pull_request.comment');
      const [facts] = grant.targets;
      const number = numberIn(request);
      const { comment } = await viewComment(services, grant, number, commentIn(request));
      if (!isLeft(comment) || !mayTakeAway(grant, comment.author)) return showThread(request, reply);
      const pullRequest = await pullRequestOf(services, grant, number);
      const context = { links: linksOf(facts), number, back: backIn(request, facts) };
      const body = confirmBody(deleteQuestion(comment, context));
      return sendPage(services, request, reply, pageBelow(facts, pullRequest, { title: 'Delete', body }));
    }),
  );

  for (const [below, work] of [
    ['delete', deleteComment],
    ['resolve', resolveComment],
    ['reopen', reopenComment],
  ] as const)
    app.post(`${COMMENT}/${below}`, route, (request, reply) =>
      orMissing(services, request, reply, here(request), async () => {
        const grant = grantOf(request, 'pull_request.comment');
        const id = commentIn(request);
        await work(services, grant, numberIn(request), id);
        const back = backIn(request, grant.targets[0]);
        return redirectTo(services, request, reply, below === 'delete' ? back : `${back}#comment-${id}`);
      }),
    );
}

const isLeft = ({ deletedAt }: Comment): boolean => deletedAt === null;

function typedComment(input: FormInput): TypedComment {
  const path = input.text('path');
  return {
    // Browsers send line breaks as CRLF.
    content: input.text('content').replaceAll('\r\n', '\n'),
    parent: lineIn(input, 'parent'),
    place: path === '' ? null : { path, to: lineIn(input, 'to'), from: lineIn(input, 'from') },
  };
}

/** A number in a field; null where it is left empty. Throws `Problem` for what is none. */
function lineIn(input: FormInput, name: string): number | null {
  const text = input.text(name).trim();
  if (text === '') return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalid(name, 'Name a line by its number, such as 12.');
  return Number(text);
}
