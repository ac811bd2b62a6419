import { hasEnded } from '../../../acts/credentials/standing.ts';
import type { FastifyInstance } from 'fastify';
import { revokeSshKey, viewSshKey } from '../../../acts/keys/ssh-keys.ts';
import type { Credential } from '../../../credentials/index.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { endedBody } from '../credentials/ended.ts';
import { pauseOpener } from '../credentials/pause.ts';
import { addPausePages } from '../credentials/pause-pages.ts';
import { revokeConsequences, type Seen } from '../credentials/revoke.ts';
import { enterAlso } from '../enter-also.ts';
import { html } from '../html.ts';
import { keyBody } from '../keys/key-body.ts';
import { confirmBody, confirmOpener, type ConfirmProps } from '../pieces/index.ts';
import { places, sshKeyPath } from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

/** One SSH key: what it is, pausing it, revoking it. */
export async function sshKeyDetailPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { services } = options;
  const rail = accountRail('ssh-keys');
  const place = `${places.sshKeys}/:id`;

  app.get(place, pageRoute('ssh_key.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'ssh_key.list');
    const { credential, ...viewed } = await viewSshKey(services, grant, parameter(request, 'id'));
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: credential.label,
      width: 'full',
      rail,
      body: keyBody({
        ...viewed,
        kind: 'ssh_key',
        id: credential.id,
        label: credential.label,
        life: credential,
        actions:
          !hasEnded(credential) &&
          html`${pauseOpener(credential, sshKeyPath)} ${confirmOpener(revokeQuestion(credential, now), 'Revoke')}`,
        besides: [],
        unconfined: 'Nothing: it opens whatever your own role opens, by Git over SSH alone.',
        now,
      }),
    });
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
      const listing = await enterAlso(services, request, 'ssh_key.list', toSelf());
      const { credential, usage } = await viewSshKey(services, listing, parameter(request, 'id'));
      return { credential, seen: { usage } };
    },
    hrefOf: () => sshKeyPath,
    send: (request, reply, _grant, content) => sendPage(services, request, reply, { ...content, rail }),
  });

  app.get(`${place}/revoke`, pageRoute('ssh_key.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'ssh_key.list');
    const { credential, usage } = await viewSshKey(services, grant, parameter(request, 'id'));
    const body = hasEnded(credential)
      ? endedBody(credential, sshKeyPath(credential.id))
      : confirmBody(revokeQuestion(credential, new Date(services.clock()), { usage }));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(`${place}/revoke`, pageRoute('ssh_key.revoke', toSelf), async (request, reply) => {
    await revokeSshKey(services, grantOf(request, 'ssh_key.revoke'), parameter(request, 'id'));
    return redirectTo(services, request, reply, places.sshKeys, 'ssh-key-revoked');
  });
}

export function revokeQuestion(credential: Credential, now: Date, seen?: Seen): ConfirmProps {
  const address = sshKeyPath(credential.id, '/revoke');
  return {
    title: `Revoke “${credential.label}”?`,
    what: credential.label,
    consequences: revokeConsequences(credential, now, seen),
    action: address,
    pageHref: address,
    cancelHref: places.sshKeys,
    submitLabel: 'Revoke',
    danger: true,
  };
}
