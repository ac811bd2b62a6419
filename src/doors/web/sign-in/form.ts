import type { FastifyReply, FastifyRequest } from 'fastify';
import { offerPasskeyAlone } from '../../../acts/accounts/sign-in.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { assets } from '../assets.ts';
import { html, type Html } from '../html.ts';
import { onwardFields, type Onward } from '../onward.ts';
import { form, hiddenFields, passkeyButton, type NoticeProps } from '../pieces/index.ts';
import { places } from '../places.ts';
import { errorAbove, errorIn, sendPage } from '../respond.ts';
import { statusOfTry } from './respond.ts';

export interface SignInProps {
  /** As it was typed; '' at first. */
  readonly name: string;
  readonly onward: Onward;
  readonly problem?: Problem;
}

const KEPT: NoticeProps = {
  kind: 'info',
  body: 'Sign in to go on. What you filled in is kept, save for passwords, and you are asked before it is sent.',
};

/** The sign-in page. @param status of a page that is neither asked for nor answers a try */
export async function sendSignIn(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'session.create'>,
  props: SignInProps,
  status = 200,
): Promise<FastifyReply> {
  const { onward, problem } = props;
  const passkey = await offerPasskeyAlone(services, grant);
  return sendPage(
    services,
    request,
    reply,
    {
      title: 'Sign in',
      width: 'narrow',
      ...('action' in onward && { notice: KEPT }),
      ...(passkey !== undefined && { scripts: [assets.passkeyScript.url] }),
      body: signInForm(props, passkey),
    },
    problem === undefined ? status : statusOfTry(problem, reply),
  );
}

function signInForm({ name, onward, problem }: SignInProps, passkey: string | undefined): Html {
  const hidden = onwardFields(onward);
  return html`<h1>Sign in</h1>${form({
    action: places.signIn,
    hidden,
    error: errorAbove(problem, ['passkey']),
    fields: [
      {
        kind: 'text',
        name: 'name',
        label: 'User name or e-mail address',
        value: name,
        autocomplete: 'username',
        code: true,
        required: true,
        autofocus: name === '',
      },
      {
        kind: 'secret',
        name: 'password',
        label: 'Password',
        autocomplete: 'current-password',
        required: true,
        autofocus: name !== '',
      },
    ],
    submit: { label: 'Sign in' },
  })}${
    passkey !== undefined &&
    html`<form action="${places.signInByPasskey}" method="post">${hiddenFields(hidden)}${passkeyButton({ label: 'Use a passkey instead', does: 'get', request: passkey, error: errorIn(problem, 'passkey') })}</form>`
  }
<p><a href="${places.forgotten}">Forgotten your password?</a></p><p class="quiet">This is for people. Scripts and Git use app passwords, API tokens, access tokens and SSH keys, which you create once you have signed in.</p>`;
}
