import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { narrowCredential } from '../../../acts/credentials/narrow.ts';
import { previewBounds } from '../../../acts/credentials/preview.ts';
import { hasEnded } from '../../../acts/credentials/standing.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { viewCredential, type ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { detailBody } from '../credentials/detail.ts';
import { endedBody } from '../credentials/ended.ts';
import { narrowBody, narrowQuestion } from '../credentials/narrow.ts';
import { earlierNote } from '../credentials/replace.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { addReplacePages } from '../credentials/replace-pages.ts';
import { revokeConsequences, type Seen } from '../credentials/revoke.ts';
import { goesOnBeside } from '../credentials/succession.ts';
import { confinementIn, typedBounds, type TypedBounds } from '../credentials/typed-bounds.ts';
import { enterAlso } from '../enter-also.ts';
import { FormInput, formOf } from '../form-input.ts';
import { confirmBody, type ConfirmProps } from '../pieces/index.ts';
import { appPasswordPath, places } from '../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { sendAlreadyMade, sendMadeAppPassword } from './made-app-password.ts';
import { ownRepositories } from './own-repositories.ts';
import { accountRail } from './rail.ts';

/** One app password: what it is, narrowing it, replacing it, revoking it. */
export async function appPasswordDetailPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { services } = options;
  const rail = accountRail('app-passwords');
  const place = `${places.appPasswords}/:id`;

  app.get(place, pageRoute('app_password.list', toSelf), async (request, reply) => {
    const id = parameter(request, 'id');
    const viewed = await viewCredential(services, grantOf(request, 'app_password.list'), id);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: viewed.credential.label,
      width: 'full',
      rail,
      body: detailBody({
        viewed,
        now,
        hrefOf: appPasswordPath,
        revoke: revokeQuestion(viewed.credential, now),
        besides: [],
      }),
    });
  });

  const find = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const listing = await enterAlso(services, request, 'app_password.list', toSelf());
    return viewCredential(services, listing, parameter(request, 'id'));
  };

  const living = async (request: FastifyRequest): Promise<ViewedInFamily> => {
    const viewed = await find(request);
    if (hasEnded(viewed.credential)) throw gone();
    return viewed;
  };

  const showNarrow = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedBounds,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const id = parameter(request, 'id');
    const viewed = await living(request);
    const body = narrowBody({
      viewed,
      beside: beside(viewed, 'narrowed', new Date(services.clock())),
      action: appPasswordPath(id, '/narrow'),
      cancelHref: appPasswordPath(id),
      typed,
      problem,
      repositories: await ownRepositories(services, request),
      address: request.ip,
    });
    return sendPage(
      services,
      request,
      reply,
      { title: 'Narrow', rail, body },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(`${place}/narrow`, pageRoute('app_password.narrow', toSelf), (request, reply) =>
    showNarrow(request, reply, typedBounds(new FormInput(undefined))),
  );

  app.post(`${place}/narrow`, pageRoute('app_password.narrow', toSelf), async (request, reply) => {
    const typed = typedBounds(formOf(request));
    const id = parameter(request, 'id');
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'app_password.narrow');
        const { words } = await previewBounds(services, grant, confinementIn(typed));
        if (words.length > 0 && !formOf(request).ticked('confirmed')) {
          const viewed = await living(request);
          const { label } = viewed.credential;
          const addresses = { action: appPasswordPath(id, '/narrow'), cancelHref: appPasswordPath(id) };
          const others = beside(viewed, 'narrowed', new Date(services.clock()));
          const question = narrowQuestion({ label, words, beside: others, typed, ...addresses });
          const body = confirmBody(question);
          return sendPage(services, request, reply, { title: 'Narrow', rail, body });
        }
        await narrowCredential(services, grant, id, confinementIn(typed));
        return redirectTo(services, request, reply, appPasswordPath(id), 'credential-narrowed');
      },
      (problem) => showNarrow(request, reply, typed, problem),
    );
  });

  addReplacePages(app, options, {
    place,
    route: pageRoute('app_password.rotate', toSelf),
    grantOf: (request) => grantOf(request, 'app_password.rotate'),
    living,
    hrefsOf: async () => ({ one: appPasswordPath, create: places.newAppPassword }),
    mayLiveForever: async () => true,
    send: (request, reply, content, status) =>
      sendPage(services, request, reply, { ...content, rail }, status),
    sendMade: (request, reply, successor) =>
      sendMadeAppPassword(services, request, reply, {
        title: 'App password replaced',
        username: grantOf(request, 'app_password.rotate').targets[0].username,
        made: successor,
        note: earlierNote(successor, services.clock(), appPasswordPath(successor.replaces)),
      }),
    sendAlreadyMade: (request, reply) => sendAlreadyMade(services, request, reply),
  });

  addPausePages(app, options, {
    place,
    pause: {
      route: pageRoute('own_credential.pause', toSelf),
      grantOf: (request) => grantOf(request, 'own_credential.pause'),
    },
    resume: {
      route: pageRoute('own_credential.resume', toSelf),
      grantOf: (request) => grantOf(request, 'own_credential.resume'),
    },
    async find(request) {
      const viewed = await find(request);
      return { credential: viewed.credential, seen: seenOf(viewed, 'paused', new Date(services.clock())) };
    },
    hrefOf: () => appPasswordPath,
    send: (request, reply, _grant, content) => sendPage(services, request, reply, { ...content, rail }),
  });

  app.get(`${place}/revoke`, pageRoute('app_password.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'app_password.list');
    const viewed = await viewCredential(services, grant, parameter(request, 'id'));
    const { credential } = viewed;
    const now = new Date(services.clock());
    const body = hasEnded(credential)
      ? endedBody(credential, appPasswordPath(credential.id))
      : confirmBody(revokeQuestion(credential, now, seenOf(viewed, 'revoked', now)));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(`${place}/revoke`, pageRoute('app_password.revoke', toSelf), async (request, reply) => {
    await revokeCredential(services, grantOf(request, 'app_password.revoke'), parameter(request, 'id'));
    return redirectTo(services, request, reply, places.appPasswords, 'app-password-revoked');
  });
}

const gone = (): Problem =>
  new Problem('not_found', 'You have no active app password of this id: it may have been revoked already.');

const beside = (viewed: ViewedInFamily, done: string, now: Date) =>
  goesOnBeside(viewed, done, { now, hrefOf: appPasswordPath });

const seenOf = (viewed: ViewedInFamily, done: string, now: Date): Seen => ({
  usage: viewed.usage,
  beside: beside(viewed, done, now),
});

export function revokeQuestion(credential: Credential, now: Date, seen?: Seen): ConfirmProps {
  const address = appPasswordPath(credential.id, '/revoke');
  return {
    title: `Revoke “${credential.label}”?`,
    what: credential.label,
    consequences: revokeConsequences(credential, now, seen),
    action: address,
    pageHref: address,
    cancelHref: places.appPasswords,
    submitLabel: 'Revoke',
    danger: true,
  };
}
