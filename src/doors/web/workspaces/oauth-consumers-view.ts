import type { ViewedConsumer } from '../../../acts/oauth/consumers.ts';
import type { Credential } from '../../../credentials/index.ts';
import type { Problem } from '../../../problem.ts';
import { overlapField } from '../credentials/overlap.ts';
import { offeredScopes } from '../credentials/scopes.ts';
import { FormInput } from '../form-input.ts';
import { linesOf } from '../credentials/typed-bounds.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf } from '../pages-of.ts';
import {
  confirmOpener,
  emptyState,
  facts,
  field,
  fields,
  form,
  pageHead,
  relativeWords,
  secretBox,
  table,
  time,
  type ConfirmProps,
  type Question,
} from '../pieces/index.ts';
import { workspacePath } from '../places.ts';
import { errorAbove, errorIn } from '../respond.ts';

export const consumersPath = (workspace: string, below = ''): string =>
  workspacePath(workspace, `/-/oauth-consumers${below}`);

export const consumerPath = (workspace: string, key: string, below = ''): string =>
  consumersPath(workspace, `/${encodeURIComponent(key)}${below}`);

/** What was typed into the form of a consumer. */
export interface TypedConsumer {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly callbacks: string;
  readonly isPrivate: boolean;
  readonly scopes: readonly string[];
}

export const typedConsumer = (typed: FormInput): TypedConsumer => ({
  name: typed.text('name'),
  description: typed.text('description'),
  url: typed.text('url'),
  callbacks: typed.text('callbacks').replaceAll('\r\n', '\n'),
  isPrivate: typed.ticked('private'),
  scopes: typed.texts('scopes'),
});

export const BLANK: TypedConsumer = { ...typedConsumer(new FormInput(undefined)), isPrivate: true };

/** As the acts take it. */
export const consumerInput = ({ callbacks, ...typed }: TypedConsumer) => ({
  ...typed,
  callbacks: linesOf(callbacks),
});

export const asTyped = ({ consumer }: ViewedConsumer): TypedConsumer => ({
  ...consumer,
  callbacks: consumer.callbacks.join('\n'),
});

export function consumersBody(props: {
  readonly workspace: string;
  readonly viewed: readonly ViewedConsumer[];
  /** How many there are on all pages. */
  readonly size: number;
  /** From 1. */
  readonly page: number;
  readonly now: Date;
}): Html {
  const { workspace, viewed, size, page, now } = props;
  const pageHref = (number: number) => consumersPath(workspace, `?page=${number}`);
  const create = consumersPath(workspace, '/new');
  return html`${pageHead({
    title: 'OAuth consumers',
    lead: 'An application that asks people of this host for access, or acts for this workspace by itself, is a consumer.',
    actions: size > 0 && html`<a class="button button-primary" href="${create}">Add consumer</a>`,
  })}${table({
    caption: 'OAuth consumers',
    quietCaption: true,
    rows: viewed,
    pages: pagesOf(page, PAGE_LENGTH, size, pageHref),
    empty:
      noSuchPage(page, PAGE_LENGTH, size, pageHref) ??
      emptyState({
        title: 'No consumers yet',
        body: 'Register an application here to get the key with which it asks. Until then none can ask in the name of this workspace.',
        action: { label: 'Add a consumer', href: create },
      }),
    columns: [
      {
        label: 'Name',
        cell: ({ consumer }) => html`<a href="${consumerPath(workspace, consumer.key)}">${consumer.name}</a>`,
      },
      { label: 'Key', cell: ({ consumer }) => html`<code>${consumer.key}</code>` },
      { label: 'Kind', cell: ({ consumer }) => (consumer.isPrivate ? 'Private' : 'Public') },
      {
        label: 'May ask for',
        cell: ({ consumer }) =>
          html`${consumer.scopes.map((scope, index) => html`${index > 0 && ', '}<code>${scope}</code>`)}`,
      },
      { label: 'Secret last used', cell: (each) => lastUsed(each, now) },
    ],
  })}`;
}

function lastUsed({ consumer, secrets }: ViewedConsumer, now: Date) {
  if (!consumer.isPrivate) return 'It has none';
  const at = Math.max(0, ...secrets.map(({ lastUsedAt }) => lastUsedAt ?? 0));
  return at === 0 ? 'Never' : time({ at: new Date(at), now });
}

const FIELDS = ['name', 'description', 'url', 'callbacks', 'scopes'] as const;

/** The form of a new consumer, or of one that is there: whether it is private is said once. */
export function consumerForm(props: {
  readonly action: string;
  readonly cancelHref: string;
  readonly submitLabel: string;
  readonly typed: TypedConsumer;
  readonly problem: Problem | undefined;
  /** Of a form that makes a secret; undefined for one that changes what is there. */
  readonly formToken?: string;
}): Html {
  const { typed, problem, formToken } = props;
  const error = (name: string) => errorIn(problem, name);
  return form({
    action: props.action,
    error: errorAbove(problem, FIELDS),
    ...(formToken !== undefined && { hidden: { form_token: formToken } }),
    body: html`${fields([
      {
        kind: 'text',
        name: 'name',
        label: 'Name',
        help: 'People read it when they are asked.',
        value: typed.name,
        maxlength: 100,
        required: true,
        error: error('name'),
      },
      {
        kind: 'textarea',
        name: 'description',
        label: 'Description',
        value: typed.description,
        rows: 2,
        error: error('description'),
      },
      { kind: 'url', name: 'url', label: 'Home page', value: typed.url, error: error('url') },
      {
        kind: 'textarea',
        name: 'callbacks',
        label: 'Callback URLs',
        help: html`One a line. People are sent back to one of them, or to an address that continues it: <code>https://app.example.com/done</code>. A program on a person’s own machine uses <code>http://127.0.0.1/</code>, on any port.`,
        value: typed.callbacks,
        rows: 3,
        code: true,
        error: error('callbacks'),
      },
    ])}${
      formToken !== undefined &&
      field({
        kind: 'checkbox',
        name: 'private',
        label: 'This is a private consumer',
        help: 'It runs where nobody else can read its secret, such as on a server of yours. An app for phones, a page or a command line is public: it gets no secret and must use PKCE.',
        checked: typed.isPrivate,
      })
    }${offeredScopes('oauth_access_token').map(({ group, scopes }, index) =>
      field({
        kind: 'checkboxes',
        name: 'scopes',
        label: group,
        values: typed.scopes,
        error: index === 0 ? error('scopes') : undefined,
        autofocus: index === 0 && error('scopes') !== undefined,
        options: scopes.map(({ name, label, meaning }) => ({
          value: name,
          label: html`${label} <code>${name}</code>`,
          help: meaning,
        })),
      }),
    )}`,
    submit: { label: props.submitLabel, cancelHref: props.cancelHref },
  });
}

export interface ConsumerProps {
  readonly workspace: string;
  readonly viewed: ViewedConsumer;
  readonly typed: TypedConsumer;
  readonly problem: Problem | undefined;
  /** What was typed where its secret is replaced, and what was wrong there. */
  readonly replacing: { readonly days: string; readonly problem?: Problem };
  readonly formToken: string;
  readonly botHost: string;
  readonly now: Date;
}

/** One consumer: what it is, its secret, what it says of itself, its end. */
export function consumerBody(props: ConsumerProps): Html {
  const { workspace, viewed, now } = props;
  const { consumer } = viewed;
  return html`${pageHead({
    title: consumer.name,
    actions: confirmOpener(deleteQuestion(workspace, viewed), 'Delete'),
  })}${facts([
    { name: 'Key (client_id)', value: html`<code>${consumer.key}</code>` },
    {
      name: 'Kind',
      value: consumer.isPrivate
        ? 'Private: it keeps a secret'
        : 'Public: it has no secret, and must use PKCE',
    },
    { name: 'Added', value: time({ at: new Date(consumer.createdAt), now }) },
    ...(consumer.isPrivate
      ? [
          {
            name: 'Its app user, when it acts by itself',
            value: html`<code>${consumer.appUserAccountId}@bots.${props.botHost}</code>`,
          },
        ]
      : []),
  ])}${consumer.isPrivate && secretsSection(props)}<section class="apart"><h2>What it says of itself</h2>${consumerForm(
    {
      action: consumerPath(workspace, consumer.key),
      cancelHref: consumersPath(workspace),
      submitLabel: 'Save consumer',
      typed: props.typed,
      problem: props.problem,
    },
  )}</section>`;
}

function secretsSection({ workspace, viewed, now, formToken, replacing }: ConsumerProps): Html {
  const { consumer, secrets } = viewed;
  return html`<section class="apart"><h2>Secret</h2>${table({
    caption: 'Secrets',
    quietCaption: true,
    rows: secrets,
    empty: html`<p>It has none.</p>`,
    columns: [
      { label: 'Known here as', cell: ({ id }) => html`<code>${id}</code>` },
      { label: 'State', cell: (secret) => stateWords(secret, now) },
      { label: 'Made', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
      {
        label: 'Last used',
        cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : time({ at: new Date(lastUsedAt), now })),
      },
    ],
  })}<h3>Replace it</h3>${form({
    action: consumerPath(workspace, consumer.key, '/secret'),
    hidden: { form_token: formToken },
    error: errorAbove(replacing.problem, ['overlap_days']),
    fields: [overlapField(replacing.days, replacing.problem)],
    submit: { label: 'Replace the secret' },
  })}</section>`;
}

const stateWords = ({ state, retiresAt }: Credential, now: Date): string =>
  state === 'active' && retiresAt !== null
    ? `replaced, stops ${relativeWords(new Date(retiresAt), now)}`
    : state;

/** Key and secret, once. */
export function consumerSecretBody(props: {
  readonly workspace: string;
  readonly title: string;
  readonly consumer: ViewedConsumer['consumer'];
  /** In clear: the one page that shows it. */
  readonly secret: string;
  readonly publicId: string;
  readonly publicUrl: string;
}): Html {
  const { consumer, secret, publicUrl } = props;
  return html`<h1>${props.title}</h1>${secretBox({
    kind: 'Secret',
    label: consumer.name,
    secret,
    publicId: props.publicId,
    lines: [
      { label: 'Key (client_id)', text: consumer.key },
      { label: 'People are asked at', text: `${publicUrl}/site/oauth2/authorize` },
      { label: 'Tokens are had at', text: `${publicUrl}/site/oauth2/access_token` },
      {
        label: 'A token for itself, with curl',
        text: `curl --user '${consumer.key}:${secret}' --data grant_type=client_credentials ${publicUrl}/site/oauth2/access_token`,
      },
    ],
    doneHref: consumerPath(props.workspace, consumer.key),
  })}`;
}

/** Asked where the secret that works now would end with the next one. */
export function replaceQuestion(
  workspace: string,
  { consumer, secrets }: ViewedConsumer,
  formToken: string,
  now: Date,
): Question {
  const used = Math.max(0, ...secrets.map(({ lastUsedAt }) => lastUsedAt ?? 0));
  return {
    title: `Replace the secret of ${consumer.name} at once?`,
    consequences: [
      'The previous secret is refused from the next request on, and so are the tokens that the consumer got for itself with it. Whatever has it stops working until it is given the new one.',
      used === 0 ? 'It was never used.' : html`It was last used ${time({ at: new Date(used), now })}.`,
    ],
    action: consumerPath(workspace, consumer.key, '/secret'),
    hidden: { form_token: formToken, overlap_days: '0', confirmed: 'yes' },
    cancelHref: consumerPath(workspace, consumer.key),
    submitLabel: 'Replace the secret',
    danger: true,
  };
}

export function deleteQuestion(workspace: string, { consumer }: ViewedConsumer): ConfirmProps {
  const address = consumerPath(workspace, consumer.key, '/delete');
  return {
    title: `Delete ${consumer.name}?`,
    consequences: [
      'Its secrets end, and so does everything that people allowed it: every token that it has is refused from the next request on.',
      'This cannot be undone: another consumer has another key.',
    ],
    action: address,
    pageHref: address,
    cancelHref: consumerPath(workspace, consumer.key),
    submitLabel: 'Delete consumer',
    danger: true,
  };
}
