import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { setNotice, takeNotice, themeOf } from './cookies.ts';
import { render } from './html.ts';
import { noticeNamed, type NoticeName } from './notices.ts';
import { page, type PageProps } from './pieces/index.ts';
import { visitorOf } from './visitor.ts';

/** What a page brings itself; the frame (who looks, their workspaces, colours, a notice after a redirect) is added. */
export type PageContent = Omit<PageProps, 'user' | 'workspaces' | 'theme' | 'path' | 'formFields'>;

/**
 * Answers with a page in the frame of all pages. `return sendPage(services, request, reply, { title, body, … })`.
 * A notice of its own wins over the one of the redirect that led here. Everything is answered `no-store`.
 */
export async function sendPage(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  content: PageContent,
  status = 200,
): Promise<FastifyReply> {
  const { account, workspaces } = await visitorOf(services, request);
  const said = takeNotice(services, request, reply);
  const notice = content.notice ?? (said === undefined ? undefined : noticeNamed(said));
  const whole = page({
    ...content,
    user: account,
    workspaces,
    theme: themeOf(request),
    // Where a form was refused, its page is at the address that took the form; to come back, that must answer GET, too.
    path: request.url,
    notice,
  });
  return reply.code(status).type('text/html; charset=utf-8').send(render(whole));
}

/**
 * Leads on after a form was taken (303: the next page is asked for by GET). `to` is a path of ours, built by us; a path
 * that the caller named goes through `localPath` first. The notice is said on the next page.
 */
export function redirectTo(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  to: string,
  notice?: NoticeName,
): FastifyReply {
  if (notice !== undefined) setNotice(services, request, reply, notice);
  return reply.redirect(to, 303);
}

/**
 * Does what a form asked for; when its input was refused, shows the form again with what was typed and what is wrong.
 *
 *     return orShowAgain(
 *       async () => { await act(services, grant, input); return redirectTo(…); },
 *       (problem) => sendPage(services, request, reply, formPage(input, problem), statusOf(problem)),
 *     );
 */
export async function orShowAgain(
  work: () => Promise<FastifyReply>,
  show: (problem: Problem) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) return show(error);
    throw error;
  }
}

const STATUS: Readonly<Record<Problem['code'], number>> = {
  invalid: 422,
  taken: 409,
  conflict: 409,
  too_large: 413,
  not_found: 404,
  too_costly: 422,
  forbidden: 403,
  unavailable: 503,
};

export const statusOf = (problem: Problem): number => STATUS[problem.code];

/** What is wrong with a field, for its `error`; undefined when nothing is. */
export const errorIn = (problem: Problem | undefined, field: string): string | undefined =>
  problem?.fields[field]?.join(' ');

/** What is wrong with the form as a whole: said above it when the problem concerns none of the fields shown. */
export const errorAbove = (problem: Problem | undefined, shown: readonly string[]): string | undefined =>
  problem === undefined || shown.some((field) => errorIn(problem, field) !== undefined)
    ? undefined
    : problem.message;
