import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PersonalGrant } from '../../../acts/credentials/personal.ts';
import type { Secret } from '../../../credentials/index.ts';
import { accountOf } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { personalLines } from '../credentials/ready-lines.ts';
import { html, type Renderable } from '../html.ts';
import { notice, pageHead, secretBox } from '../pieces/index.ts';
import { sendPage } from '../respond.ts';
import { ownRepositories } from './own-repositories.ts';
import type { PersonalPages } from './personal-kinds.ts';
import { accountRail } from './rail.ts';

/** The one page that shows the secret of an app password or API token. */
export async function sendMadePersonalKey(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, one, rail, list }: PersonalPages,
  props: {
    readonly title: string;
    /** By which it was made. */
    readonly grant: PersonalGrant<'create'> | PersonalGrant<'rotate'>;
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
  const { title, grant, made } = props;
  const [own] = await ownRepositories(services, request);
  return sendPage(services, request, reply, {
    title,
    rail: accountRail(rail),
    body: html`<h1>${title}</h1>${secretBox({
      kind: one,
      label: made.label,
      secret: made.secret.reveal(),
      publicId: made.id,
      lines: personalLines({
        kind,
        publicUrl: services.publicUrl,
        username: grant.targets[0].username,
        email: accountOf(grant.principal)?.email,
        secret: made.secret.reveal(),
        scopes: made.scopes,
        example: props.example ?? own ?? 'WORKSPACE/REPOSITORY',
      }),
      note: props.note,
      doneHref: list,
    })}`,
  });
}

/** A reload of the page that showed the secret sends the form again; that must not make a second one. */
export const sendAlreadyMade = (
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { rail, named, list, create }: PersonalPages,
) =>
  sendPage(
    services,
    request,
    reply,
    {
      title: 'Already sent',
      rail: accountRail(rail),
      body: html`${pageHead({ title: 'This form was sent already' })}${notice({
        kind: 'info',
        body: `Nothing new was made. If it made an ${named} before, the secret was shown then and cannot be shown again: replace that one, or revoke it and create another.`,
      })}<p class="row"><a class="button button-primary" href="${list}">See ${named}s</a> <a class="button" href="${create}">Create ${named}</a></p>`,
    },
    409,
  );
