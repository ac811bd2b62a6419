import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { narrowCredential } from '../../../acts/credentials/narrow.ts';
import type { PersonalGrant } from '../../../acts/credentials/personal.ts';
import { previewBounds } from '../../../acts/credentials/preview.ts';
import type { TokenGrant } from '../../../acts/credentials/token-place.ts';
import type { ViewedCredential } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { FormInput, formOf } from '../form-input.ts';
import type { Renderable } from '../html.ts';
import { confirmBody } from '../pieces/index.ts';
import { orShowAgain, redirectTo, statusOf, type PageContent } from '../respond.ts';
import { parameter, type PagesOptions } from '../route.ts';
import { narrowBody, narrowQuestion } from './narrow.ts';
import type { HrefOf } from './pause.ts';
import { confinementIn, typedBounds, type TypedBounds } from './typed-bounds.ts';

/** What the pages show of a key that lives. */
type Viewed = Pick<ViewedCredential, 'credential' | 'boundWords'>;

/** Where the keys of one kind are, how their pages look, and by which operation they are narrowed. */
export interface NarrowableKeys<
  Narrowing extends PersonalGrant<'narrow'> | TokenGrant<'narrow'>,
  Known extends Viewed,
> {
  /** Address of one, with its `:id`. */
  readonly place: string;
  readonly route: RouteShorthandOptions;
  readonly grantOf: (request: FastifyRequest) => Narrowing;
  /** The one of the address, which lives: of this place and kind, and no other. Throws `Problem`. */
  readonly living: (request: FastifyRequest) => Promise<Known>;
  /** What is narrowed with it, and what is not. */
  readonly beside: (request: FastifyRequest, viewed: Known) => Promise<readonly Renderable[]>;
  /** Said above the form, where it is not of the key itself. */
  readonly lead?: string;
  readonly hrefOf: (request: FastifyRequest) => Promise<HrefOf> | HrefOf;
  /** Names of repositories to choose among, where it is not of one place. */
  readonly repositories: (request: FastifyRequest) => Promise<readonly string[]>;
  /** Key of the project that it belongs to, if it is one's. */
  readonly project: (request: FastifyRequest) => Promise<string | undefined>;
  readonly send: (
    request: FastifyRequest,
    reply: FastifyReply,
    content: PageContent,
    status?: number,
  ) => Promise<FastifyReply>;
}

/** The form that narrows a key, the question whether it is meant so, and the deed. */
export function addNarrowPages<
  Narrowing extends PersonalGrant<'narrow'> | TokenGrant<'narrow'>,
  Known extends Viewed,
>(app: FastifyInstance, { services }: PagesOptions, keys: NarrowableKeys<Narrowing, Known>): void {
  const { place, route, send } = keys;
  const title = 'Narrow';
  const addressesOf = async (request: FastifyRequest) => {
    const id = parameter(request, 'id');
    const href = await keys.hrefOf(request);
    return { action: href(id, '/narrow'), cancelHref: href(id) };
  };

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedBounds,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const viewed = await keys.living(request);
    const body = narrowBody({
      viewed,
      ...(keys.lead !== undefined && { lead: keys.lead }),
      beside: await keys.beside(request, viewed),
      ...(await addressesOf(request)),
      typed,
      problem,
      repositories: await keys.repositories(request),
      address: request.ip,
    });
    return send(request, reply, { title, body }, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${place}/narrow`, route, (request, reply) =>
    show(request, reply, typedBounds(new FormInput(undefined))),
  );

  app.post(`${place}/narrow`, route, async (request, reply) => {
    const typed = typedBounds(formOf(request));
    return orShowAgain(
      async () => {
        const grant = keys.grantOf(request);
        // Of this place and kind: the act takes whatever the grant is for.
        const viewed = await keys.living(request);
        const addresses = await addressesOf(request);
        const confinement = confinementIn(typed);
        const { words } = await previewBounds(services, grant, confinement, await keys.project(request));
        if (words.length > 0 && !formOf(request).ticked('confirmed')) {
          const { label } = viewed.credential;
          const beside = await keys.beside(request, viewed);
          const body = confirmBody(narrowQuestion({ label, words, beside, typed, ...addresses }));
          return send(request, reply, { title, body });
        }
        await narrowCredential(services, grant, parameter(request, 'id'), confinement);
        return redirectTo(services, request, reply, addresses.cancelHref, 'credential-narrowed');
      },
      (problem) => show(request, reply, typed, problem),
    );
  });
}
