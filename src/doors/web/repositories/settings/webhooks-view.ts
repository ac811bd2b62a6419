import type { Delivery, EVENTS, Webhook } from '../../../../acts/webhooks/view.ts';
import type { Problem } from '../../../../problem.ts';
import { html, type Html, type Renderable } from '../../html.ts';
import {
  confirmOpener,
  emptyState,
  exactTime,
  facts,
  form,
  notice,
  pageHead,
  table,
  time,
  type ConfirmProps,
  type FieldProps,
} from '../../pieces/index.ts';
import { errorAbove, errorIn } from '../../respond.ts';
import type { Links } from '../links.ts';

/** What was typed into the form of a webhook; its secret is never sent back. */
export interface TypedWebhook {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly isActive: boolean;
  readonly skipsCertVerification: boolean;
  readonly removesSecret: boolean;
}

export const NOTHING_TYPED: TypedWebhook = {
  url: '',
  description: '',
  events: ['repo:push'],
  isActive: true,
  skipsCertVerification: false,
  removesSecret: false,
};

/** What people call it: what they said of it, or where it goes. */
export const nameOf = ({ description, url }: Pick<Webhook, 'description' | 'url'>): string =>
  description === '' ? new URL(url).host : description;

/** How one went, in a word or two. */
function outcome({ state, status, attempts }: Delivery): string {
  switch (state) {
    case 'delivered':
      return `Delivered${status === null ? '' : ` (${status})`}`;
    case 'failed':
      return `Failed${status === null ? '' : ` (${status})`}`;
    case 'silent':
      return 'Not sent';
    case 'waiting':
      return attempts === 0
        ? 'Waits'
        : `Is tried again, after ${attempts === 1 ? 'one try' : `${attempts} tries`}`;
  }
}

export function webhooksBody(props: {
  readonly links: Links;
  readonly webhooks: readonly Webhook[];
  readonly last: ReadonlyMap<string, Delivery>;
  readonly now: Date;
}): Html {
  const { links, webhooks, last, now } = props;
  const add = { label: 'Add webhook', href: links.newWebhook };
  return html`${pageHead({
    title: 'Webhooks',
    lead: 'Addresses that are told what happens here, so that a CI system need not ask all the time.',
    actions:
      webhooks.length > 0 && html`<a class="button button-primary" href="${add.href}">${add.label}</a>`,
  })}${table<Webhook>({
    caption: 'Webhooks',
    quietCaption: true,
    rows: webhooks,
    empty: emptyState({
      title: 'No webhooks yet',
      body: 'Add one with the address that your CI system gives you, and it is told of each push.',
      action: add,
    }),
    columns: [
      {
        label: 'Webhook',
        cell: (webhook) =>
          html`<a href="${links.webhook(webhook.id)}">${nameOf(webhook)}</a>${!webhook.isActive && html` <span class="badge">off</span>`}`,
      },
      { label: 'Address', cell: ({ url }) => html`<code>${shortUrl(url)}</code>` },
      { label: 'Events', cell: ({ events }) => events.join(', ') },
      { label: 'Last delivery', cell: ({ id }) => lastCell(last.get(id), now) },
    ],
  })}`;
}

const LONGEST_SHOWN = 60;
const shortUrl = (url: string): string =>
  url.length <= LONGEST_SHOWN ? url : `${url.slice(0, LONGEST_SHOWN)}…`;

const lastCell = (delivery: Delivery | undefined, now: Date): Renderable =>
  delivery === undefined
    ? html`<span class="quiet">none yet</span>`
    : html`${outcome(delivery)}, ${time({ at: new Date(delivery.createdAt), now })}`;

const notKept = (count: number): string =>
  count === 1
    ? 'One event was not kept, and is not told,'
    : `${count} events were not kept, and are not told,`;

function stateOf({ isActive, isFailing }: Webhook): string {
  if (!isActive) return 'off: it is told nothing';
  return isFailing ? 'on; the last delivery failed, so each is tried once until one arrives' : 'on';
}

export function webhookBody(props: {
  readonly links: Links;
  readonly webhook: Webhook;
  readonly deliveries: readonly Delivery[];
  /** Who set it up, as far as they are known. */
  readonly maker: string;
  /** Why it tells nothing now. */
  readonly silence: string | null;
  readonly now: Date;
}): Html {
  const { links, webhook, deliveries, maker, silence, now } = props;
  return html`${pageHead({
    title: nameOf(webhook),
    actions: html`<form action="${links.webhook(webhook.id, '/test')}" method="post"><button type="submit" class="button">Send a test</button></form> <a class="button" href="${links.webhook(webhook.id, '/change')}">Edit</a> ${confirmOpener(deleteQuestion(webhook, links))}`,
  })}${
    silence !== null &&
    notice({ kind: 'danger', body: `It is told nothing. ${silence} Save it to set it up anew, as yourself.` })
  }${
    webhook.notKept !== null &&
    notice({
      kind: 'warning',
      body: html`${notKept(webhook.notKept.count)} since ${exactTime({ at: new Date(webhook.notKept.since), now })}: too many waited already.`,
    })
  }${facts([
    { name: 'Address', value: html`<code>${webhook.url}</code>` },
    { name: 'State', value: stateOf(webhook) },
    { name: 'Events', value: webhook.events.join(', ') },
    {
      name: 'Secret',
      value: webhook.hasSecret
        ? html`set; what is sent is signed with it, in <code>X-Hub-Signature</code>`
        : 'none: what is sent is not signed',
    },
    ...(webhook.skipsCertVerification ? [{ name: 'Certificate', value: 'is not verified' }] : []),
    { name: 'Set up by', value: maker },
    { name: 'Made', value: exactTime({ at: new Date(webhook.createdAt), now }) },
  ])}<section class="apart" aria-labelledby="deliveries"><h2 id="deliveries">Last deliveries</h2>${table<Delivery>(
    {
      caption: 'Last deliveries',
      quietCaption: true,
      rows: deliveries,
      empty: html`<p class="quiet">None yet. The next event is shown here a moment after it happened, and so is a test.</p>`,
      columns: [
        { label: 'When', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
        { label: 'Event', cell: ({ event }) => html`<code>${event}</code>` },
        {
          label: 'Outcome',
          cell: (delivery) =>
            html`${outcome(delivery)}${delivery.problem !== null && html`<br><span class="quiet">${delivery.problem}</span>`}`,
        },
        {
          label: 'Took',
          align: 'end',
          cell: ({ durationMs }) => (durationMs === null ? '–' : `${durationMs} ms`),
        },
      ],
    },
  )}</section>`;
}

export const deleteQuestion = (webhook: Webhook, links: Links): ConfirmProps => ({
  title: `Delete the webhook “${nameOf(webhook)}”?`,
  what: nameOf(webhook),
  consequences: [
    'It is told nothing any more, and neither is what waits for it. Its deliveries are forgotten.',
  ],
  action: links.webhook(webhook.id, '/remove'),
  pageHref: links.webhook(webhook.id, '/remove'),
  cancelHref: links.webhook(webhook.id),
  submitLabel: 'Delete',
  danger: true,
});

const FIELDS = ['url', 'description', 'events', 'secret'] as const;

export function webhookForm(props: {
  /** The one that is changed. */
  readonly webhook: Webhook | undefined;
  readonly links: Links;
  readonly events: typeof EVENTS;
  readonly typed: TypedWebhook;
  readonly problem: Problem | undefined;
}): Html {
  const { webhook, links, events, typed, problem } = props;
  const error = (name: (typeof FIELDS)[number]) => errorIn(problem, name);
  // Those that never come stand there where somebody subscribed to them over the API.
  const offered = events.filter(({ name, comes }) => comes === true || webhook?.events.includes(name));
  const fields: FieldProps[] = [
    {
      kind: 'text',
      name: 'description',
      label: 'Description',
      help: 'What is told, such as “Jenkins”.',
      value: typed.description,
      maxlength: 255,
      error: error('description'),
    },
    {
      kind: 'url',
      name: 'url',
      label: 'Address',
      help: html`Where to send it, such as <code>https://ci.example.com/bitbucket-hook/</code>. Addresses of inner networks are refused unless the operator of this host named them.`,
      value: typed.url,
      code: true,
      required: true,
      error: error('url'),
    },
    {
      kind: 'checkboxes',
      name: 'events',
      label: 'Events',
      required: true,
      values: typed.events,
      error: error('events'),
      options: offered.map(({ name, label, description, comes }) => ({
        value: name,
        label: html`${label} <code>${name}</code>`,
        help: comes === true ? `${description}.` : 'It never comes on this host.',
      })),
    },
    {
      kind: 'secret',
      name: 'secret',
      label: 'Secret',
      autocomplete: 'new-password',
      help:
        webhook?.hasSecret === true
          ? 'Empty: it stays as it is. It is never shown.'
          : 'What is sent is signed with it, so that the other end knows that it comes from here. At most 128 characters; it is never shown again.',
      error: error('secret'),
    },
    ...(webhook?.hasSecret === true
      ? [
          {
            kind: 'checkbox',
            name: 'remove_secret',
            label: 'Remove the secret',
            checked: typed.removesSecret,
          } as const,
        ]
      : []),
    {
      kind: 'checkbox',
      name: 'skip_cert_verification',
      label: 'Do not verify the certificate of the address',
      help: 'Whoever is on the way there can read and change what is sent.',
      checked: typed.skipsCertVerification,
    },
    {
      kind: 'checkbox',
      name: 'active',
      label: 'Active',
      help: 'One that is off is told nothing, and not later either.',
      checked: typed.isActive,
    },
  ];
  return form({
    action: webhook === undefined ? links.newWebhook : links.webhook(webhook.id, '/change'),
    error: errorAbove(problem, FIELDS),
    fields,
    submit: {
      label: webhook === undefined ? 'Add webhook' : 'Save',
      cancelHref: webhook === undefined ? links.webhooks : links.webhook(webhook.id),
    },
  });
}
