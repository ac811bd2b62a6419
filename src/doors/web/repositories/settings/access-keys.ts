import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  keyNumbered,
  listAccessKeys,
  otherPlaces,
  viewAccessKeys,
} from '../../../../acts/keys/access-key-list.ts';
import { viewAccessKey } from '../../../../acts/keys/access-key.ts';
import { addAccessKey, revokeAccessKey } from '../../../../acts/keys/access-keys.ts';
import type { RepositoryFacts } from '../../../../gate/index.ts';
import type { Problem } from '../../../../problem.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { whichIn } from '../../credentials/parted-list.ts';
import { enterAlso } from '../../enter-also.ts';
import { formOf } from '../../form-input.ts';
import { html } from '../../html.ts';
import { accessKeyBody, PLACES_NAMED } from '../../keys/access-key-view.ts';
import { accessKeysBody, takeAwayBody, type KeysPlace } from '../../keys/access-keys-view.ts';
import { administeredPlaces } from '../../keys/administered-places.ts';
import { howToMakeOne, keyForm } from '../../keys/key-form.ts';
import { keyInputOf, NOTHING_TYPED, typedPublicKey, type TypedPublicKey } from '../../keys/typed-key.ts';
import { pageHead } from '../../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';

function placeOf(facts: RepositoryFacts): KeysPlace {
  const links = linksOf(facts);
  return {
    name: `${facts.workspace.slug}/${facts.slug}`,
    opens: 'this repository and its wiki',
    href: links.accessKeys,
    newHref: links.newAccessKey,
    keyHref: links.accessKey,
  };
}

const hereIn = (request: FastifyRequest) =>
  toRepository({
    workspace: parameter(request, 'workspace'),
    repository: parameter(request, 'repository'),
  });

/** Repository settings → Access keys: the list, adding one, looking at one, taking one away. */
export function accessKeyPages(app: FastifyInstance, { services }: PagesOptions): void {
  const address = '/:workspace/:repository/settings/access-keys';

  app.get(address, pageRoute('access_key.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_key.list');
    const [facts] = grant.targets;
    const which = whichIn(request);
    const body = accessKeysBody({
      place: placeOf(facts),
      which,
      shown: await viewAccessKeys(services, grant, which),
      now: new Date(services.clock()),
    });
    const page = { title: 'Access keys', body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'access-keys', page));
  });

  const showForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedPublicKey,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [facts] = grantOf(request, 'access_key.add').targets;
    const place = placeOf(facts);
    const body = html`${pageHead({
      title: 'Add access key',
      lead: `Whatever holds its private half reads ${place.opens} by SSH.`,
    })}${keyForm({
      action: place.newHref,
      cancelHref: place.href,
      submitLabel: 'Add access key',
      typed,
      problem,
      labelHelp: 'What uses it, such as “deploy server”. Empty: the comment of the key.',
      asksForRole: true,
    })}${howToMakeOne('deploy@server')}`;
    const page = settingsPage(facts, 'access-keys', { title: 'Add access key', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${address}/new`, pageRoute('access_key.add', toRepository), (request, reply) =>
    showForm(request, reply, NOTHING_TYPED),
  );

  app.post(`${address}/new`, pageRoute('access_key.add', toRepository), async (request, reply) => {
    const typed = typedPublicKey(formOf(request));
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'access_key.add');
        await addAccessKey(services, grant, keyInputOf(typed));
        return redirectTo(services, request, reply, placeOf(grant.targets[0]).href, 'access-key-added');
      },
      (problem) => showForm(request, reply, typed, problem),
    );
  });

  app.get(`${address}/:key`, pageRoute('access_key.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_key.list');
    const [facts] = grant.targets;
    const viewed = await viewAccessKey(services, grant, parameter(request, 'key'));
    const now = services.clock();
    const places = (await otherPlaces(services, grant, viewed.listed)).filter(
      ({ expiresAt }) => expiresAt === null || expiresAt > now,
    );
    const others = await administeredPlaces(services, request, places.slice(0, PLACES_NAMED));
    const body = accessKeyBody({
      place: placeOf(facts),
      viewed,
      others,
      more: places.length - others.length,
      now: new Date(services.clock()),
    });
    const page = { title: viewed.listed.label, body, width: 'full' } as const;
    return sendPage(services, request, reply, settingsPage(facts, 'access-keys', page));
  });

  app.get(`${address}/:key/remove`, pageRoute('access_key.list', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_key.list');
    const [facts] = grant.targets;
    const listed = keyNumbered(await listAccessKeys(services, grant), parameter(request, 'key'));
    const places = await otherPlaces(services, grant, listed);
    const others = await administeredPlaces(services, request, places);
    const body = takeAwayBody({
      place: placeOf(facts),
      listed,
      others,
      unseen: places.length - others.length,
      now: new Date(services.clock()),
    });
    return sendPage(
      services,
      request,
      reply,
      settingsPage(facts, 'access-keys', { title: 'Take away', body }),
    );
  });

  app.post(`${address}/:key/remove`, pageRoute('access_key.revoke', toRepository), async (request, reply) => {
    const grant = grantOf(request, 'access_key.revoke');
    const { href } = placeOf(grant.targets[0]);
    const listing = await enterAlso(services, request, 'access_key.list', hereIn(request));
    const listed = keyNumbered(await listAccessKeys(services, listing), parameter(request, 'key'));
    const everywhere = formOf(request).text('from') === 'everywhere';
    const others = everywhere
      ? await administeredPlaces(services, request, await otherPlaces(services, listing, listed))
      : [];
    await revokeAccessKey(services, grant, listed.id);
    for (const { takeAway } of others) await takeAway();
    return redirectTo(
      services,
      request,
      reply,
      href,
      everywhere ? 'access-key-revoked' : 'access-key-removed',
    );
  });
}
