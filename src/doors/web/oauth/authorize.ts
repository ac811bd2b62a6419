import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  readAuthorizationRequest,
  type AuthorizationRequest,
  type RequestParameters,
} from '../../../acts/oauth/authorization.ts';
import { approveAuthorization, denyAuthorization } from '../../../acts/oauth/consent.ts';
import type { Grant } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { ownRepositories } from '../account/own-repositories.ts';
import { formOf } from '../form-input.ts';
import { contentSecurityPolicy } from '../headers.ts';
import { html } from '../html.ts';
import { errorBody } from '../pieces/index.ts';
import { places } from '../places.ts';
import { orShowAgain, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { consentBody } from './consent-view.ts';
import {
  choiceIn,
  refuseOtherPerson,
  typedAsAsked,
  typedConsent,
  type TypedConsent,
} from './typed-consent.ts';

/**
 * The authorization endpoint (RFC 6749 §3.1): a person is asked, and sent back with the answer. The request stays in the
 * query from the first page to the last, and is judged anew at each step.
 */
export async function authorizePages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const asking = pageRoute('consent.give', toSelf);

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: AuthorizationRequest,
    typed: TypedConsent,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const { consumer, asked, callback, leadsTo } = wanted;
    // The answer leads away from here, which the browser holds to be an address that the form was sent to.
    void reply.header('content-security-policy', contentSecurityPolicy([leadsTo]));
    return sendPage(
      services,
      request,
      reply,
      {
        title: `${consumer.name} asks`,
        body: consentBody({
          consumer,
          asked,
          typed,
          problem,
          username: grantOf(request, 'consent.give').targets[0].username,
          action: `${places.authorize}${queryOf(request)}`,
          denyAction: `${places.authorize}/deny${queryOf(request)}`,
          about: [{ name: 'Your answer goes to', value: html`<code>${placeOf(callback)}</code>` }],
          repositories: await ownRepositories(services, request),
        }),
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  /** Goes on with a request that is sound; anything else is answered at once, to the application only where that is certain. */
  const judged = async (
    request: FastifyRequest,
    reply: FastifyReply,
    grant: Grant<'consent.give'> | Grant<'consent.view'>,
    goOn: (wanted: AuthorizationRequest) => Promise<FastifyReply>,
  ): Promise<FastifyReply> => {
    let wanted: Awaited<ReturnType<typeof readAuthorizationRequest>>;
    try {
      wanted = await readAuthorizationRequest(services, grant, parametersOf(request));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return sendPage(services, request, reply, untrusted(error), 400);
    }
    return 'to' in wanted ? reply.redirect(wanted.to, 303) : goOn(wanted);
  };

  app.get(places.authorize, asking, (request, reply) =>
    judged(request, reply, grantOf(request, 'consent.give'), (wanted) =>
      show(request, reply, wanted, typedAsAsked(wanted.asked)),
    ),
  );

  app.post(places.authorize, asking, (request, reply) => {
    const grant = grantOf(request, 'consent.give');
    return judged(request, reply, grant, (wanted) => {
      const form = formOf(request);
      const typed = typedConsent(form);
      return orShowAgain(
        async () => {
          refuseOtherPerson(form, grant.targets[0].username);
          return reply.redirect(await approveAuthorization(services, grant, wanted, choiceIn(typed)), 303);
        },
        (problem) => show(request, reply, wanted, typed, problem),
      );
    });
  });

  // A no needs nobody to confirm anew.
  app.post(`${places.authorize}/deny`, pageRoute('consent.view', toSelf), (request, reply) => {
    const grant = grantOf(request, 'consent.view');
    return judged(request, reply, grant, async (wanted) =>
      reply.redirect(denyAuthorization(services, grant, wanted), 303),
    );
  });
}

const untrusted = (problem: Problem) => ({
  title: 'This request cannot be trusted',
  body: errorBody({
    status: 400,
    heading: 'This request cannot be trusted.',
    why: problem.message,
    whatToDo:
      'Nothing was allowed, and you were not sent back to where the request says: it may not be who it seems to be.',
    actions: [{ label: 'Start page', href: places.home }],
  }),
});

function queryOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}

/** Every value of every parameter, so that one that is given twice is seen. */
function parametersOf(request: FastifyRequest): RequestParameters {
  const parameters: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(queryOf(request))) {
    const before = Object.hasOwn(parameters, name) ? (parameters[name] ?? []) : [];
    Object.defineProperty(parameters, name, {
      value: [...before, value],
      enumerable: true,
      configurable: true,
    });
  }
  return parameters;
}

/** Of an address what says whose it is, without what it carries. */
function placeOf(callback: string): string {
  const url = new URL(callback);
  return url.origin === 'null' ? `${url.protocol}${url.pathname}` : `${url.origin}${url.pathname}`;
}
