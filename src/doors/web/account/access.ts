import type { FastifyInstance } from 'fastify';
import { listEverything, viewOwnCredential } from '../../../acts/credentials/everything.ts';
import { revokeCredential } from '../../../acts/credentials/revoke.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import type { CredentialKind } from '../../../gate/index.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { goesWithIt } from '../credentials/derived.ts';
import { credentialPages } from '../credentials/lines.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { revokeConsequences, type Seen } from '../credentials/revoke.ts';
import { goesOnBeside } from '../credentials/succession.ts';
import { html } from '../html.ts';
import { confirmBody, confirmOpener, emptyState, pageHead, type ConfirmProps } from '../pieces/index.ts';
import {
  apiTokenPath,
  applicationPath,
  appPasswordPath,
  ownCredentialPath,
  places,
  sshKeyPath,
} from '../places.ts';
import { redirectTo, sendPage } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';

/** The page of one credential, for the kinds that have one. */
const OWN_PAGE: Partial<Record<CredentialKind, (id: string) => string>> = {
  app_password: appPasswordPath,
  api_token: apiTokenPath,
  ssh_key: sshKeyPath,
};

const applicationHref = (consumerId: string | undefined): string | undefined =>
  consumerId === undefined ? undefined : applicationPath(consumerId);

const ADDRESS = `${places.access}/:id/revoke`;

/** Personal settings → Access management: everything that can act as the person, of every kind, and revoking any of it. */
export async function ownAccessPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const rail = accountRail('access');

  app.get(places.access, pageRoute('own_credential.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'own_credential.list');
    const which = whichIn(request);
    const shown = await listEverything(services, grant, which);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: 'Access management',
      width: 'full',
      rail,
      body: html`${pageHead({
        title: 'Access management',
        lead: html`Everything that can act as you, besides the browsers in <a href="${places.sessions}">your sessions</a>. What you no longer know, revoke.`,
        actions: html`<a class="button" href="${places.newSshKey}">Add SSH key</a> <a class="button" href="${places.newApiToken}">Create API token</a> <a class="button button-primary" href="${places.newAppPassword}">Create app password</a>`,
      })}${credentialPages({
        label: 'Everything that can act as you',
        href: places.access,
        which,
        shown,
        now,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        detailHref: ({ kind, id }) => OWN_PAGE[kind]?.(id) ?? applicationHref(shown.applications.get(id)),
        action: (each) => confirmOpener(revokeQuestion(each, now)),
        empty: emptyState({
          title: 'Nothing acts for you',
          body: 'Scripts and Git enter under your name with an app password, tools of Bitbucket Cloud with an API token, and your machines with an SSH key. Whatever you make is listed here.',
          action: { label: 'Create an app password', href: places.newAppPassword },
        }),
      })}`,
    });
  });

  app.get(ADDRESS, pageRoute('own_credential.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'own_credential.list');
    const { credential, line, derived } = await viewOwnCredential(services, grant, parameter(request, 'id'));
    const now = new Date(services.clock());
    const hrefOf = OWN_PAGE[credential.kind] ?? ownCredentialPath;
    const beside = [
      ...goesWithIt({ derived }, 'revoked'),
      ...(line === null ? [] : goesOnBeside({ credential, ...line }, 'revoked', { now, hrefOf })),
    ];
    const body = confirmBody(revokeQuestion(credential, now, { beside }));
    return sendPage(services, request, reply, { title: 'Revoke', rail, body });
  });

  app.post(ADDRESS, pageRoute('own_credential.revoke', toSelf), async (request, reply) => {
    await revokeCredential(services, grantOf(request, 'own_credential.revoke'), parameter(request, 'id'));
    return redirectTo(services, request, reply, places.access, 'credential-revoked');
  });
}

function revokeQuestion(credential: Credential, now: Date, seen?: Seen): ConfirmProps {
  const address = ownCredentialPath(credential.id, '/revoke');
  return {
    title: `Revoke “${credential.label}”?`,
    what: credential.label,
    consequences: revokeConsequences(credential, now, seen),
    action: address,
    pageHref: address,
    cancelHref: places.access,
    submitLabel: 'Revoke',
    danger: true,
  };
}
