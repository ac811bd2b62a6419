import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '../../../credentials/index.ts';
import type { Services } from '../../../services.ts';
import { appPasswordLines } from '../credentials/ready-lines.ts';
import { html, type Renderable } from '../html.ts';
import { notice, pageHead, secretBox } from '../pieces/index.ts';
import { places } from '../places.ts';
import { sendPage } from '../respond.ts';
import { ownRepositories } from './own-repositories.ts';
import { accountRail } from './rail.ts';

/** The one page that shows the secret of an app password. */
export async function sendMadeAppPassword(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  props: {
    readonly title: string;
    readonly username: string;
    readonly made: {
      readonly id: string;
      readonly label: string;
      readonly scopes: readonly string[];
      readonly secret: Secret;
    };
    /** `workspace/repository` for the lines to paste; one of their own where none is given. */
    readonly example?: string | undefined;
    readonly note?: Renderable;
  },
): Promise<FastifyReply> {
  const { title, username, made } = props;
  const [own] = await ownRepositories(services, request);
  return sendPage(services, request, reply, {
    title,
    rail: accountRail('app-passwords'),
    body: html`<h1>${title}</h1>${secretBox({
      kind: 'App password',
      label: made.label,
      secret: made.secret.reveal(),
      publicId: made.id,
      lines: appPasswordLines({
        publicUrl: services.publicUrl,
        username,
        secret: made.secret.reveal(),
        scopes: made.scopes,
        example: props.example ?? own ?? 'WORKSPACE/REPOSITORY',
      }),
      note: props.note,
      doneHref: places.appPasswords,
    })}`,
  });
}

/** A reload of the page that showed the secret sends the form again; that must not make a second one. */
export const sendAlreadyMade = (services: Services, request: FastifyRequest, reply: FastifyReply) =>
  sendPage(
    services,
    request,
    reply,
    {
      title: 'Already sent',
      rail: accountRail('app-passwords'),
      body: html`${pageHead({ title: 'This form was sent already' })}${notice({
        kind: 'info',
        body: 'Nothing new was made. If it made an app password before, the secret was shown then and cannot be shown again: replace that one, or revoke it and create another.',
      })}<p class="row"><a class="button button-primary" href="${places.appPasswords}">See app passwords</a> <a class="button" href="${places.newAppPassword}">Create app password</a></p>`,
    },
    409,
  );
