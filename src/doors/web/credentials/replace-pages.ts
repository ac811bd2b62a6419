import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { PersonalGrant } from '../../../acts/credentials/personal.ts';
import type { Successor } from '../../../acts/credentials/replace.ts';
import type { TokenGrant } from '../../../acts/credentials/token-place.ts';
import { takeForm } from '../../../acts/credentials/take-form.ts';
import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { formOf } from '../form-input.ts';
import { freshFormToken } from '../form-token.ts';
import { confirmBody } from '../pieces/index.ts';
import { orShowAgain, statusOf, type PageContent } from '../respond.ts';
import { parameter, type PagesOptions } from '../route.ts';
import {
  endsAtOnce,
  notReplaceableBody,
  replaceAsTyped,
  replaceBody,
  replaceQuestion,
  typedReplacement,
  usualReplacement,
  type TypedReplacement,
} from './replace.ts';
import { canBeReplaced } from './succession.ts';

type RotatingGrant = PersonalGrant<'rotate'> | TokenGrant<'rotate'>;

/** Where the keys of one kind are, and how their pages look. */
export interface Keys<Rotating extends RotatingGrant> {
  /** Address of one, with its `:id`. */
  readonly place: string;
  readonly route: RouteShorthandOptions;
  readonly grantOf: (request: FastifyRequest) => Rotating;
  /** The one of the address, where it lives. Throws `Problem`. */
  readonly living: (request: FastifyRequest) => Promise<ViewedInFamily>;
  readonly hrefsOf: (request: FastifyRequest) => Promise<{
    readonly one: (id: string, below?: string) => string;
    readonly create: string;
  }>;
  readonly mayLiveForever: (grant: Rotating) => Promise<boolean>;
  readonly send: (
    request: FastifyRequest,
    reply: FastifyReply,
    content: PageContent,
    status?: number,
  ) => Promise<FastifyReply>;
  /** Shows the secret, this once. */
  readonly sendMade: (
    request: FastifyRequest,
    reply: FastifyReply,
    successor: Successor,
  ) => Promise<FastifyReply>;
  /** A reload of the page that showed the secret sends the form again; that must not make a second one. */
  readonly sendAlreadyMade: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

/** The pages that replace a key: the form, the question before one ends at once, and the secret. */
export function addReplacePages<Rotating extends RotatingGrant>(
  app: FastifyInstance,
  { services }: PagesOptions,
  keys: Keys<Rotating>,
): void {
  const address = `${keys.place}/replace`;
  const addressesOf = async (request: FastifyRequest) => {
    const id = parameter(request, 'id');
    const { one } = await keys.hrefsOf(request);
    return { action: one(id, '/replace'), cancelHref: one(id) };
  };

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed?: TypedReplacement,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const viewed = await keys.living(request);
    const { one, create } = await keys.hrefsOf(request);
    const now = new Date(services.clock());
    const status = problem === undefined ? 200 : statusOf(problem);
    const body = canBeReplaced(viewed)
      ? replaceBody({
          viewed,
          ...(await addressesOf(request)),
          typed: typed ?? usualReplacement(viewed, now.getTime()),
          problem,
          formToken: freshFormToken(),
          mayLiveForever: await keys.mayLiveForever(keys.grantOf(request)),
          now,
        })
      : notReplaceableBody(viewed, one, create);
    return keys.send(request, reply, { title: 'Replace', body }, status);
  };

  app.get(address, keys.route, (request, reply) => show(request, reply));

  app.post(address, keys.route, async (request, reply) => {
    const grant = keys.grantOf(request);
    const form = formOf(request);
    const typed = typedReplacement(form);
    return orShowAgain(
      async () => {
        const formToken = form.text('form_token');
        if (endsAtOnce(typed) && !form.ticked('confirmed')) {
          const now = new Date(services.clock());
          const viewed = await keys.living(request);
          const addresses = await addressesOf(request);
          const question = replaceQuestion({ viewed, typed, formToken, now, ...addresses });
          return keys.send(request, reply, { title: 'Replace', body: confirmBody(question) });
        }
        if (!(await takeForm(services, grant, formToken))) return keys.sendAlreadyMade(request, reply);
        // Of this place and kind: the act takes whatever the grant is for.
        const { id } = (await keys.living(request)).credential;
        return keys.sendMade(request, reply, await replaceAsTyped(services, grant, id, typed));
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}
