import type { WhichPage } from '../../../acts/credentials/which-page.ts';
import type { Credential, CredentialPage } from '../../../credentials/index.ts';
import { expandScopes, type AccessTokenKind } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { DeclaredRoute } from '../../shared/policy.ts';
import { keyChooser } from '../credentials/chooser.ts';
import { credentialPages } from '../credentials/lines.ts';
import type { PreviewedKey } from '../credentials/read-back.ts';
import { revokeConsequences, type Seen } from '../credentials/revoke.ts';
import type { TypedKey } from '../credentials/typed-key.ts';
import { html, type Html, type Renderable } from '../html.ts';
import {
  confirmOpener,
  emptyState,
  notice,
  pageHead,
  secretBox,
  type ConfirmProps,
  type CopyLineProps,
} from '../pieces/index.ts';
import { newTokenHref, tokenHref, type TokensHere } from './place.ts';

const TITLE = 'Access tokens';

export interface AccessTokensProps {
  readonly here: TokensHere;
  readonly which: WhichPage;
  readonly shown: CredentialPage;
  /** Names of those who made them, by account id. */
  readonly makers: ReadonlyMap<string, string>;
  readonly botHost: string;
  /** Bounds in words, by credential id. */
  readonly boundWords: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
}

export function accessTokensBody(props: AccessTokensProps): Html {
  const { here, which, shown, makers, now } = props;
  const hasAny = shown.size + shown.others > 0;
  const create = html`<a class="button button-primary" href="${newTokenHref(here)}">Create access token</a>`;
  return html`${pageHead({
    title: TITLE,
    lead: `Each lets one script or job into ${here.called} and no other. It is a bot of its own and stays when the person who made it leaves.`,
    actions: hasAny && create,
  })}${credentialPages({
    label: TITLE,
    href: here.href,
    which,
    shown,
    now,
    boundWords: props.boundWords,
    detailHref: ({ id }) => tokenHref(here, id),
    action: (each) => confirmOpener(revokeTokenQuestion(each, here, now)),
    createdBy: ({ createdBy }) => (createdBy === null ? 'the command line' : makers.get(createdBy)),
    besides: (each) => commitsAs(each, props.botHost),
    empty: emptyState({
      title: hasAny ? 'No active access tokens' : 'No access tokens yet',
      body: `A CI job, a deployment or a bot signs in with a token of ${here.called}, so that nobody’s own key lies on a machine.`,
      action: { label: 'Create an access token', href: newTokenHref(here) },
    }),
  })}`;
}

const botEmail = ({ appUser }: Credential, botHost: string): string | undefined =>
  appUser === null ? undefined : `${appUser.accountId}@bots.${botHost}`;

function commitsAs(token: Credential, botHost: string): string | undefined {
  const email = botEmail(token, botHost);
  return email === undefined ? undefined : `Commits as ${email}`;
}

/** What is said of an access token besides. */
export function tokenFacts(
  token: Credential,
  { opens }: TokensHere,
  botHost: string,
  maker: string | undefined,
) {
  const email = botEmail(token, botHost);
  return [
    { name: 'Opens', value: opens },
    ...(email === undefined ? [] : [{ name: 'Commits as', value: html`<code>${email}</code>` }]),
    ...(maker === undefined ? [] : [{ name: 'Made by', value: maker }]),
  ];
}

export function revokeTokenQuestion(
  token: Credential,
  here: TokensHere,
  now: Date,
  seen?: Seen,
): ConfirmProps {
  const address = tokenHref(here, token.id, '/revoke');
  return {
    title: `Revoke “${token.label}”?`,
    what: token.label,
    consequences: revokeConsequences(token, now, seen),
    action: address,
    pageHref: address,
    cancelHref: here.href,
    submitLabel: 'Revoke',
    danger: true,
  };
}

export function newTokenBody(props: {
  readonly here: TokensHere;
  readonly kind: AccessTokenKind;
  readonly typed: TypedKey;
  readonly preview: PreviewedKey;
  readonly problem: Problem | undefined;
  readonly formToken: string;
  readonly mayLiveForever: boolean;
  readonly address: string;
  readonly routes: readonly DeclaredRoute[];
}): Html {
  const { here, mayLiveForever, ...rest } = props;
  return html`${pageHead({
    title: 'Create access token',
    lead: 'Its secret is shown once, right after you create it.',
  })}${keyChooser({
    ...rest,
    action: newTokenHref(here),
    cancelHref: here.href,
    submitLabel: 'Create access token',
    everywhere: `only in ${here.name}`,
    reach: here.reach,
    expires: {
      help: mayLiveForever
        ? 'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then. Leave it empty for a token that does not expire.'
        : 'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then. This workspace demands an expiry.',
      required: !mayLiveForever,
    },
    repositories: [],
  })}`;
}

export interface SecretProps {
  readonly title: string;
  readonly here: TokensHere;
  readonly publicUrl: string;
  readonly label: string;
  readonly id: string;
  /** In clear: the one page that shows it. */
  readonly secret: string;
  readonly botEmail: string;
  readonly scopes: readonly string[];
  readonly note?: Renderable;
}

export function secretBody(props: SecretProps): Html {
  return html`<h1>${props.title}</h1>${secretBox({
    kind: 'Access token',
    label: props.label,
    secret: props.secret,
    publicId: props.id,
    lines: readyLines(props),
    note: html`Its bot is known here by the address <code>${props.botEmail}</code>.${props.note !== undefined && html` ${props.note}`}`,
    doneHref: props.here.href,
  })}`;
}

function readyLines({ here, publicUrl, secret, botEmail, scopes }: SecretProps): CopyLineProps[] {
  const held = expandScopes(scopes);
  const clone = `git clone ${publicUrl.replace('://', '://x-token-auth@')}/${here.example}.git`;
  const writes = held.has('repository:write') || held.has('wiki');
  return [
    ...(held.has('repository')
      ? [
          {
            label: 'Git; when it asks for a password, paste the secret',
            text: clone,
          },
        ]
      : []),
    ...(held.has('wiki')
      ? [
          {
            label: 'The wiki, likewise, where it is switched on',
            text: `${clone}/wiki ${here.example.split('/')[1]}-wiki`,
          },
        ]
      : []),
    ...(writes
      ? [
          {
            label: 'In the clone, so that commits are the bot’s',
            text: `git config user.email "${botEmail}"`,
          },
        ]
      : []),
    ...(held.has('repository')
      ? [
          {
            label: 'REST API with curl',
            text: `curl --header 'Authorization: Bearer ${secret}' ${publicUrl}/2.0/repositories/${here.example}`,
          },
        ]
      : []),
    {
      label:
        'For Git in jobs without a terminal: a line of ~/.netrc. The REST API takes the secret as Bearer alone',
      text: `machine ${new URL(publicUrl).hostname} login x-token-auth password ${secret}`,
    },
  ];
}

/** A reload of the page that showed the secret sends the form again; that must not make a second token. */
export function alreadySentBody(here: TokensHere): Html {
  return html`${pageHead({ title: 'This form was sent already' })}${notice({
    kind: 'info',
    body: 'Nothing new was made. If it made a token before, the secret was shown then and cannot be shown again: replace that one, or revoke it and create another.',
  })}<p class="row"><a class="button button-primary" href="${here.href}">See access tokens</a> <a class="button" href="${newTokenHref(here)}">Create access token</a></p>`;
}
