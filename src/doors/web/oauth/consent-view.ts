import { expandScopes, SCOPES, type CredentialKind, type Scope } from '../../../gate/index.ts';
import type { Asked, Consumer } from '../../../oauth/index.ts';
import type { Problem } from '../../../problem.ts';
import { openedBy, scopeChipsOf } from '../credentials/scopes.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { facts, field, form, pageHead } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { ASKED_PERSON, type TypedConsent } from './typed-consent.ts';

export interface ConsentProps {
  readonly consumer: Consumer;
  readonly asked: Asked;
  readonly typed: TypedConsent;
  readonly problem: Problem | undefined;
  /** Of whoever is asked. */
  readonly username: string;
  readonly action: string;
  readonly denyAction: string;
  /** How the request came, and where the answer goes. */
  readonly about: readonly { readonly name: string; readonly value: Renderable }[];
  /** What to take care of. */
  readonly warning?: Html | undefined;
  /** Names of repositories that the person is likely to mean. */
  readonly repositories: readonly string[];
}

const SHOWN = ['scopes', 'repository', 'label', 'expires'] as const;

/** Who asks for what, as a form in which a person leaves of it what they like. */
export function consentBody(props: ConsentProps): Html {
  const { consumer, asked, username, problem } = props;
  const lasting = asked.type === 'app_password';
  return html`${pageHead({
    title: lasting ? `Make an app password for ${consumer.name}?` : `Let ${consumer.name} act for you?`,
    lead: lasting
      ? html`It goes straight to ${consumer.name} and acts as <strong>${username}</strong>. Take away what it need not have.`
      : html`It would act as <strong>${username}</strong>, as far as you go yourself. Take away what it need not do.`,
  })}${props.warning}${facts([
    ...(consumer.description === '' ? [] : [{ name: 'About it', value: consumer.description }]),
    ...(consumer.url === ''
      ? []
      : [
          {
            name: 'Home page, as it says',
            value: html`<a href="${consumer.url}" rel="noreferrer">${consumer.url}</a>`,
          },
        ]),
    ...props.about,
  ])}${form({
    action: props.action,
    hidden: { [ASKED_PERSON]: username },
    error: errorAbove(problem, SHOWN),
    body: html`${lasting && labelField(props)}${scopesField(props)}${repositoriesField(props)}${lasting && expiresField(props)}<p class="help">${
      lasting
        ? 'You find it under App passwords afterwards, where you can narrow it further and revoke it.'
        : 'You find it under Authorised applications afterwards, where you can revoke it.'
    }</p>`,
    submit: {
      label: lasting ? 'Make it' : 'Allow',
      besides: html`<button type="submit" class="button" formaction="${props.denyAction}">Say no</button>`,
    },
  })}`;
}

function labelField({ typed, problem }: ConsentProps): Html {
  return field({
    kind: 'text',
    name: 'label',
    label: 'Label',
    help: 'What it is called in your list.',
    value: typed.label,
    maxlength: 100,
    required: true,
    error: errorIn(problem, 'label'),
    autofocus: errorIn(problem, 'label') !== undefined,
  });
}

function scopesField({ asked, typed, problem }: ConsentProps): Html {
  const kind = asked.type === 'app_password' ? 'app_password' : 'oauth_access_token';
  const less = [...expandScopes(asked.scopes)].filter(
    (scope) => !asked.scopes.includes(scope) && openedBy(kind, [scope]).length > 0,
  );
  return html`${field({
    kind: 'checkboxes',
    name: 'scopes',
    label: 'It may',
    values: typed.scopes,
    required: true,
    error: errorIn(problem, 'scopes'),
    autofocus: errorIn(problem, 'scopes') !== undefined,
    options: asked.scopes.map((scope) => scopeOption(kind, scope)),
  })}${
    less.length > 0 &&
    field({
      kind: 'checkboxes',
      name: 'scopes',
      label: 'Or less',
      help: 'Comes along with what stands above. Take the tick away there and set it here to give no more than this.',
      values: typed.scopes,
      options: less.map((scope) => scopeOption(kind, scope)),
    })
  }`;
}

function scopeOption(kind: CredentialKind, scope: Scope) {
  const opens = openedBy(kind, [scope]);
  const [chip] = scopeChipsOf([scope]);
  return {
    value: scope,
    label: html`${SCOPES[scope].meaning.replace(/\.$/, '')} <code>${scope}</code>`,
    help: chip?.strong && 'It can change or remove what others rely on.',
    note: html`<details class="opens"><summary>${
      opens.length === 0 ? 'Opens nothing as of today' : 'What exactly it opens'
    }<span class="hidden-words"> with ${scope}</span></summary>${
      opens.length === 0
        ? html`<p class="help">This version of the host has nothing behind it.</p>`
        : html`<ul class="plain-list">${opens.map((each) => html`<li>${each}</li>`)}</ul>`
    }</details>`,
  };
}

function repositoriesField({ asked, typed, problem, repositories }: ConsentProps): Html {
  const common = {
    name: 'repository',
    error: errorIn(problem, 'repository'),
    autofocus: errorIn(problem, 'repository') !== undefined,
  };
  if (asked.repositories.length > 0) {
    return field({
      ...common,
      kind: 'checkboxes',
      label: 'In these repositories',
      values: typed.repositories,
      required: true,
      options: asked.repositories.map((name) => ({ value: name, label: html`<code>${name}</code>` })),
    });
  }
  return field({
    ...common,
    kind: 'textarea',
    label: 'Only in these repositories',
    help: html`One a line, as <code>workspace/name</code>. Empty: everywhere that you may go.${
      repositories.length > 0 &&
      html` Yours: ${repositories.map((name, index) => html`${index > 0 && ', '}<code>${name}</code>`)}.`
    }`,
    value: typed.repositories.join('\n'),
    rows: 3,
    code: true,
  });
}

function expiresField({ asked, typed, problem }: ConsentProps): Html {
  return field({
    kind: 'date',
    name: 'expires',
    label: 'Last day',
    help: `It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then.${
      asked.expiresAt === null ? ' Empty: it does not expire.' : ''
    }`,
    value: typed.expires,
    required: asked.expiresAt !== null,
    error: errorIn(problem, 'expires'),
    autofocus: errorIn(problem, 'expires') !== undefined,
  });
}
