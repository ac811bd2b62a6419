import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  keyNumbered,
  listProjectAccessKeys,
  otherPlaces,
  viewProjectAccessKeys,
} from '../../../acts/keys/access-key-list.ts';
import { viewProjectAccessKey } from '../../../acts/keys/access-key.ts';
import { addProjectAccessKey, revokeProjectAccessKey } from '../../../acts/keys/access-keys.ts';
import { viewProject } from '../../../acts/workspaces/projects.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { enterAlso } from '../enter-also.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { accessKeyBody, PLACES_NAMED } from '../keys/access-key-view.ts';
import { accessKeysBody, takeAwayBody, type KeysPlace } from '../keys/access-keys-view.ts';
import { administeredPlaces } from '../keys/administered-places.ts';
import { howToMakeOne, keyForm } from '../keys/key-form.ts';
import { keyInputOf, NOTHING_TYPED, typedPublicKey, type TypedPublicKey } from '../keys/typed-key.ts';
import { pageHead } from '../pieces/index.ts';
import { projectKeysPath } from '../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { workspaceFrame } from './frame.ts';

const ADDRESS = '/:workspace/-/projects/:project/access-keys';

const placeOf = (workspace: string, project: string): KeysPlace => ({
  name: `project ${project} of ${workspace}`,
  opens: 'every repository of this project, those to come included',
  href: projectKeysPath(workspace, project),
  newHref: projectKeysPath(workspace, project, '/new'),
  keyHref: (number, below = '') => projectKeysPath(workspace, project, `/${number}${below}`),
});

const projectIn = (request: FastifyRequest): string => parameter(request, 'project');

/** Workspace → Projects → Access keys of one: the list, adding one, looking at one, taking one away. */
export async function projectAccessKeyPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  app.get(ADDRESS, pageRoute('project_access_key.list', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'project_access_key.list');
    const [{ slug }] = grant.targets;
    const { key, name } = await viewProject(services, grant, projectIn(request));
    const which = whichIn(request);
    return sendPage(services, request, reply, {
      title: `Access keys of ${name}`,
      width: 'full',
      ...workspaceFrame(grant, 'projects'),
      body: accessKeysBody({
        place: placeOf(slug, key),
        which,
        shown: await viewProjectAccessKeys(services, grant, key, which),
        now: new Date(services.clock()),
      }),
    });
  });

  const showForm = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedPublicKey,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'project_access_key.add');
    const { key } = await viewProject(services, grant, projectIn(request));
    const place = placeOf(grant.targets[0].slug, key);
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Add access key',
        ...workspaceFrame(grant, 'projects'),
        body: html`${pageHead({
          title: 'Add access key',
          lead: `Whatever holds its private half reads ${place.opens}, by SSH.`,
        })}${keyForm({
          action: place.newHref,
          cancelHref: place.href,
          submitLabel: 'Add access key',
          typed,
          problem,
          labelHelp: 'What uses it, such as “mirror”. Empty: the comment of the key.',
          asksForRole: true,
        })}${howToMakeOne('mirror@server')}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(`${ADDRESS}/new`, pageRoute('project_access_key.add', toWorkspace), (request, reply) =>
    showForm(request, reply, NOTHING_TYPED),
  );

  app.post(`${ADDRESS}/new`, pageRoute('project_access_key.add', toWorkspace), async (request, reply) => {
    const typed = typedPublicKey(formOf(request));
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'project_access_key.add');
        const { key } = await viewProject(services, grant, projectIn(request));
        await addProjectAccessKey(services, grant, key, keyInputOf(typed));
        const { href } = placeOf(grant.targets[0].slug, key);
        return redirectTo(services, request, reply, href, 'access-key-added');
      },
      (problem) => showForm(request, reply, typed, problem),
    );
  });

  app.get(`${ADDRESS}/:key`, pageRoute('project_access_key.list', toWorkspace), async (request, reply) => {
    const grant = grantOf(request, 'project_access_key.list');
    const { key } = await viewProject(services, grant, projectIn(request));
    const viewed = await viewProjectAccessKey(services, grant, key, parameter(request, 'key'));
    const now = services.clock();
    const places = (await otherPlaces(services, grant, viewed.listed)).filter(
      ({ expiresAt }) => expiresAt === null || expiresAt > now,
    );
    const others = await administeredPlaces(services, request, places.slice(0, PLACES_NAMED));
    return sendPage(services, request, reply, {
      title: viewed.listed.label,
      width: 'full',
      ...workspaceFrame(grant, 'projects'),
      body: accessKeyBody({
        place: placeOf(grant.targets[0].slug, key),
        viewed,
        others,
        more: places.length - others.length,
        now: new Date(services.clock()),
      }),
    });
  });

  app.get(
    `${ADDRESS}/:key/remove`,
    pageRoute('project_access_key.list', toWorkspace),
    async (request, reply) => {
      const grant = grantOf(request, 'project_access_key.list');
      const { key } = await viewProject(services, grant, projectIn(request));
      const keys = await listProjectAccessKeys(services, grant, key);
      const listed = keyNumbered(keys, parameter(request, 'key'));
      const places = await otherPlaces(services, grant, listed);
      const others = await administeredPlaces(services, request, places);
      return sendPage(services, request, reply, {
        title: 'Take away',
        ...workspaceFrame(grant, 'projects'),
        body: takeAwayBody({
          place: placeOf(grant.targets[0].slug, key),
          listed,
          others,
          unseen: places.length - others.length,
          now: new Date(services.clock()),
        }),
      });
    },
  );

  app.post(
    `${ADDRESS}/:key/remove`,
    pageRoute('project_access_key.revoke', toWorkspace),
    async (request, reply) => {
      const grant = grantOf(request, 'project_access_key.revoke');
      const [{ slug }] = grant.targets;
      const { key } = await viewProject(services, grant, projectIn(request));
      const here = toWorkspace({ workspace: parameter(request, 'workspace') });
      const listing = await enterAlso(services, request, 'project_access_key.list', here);
      const keys = await listProjectAccessKeys(services, listing, key);
      const listed = keyNumbered(keys, parameter(request, 'key'));
      const everywhere = formOf(request).text('from') === 'everywhere';
      const others = everywhere
        ? await administeredPlaces(services, request, await otherPlaces(services, listing, listed))
        : [];
      await revokeProjectAccessKey(services, grant, key, listed.id);
      for (const { takeAway } of others) await takeAway();
      const notice = everywhere ? 'access-key-revoked' : 'access-key-removed';
      return redirectTo(services, request, reply, placeOf(slug, key).href, notice);
    },
  );
}
