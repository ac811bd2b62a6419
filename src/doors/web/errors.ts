import type { FastifyReply, FastifyRequest } from 'fastify';
import { explain, Refused, type Refusal } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { carriedBy } from './confirm/carried.ts';
import { confirmationPage } from './confirm/view.ts';
import { enterAlso } from './enter-also.ts';
import { viewConfirmation } from '../../acts/accounts/confirm.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { toHost, toSelf } from '../shared/policy.ts';
import { clearSessionCookie } from './cookies.ts';
import { keyLink } from './credentials/key-link.ts';
import { html } from './html.ts';
import { localPath } from './local-path.ts';
import { errorBody, type ErrorBodyProps } from './pieces/index.ts';
import { places } from './places.ts';
import { redirectTo, sendPage, statusOf } from './respond.ts';
import { parameter } from './route.ts';
import { sendSignIn } from './sign-in/form.ts';
import { visitorOf } from './visitor.ts';

/** The one renderer of everything that goes wrong: refusals, problems, and defects of ours. */
export async function sendError(
  services: Services,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof Refused) return sendRefusal(services, error.refusal, request, reply);
  if (error instanceof Problem) return sendProblem(services, error, request, reply);
  if (isClientGone(error))
    return reply
      .code(400)
      .type('text/plain; charset=utf-8')
      .send('The connection ended before the answer was there.\n');
  const status = statusIn(error);
  if (status !== undefined && status < 500) {
    return sendErrorPage(services, request, reply, {
      status,
      heading: 'This could not be read.',
      why: status === 413 ? 'It is larger than a form of ours can be.' : undefined,
      whatToDo: 'Go back, load the page again, and send the form from there.',
    });
  }
  services.log.error(
    { error, request: request.id, route: request.routeOptions.url ?? null },
    'A page failed.',
  );
  return sendErrorPage(services, request, reply, {
    status: 500,
    heading: 'This went wrong on our side.',
    whatToDo: 'Try again in a moment. If it stays, tell an administrator of this host the number below.',
    requestId: request.id,
  });
}

/** For strangers, a thing that is private and one that does not exist are one page, always the same. */
export async function sendMissing(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { account } = await visitorOf(services, request);
  const stranger = account === null;
  return sendErrorPage(services, request, reply, {
    status: 404,
    heading: 'There is nothing here for you to see.',
    why: stranger
      ? 'This address leads nowhere, or to something that is not public.'
      : 'This address leads nowhere, or to something that nobody has shared with you.',
    whatToDo: stranger
      ? 'Check the spelling, or sign in if you may see more than a stranger.'
      : 'Check the spelling, or ask whoever sent you here to give you a role.',
    actions: stranger
      ? [
          { label: 'Sign in', href: signInFor(request) },
          { label: 'Start page', href: places.home },
        ]
      : [{ label: 'Start page', href: places.home }],
  });
}

/** Refused because it may come from a page of another site; see `isCrossSite`. */
export const sendCrossSite = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> =>
  sendErrorPage(services, request, reply, {
    status: 403,
    heading: 'This form did not come from the address of this host.',
    why: 'Nothing was changed: a page of another site could have sent it in your name.',
    whatToDo: html`Open the page at <code>${services.publicUrl}</code> and send the form from it. Where people reach this host at another address, whoever runs it must name that one in the setting <code>url</code>. Programs use the REST API instead.`,
    actions: [{ label: 'Start page', href: places.home }],
  });

async function sendRefusal(
  services: Services,
  refusal: Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (refusal.code) {
    case 'target_missing':
      return sendMissing(services, request, reply);
    case 'sign_in_needed':
      return sendSignInFor(services, request, reply);
    case 'password_change_needed':
      return redirectTo(services, request, reply, places.password, 'password-change-needed');
    case 'two_step_needed':
      if (refusal.workspace === undefined)
        return redirectTo(services, request, reply, places.twoStep, 'two-step-needed');
      return sendErrorPage(services, request, reply, {
        status: 403,
        heading: 'This needs two-step verification.',
        whatToDo: explain(refusal),
        actions: [{ label: 'Set up two-step verification', href: places.twoStep }],
      });
    case 'confirmation_needed':
      return sendConfirmation(services, request, reply);
    case 'page_takes_no_credential':
      // RFC 9110 §11.6.1 wants a challenge with a 401; this one makes no browser ask for a password.
      void reply.header('www-authenticate', 'Session realm="Latchkey"');
      return sendErrorPage(services, request, reply, {
        status: 401,
        heading: 'Pages take no credential.',
        whatToDo: explain(refusal),
      });
    case 'account_disabled':
      clearSessionCookie(services, request, reply);
      return sendErrorPage(services, request, reply, {
        status: 403,
        heading: 'This account is disabled.',
        whatToDo: 'An administrator of this host can enable it again.',
      });
    case 'wiki_off':
      return sendErrorPage(services, request, reply, {
        status: 404,
        heading: 'There is no wiki here.',
        whatToDo: explain(refusal),
      });
    case 'credentials_malformed':
      return sendErrorPage(services, request, reply, {
        status: 400,
        heading: 'This could not be read.',
        whatToDo: explain(refusal),
      });
    case 'secret_not_ours':
    case 'secret_unknown':
    case 'credential_ended':
    case 'credential_paused':
    case 'user_name_wrong':
    case 'scheme_wrong':
    case 'secret_elsewhere':
    case 'asker_not_accepted':
    case 'scope_missing':
    case 'out_of_bounds':
    case 'role_too_small':
      return sendErrorPage(services, request, reply, {
        status: 403,
        heading: 'You may not do this.',
        whatToDo: explain(refusal),
        actions: [...narrowKeyFor(refusal, request), { label: 'Start page', href: places.home }],
      });
  }
}

/** Leads to the sign-in, or asks for it at once where a form was sent: what was typed goes along. */
async function sendSignInFor(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const carried = isAsking(request) ? undefined : await carriedBy(request);
  // A button without a form's fields is pressed again as easily.
  if (carried === undefined || carried.fields === '')
    return redirectTo(services, request, reply, signInFor(request), 'sign-in-needed');
  const grant = await enterAlso(services, request, 'session.create', toHost());
  return sendSignIn(services, request, reply, grant, { name: '', onward: carried }, 403);
}

/** Asks who is signed in to confirm, and keeps what they had typed. */
async function sendConfirmation(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (isAsking(request)) {
    return redirectTo(services, request, reply, `${places.confirm}?next=${encodeURIComponent(request.url)}`);
  }
  const onward = (await carriedBy(request)) ?? { next: places.home };
  const grant = await enterAlso(services, request, 'session.confirm', toSelf());
  const offer = await viewConfirmation(services, grant);
  return sendPage(services, request, reply, confirmationPage({ onward, offer }), 403);
}

/**
 * The form of a key that does, of what was refused here, as much as the person's role lets it: a key never reaches
 * further than its owner, so who holds no role is offered none.
 */
function narrowKeyFor(refusal: Refusal, request: FastifyRequest): { label: string; href: string }[] {
  const [workspace, name] = [parameter(request, 'workspace'), parameter(request, 'repository')];
  if (refusal.code !== 'role_too_small' || workspace === '' || name === '') return [];
  if (refusal.held !== 'read' && refusal.held !== 'write') return [];
  const operation = refusal.held === 'write' ? 'repository.push' : 'repository.fetch';
  const href = keyLink(places.newAppPassword, 'app_password', {
    operation,
    repository: `${workspace}/${name}`,
  });
  return [{ label: 'Make a narrow credential for what you may do here', href }];
}

const sendProblem = (
  services: Services,
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> =>
  sendErrorPage(services, request, reply, {
    status: statusOf(problem),
    heading: problem.code === 'not_found' ? 'This is not here.' : 'This could not be done.',
    why: problem.message,
    whatToDo:
      request.method === 'GET'
        ? 'Go back, and look at what there is.'
        : 'Nothing was changed. Go back and try again.',
  });

const sendErrorPage = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  props: ErrorBodyProps,
): Promise<FastifyReply> =>
  sendPage(
    services,
    request,
    reply,
    { title: props.heading.replace(/\.$/, ''), body: errorBody(props) },
    props.status,
  );

const isAsking = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/** The sign-in page, which leads back: to this page, or to the one that the form was on. */
function signInFor(request: FastifyRequest): string {
  const { referer } = request.headers;
  const back = isAsking(request) ? request.url : pathOf(referer, request.host);
  const next = back === undefined ? undefined : localPath(back);
  return next === undefined || next === '/'
    ? places.signIn
    : `${places.signIn}?next=${encodeURIComponent(next)}`;
}

function pathOf(referer: string | undefined, host: string): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined;
  const url = new URL(referer);
  return url.host === host ? url.pathname + url.search : undefined;
}

function statusIn(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}
