import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addSshKey, viewSshKeys } from '../../../acts/keys/ssh-keys.ts';
import { viewBoundWords } from '../../../acts/credentials/view.ts';
import type { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { credentialPages } from '../credentials/lines.ts';
import { whichIn } from '../credentials/parted-list.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { hostOverSsh } from '../keys/host-key.ts';
import { howToMakeOne, keyForm } from '../keys/key-form.ts';
import { keyInputOf, NOTHING_TYPED, typedPublicKey, type TypedPublicKey } from '../keys/typed-key.ts';
import { confirmOpener, emptyState, pageHead } from '../pieces/index.ts';
import { places, sshKeyPath } from '../places.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { accountRail } from './rail.ts';
import { revokeQuestion } from './ssh-key.ts';

const TITLE = 'SSH keys';

/** Personal settings → Access management → SSH keys: the list, adding one. */
export async function sshKeyPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  const rail = accountRail('ssh-keys');

  app.get(places.sshKeys, pageRoute('ssh_key.list', toSelf), async (request, reply) => {
    const grant = grantOf(request, 'ssh_key.list');
    const which = whichIn(request);
    const shown = await viewSshKeys(services, grant, which);
    const now = new Date(services.clock());
    return sendPage(services, request, reply, {
      title: TITLE,
      width: 'full',
      rail,
      body: html`${pageHead({
        title: TITLE,
        lead: 'Each lets one machine of yours in by Git over SSH, wherever your own role reaches. Scripts are better off with an app password or an access key, which can be narrower.',
        actions: html`<a class="button button-primary" href="${places.newSshKey}">Add SSH key</a>`,
      })}${credentialPages({
        label: TITLE,
        href: places.sshKeys,
        which,
        shown,
        now,
        boundWords: await viewBoundWords(services, grant, shown.credentials),
        detailHref: ({ id }) => sshKeyPath(id),
        action: (each) => confirmOpener(revokeQuestion(each, now)),
        empty: emptyState({
          title: shown.others === 0 ? 'No SSH keys' : 'No active SSH keys',
          body: 'With a key on your machine, Git asks for no password. Only its public half is kept here.',
          action: { label: 'Add your SSH key', href: places.newSshKey },
        }),
      })}${hostOverSsh(services.ssh)}`,
    });
  });

  const showForm = (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedPublicKey,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const [{ username }] = grantOf(request, 'ssh_key.add').targets;
    return sendPage(
      services,
      request,
      reply,
      {
        title: 'Add SSH key',
        rail,
        body: html`${pageHead({
          title: 'Add SSH key',
          lead: 'Whoever holds its private half is you, for Git over SSH: add only keys of your own machines.',
        })}${keyForm({
          action: places.newSshKey,
          cancelHref: places.sshKeys,
          submitLabel: 'Add SSH key',
          typed,
          problem,
          labelHelp: 'Where the key is, such as “laptop”. Empty: the comment of the key.',
          asksForRole: false,
        })}${howToMakeOne(`${username}@laptop`)}`,
      },
      problem === undefined ? 200 : statusOf(problem),
    );
  };

  app.get(places.newSshKey, pageRoute('ssh_key.add', toSelf), (request, reply) =>
    showForm(request, reply, NOTHING_TYPED),
  );

  app.post(places.newSshKey, pageRoute('ssh_key.add', toSelf), async (request, reply) => {
    const typed = typedPublicKey(formOf(request));
    return orShowAgain(
      async () => {
        await addSshKey(services, grantOf(request, 'ssh_key.add'), keyInputOf(typed));
        return redirectTo(services, request, reply, places.sshKeys, 'ssh-key-added');
      },
      (problem) => showForm(request, reply, typed, problem),
    );
  });
}
