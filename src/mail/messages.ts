import { pullRequestMessage, type PullRequestFacts } from './pull-request-message.ts';

/** A message as its reader sees it, and for how long it is worth sending. */
export interface Message {
  readonly subject: string;
  readonly text: string;
}

/** Where a person was, as far as a request says. */
export interface Place {
  /** Network address; null at the command line of the host. */
  readonly address: string | null;
  /** In words, such as "Firefox on Linux". */
  readonly browser?: string | undefined;
}

/** Every kind of message, and what must be known to write it. */
export interface MessageFacts {
  'signed in': { readonly username: string; readonly at: number; readonly place: Place };
  'password changed': { readonly username: string; readonly at: number; readonly place: Place };
  'password reset': { readonly username: string; readonly link: string; readonly minutes: number };
  'two-step turned on': { readonly username: string; readonly at: number; readonly place: Place };
  'two-step turned off': { readonly username: string; readonly at: number; readonly place: Place };
  'two-step reset': { readonly username: string; readonly at: number };
  /** `what` is the change in words: "An authenticator app was added". */
  'two-step changed': {
    readonly username: string;
    readonly what: string;
    readonly at: number;
    readonly place: Place;
  };
  'recovery code used': {
    readonly username: string;
    readonly left: number;
    readonly at: number;
    readonly place: Place;
  };
  /** `kind` in words: "app password", "SSH key". `path` is the page on which it can be revoked. */
  'key made': {
    readonly username: string;
    readonly kind: string;
    readonly label: string;
    /** What it opens, where that is no account: "the repository team/app". */
    readonly of: string | null;
    /** Public id of what it takes the place of. */
    readonly replaces: string | null;
    readonly path: string;
    readonly at: number;
    readonly place: Place;
  };
  /** After it was replaced or revoked. `kind` in words; `path` is its page; `from` is an address and a client in words. */
  'ended key used': {
    readonly kind: string;
    readonly label: string;
    readonly id: string;
    readonly ended: 'replaced' | 'revoked';
    readonly endedAt: number;
    /** Where another one took its place: when, its public id, and what that one is good for now. */
    readonly replaced: {
      readonly at: number;
      readonly by: string;
      readonly state: keyof typeof REMEDIES;
    } | null;
    readonly usedAt: number;
    readonly from: string;
    readonly path: string;
  };
  'address changed': {
    readonly username: string;
    readonly address: string;
    readonly at: number;
    readonly place: Place;
  };
  invitation: { readonly username: string; readonly link: string; readonly days: number };
  'pull request': PullRequestFacts;
}

export type MessageKind = keyof MessageFacts;

/** This host, as messages name it. */
export interface Sender {
  /** Public address without a slash at its end. */
  readonly url: string;
}

type Writer<Kind extends MessageKind> = (facts: MessageFacts[Kind], host: string, url: string) => Message;

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const where = ({ address, browser }: Place): string =>
  address === null
    ? 'at the command line of the host'
    : `${browser === undefined ? '' : `with ${browser} `}from ${address}`;

const notYou = (url: string): string =>
  `If this was not you, choose another password at ${url}/login/forgotten, and look through ${url}/account/settings/sessions for what you do not know.`;

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const paragraphs = (...parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

const ANOTHER = 'give it another key, or take this one off it';

/** What to do about a forgotten machine, by what the key that took the place of its own is good for. */
const REMEDIES = {
  active: 'give it the secret that took its place',
  paused: 'what took its place is paused, so resume that first, and give it that secret',
  pending: 'give it the secret that took its place, once that one opens anything',
  revoked: `what took its place was revoked, so ${ANOTHER}`,
  expired: `what took its place has expired, so ${ANOTHER}`,
} as const;

const WRITERS: { readonly [Kind in MessageKind]: Writer<Kind> } = {
  'signed in': ({ username, at, place }, host, url) => ({
    subject: `New sign-in at ${host}`,
    text: paragraphs(
      `Somebody signed in as ${username} at ${host} in a browser that was not used for this account before:`,
      `${moment(at)}, ${where(place)}.`,
      `If this was you, there is nothing to do. ${notYou(url)}`,
    ),
  }),
  'password changed': ({ username, at, place }, host, url) => ({
    subject: `Your password at ${host} was changed`,
    text: paragraphs(
      `The password of the account ${username} at ${host} was changed: ${moment(at)}, ${where(place)}.`,
      'Sessions in other browsers have ended. App passwords, API tokens, access tokens and SSH keys go on working.',
      notYou(url),
    ),
  }),
  'password reset': ({ username, link, minutes }, host) => ({
    subject: `Choose a new password at ${host}`,
    text: paragraphs(
      `Somebody asked for a new password for the account ${username} at ${host}. To choose one, open this address:`,
      link,
      `It works once, and for ${minutes} minutes. Two-step verification stays as it is.`,
      'If you did not ask for this, there is nothing to do: your password is unchanged.',
    ),
  }),
  'two-step turned on': ({ username, at, place }, host, url) => ({
    subject: `Two-step verification is on at ${host}`,
    text: paragraphs(
      `Two-step verification was turned on for the account ${username} at ${host}: ${moment(at)}, ${where(place)}.`,
      notYou(url),
    ),
  }),
  'two-step turned off': ({ username, at, place }, host, url) => ({
    subject: `Two-step verification is off at ${host}`,
    text: paragraphs(
      `Two-step verification was turned off for the account ${username} at ${host}: ${moment(at)}, ${where(place)}.`,
      'From now on the password alone signs in.',
      notYou(url),
    ),
  }),
  'two-step reset': ({ username, at }, host, url) => ({
    subject: `Two-step verification was reset at ${host}`,
    text: paragraphs(
      `An administrator removed two-step verification from the account ${username} at ${host}: ${moment(at)}.`,
      `From now on the password alone signs in. To set it up again, open ${url}/account/settings/two-step.`,
      'If you did not ask for this, tell your administrator at once.',
    ),
  }),
  'two-step changed': ({ username, what, at, place }, host, url) => ({
    subject: `Two-step verification was changed at ${host}`,
    text: paragraphs(
      `${what}, for the account ${username} at ${host}: ${moment(at)}, ${where(place)}.`,
      notYou(url),
    ),
  }),
  'recovery code used': ({ username, left, at, place }, host, url) => ({
    subject: `A recovery code was used at ${host}`,
    text: paragraphs(
      `Somebody signed in as ${username} at ${host} with a recovery code: ${moment(at)}, ${where(place)}.`,
      `${left === 1 ? 'One code is' : `${left} codes are`} left. New ones are made at ${url}/account/settings/two-step.`,
      notYou(url),
    ),
  }),
  'key made': ({ username, kind, label, of, replaces, path, at, place }, host, url) => ({
    subject: `New ${kind} at ${host}`,
    text: paragraphs(
      `${of === null ? `The account ${username}` : capital(of)} at ${host} has a new ${kind}, “${label}”${
        of === null ? '' : `, which ${username} made`
      }${replaces === null ? '' : `${of === null ? ',' : ''} in place of ${replaces}`}: ${moment(at)}, ${where(place)}.`,
      `What it may do, and how to revoke it: ${url}${path}`,
      notYou(url),
    ),
  }),
  'ended key used': ({ kind, label, id, ended, endedAt, replaced, usedAt, from, path }, host, url) => ({
    subject: `Use of a ${ended} ${kind} at ${host}`,
    text: paragraphs(
      `Something came to ${host} with the ${kind} “${label}” (${id}) after its end, and was refused. The last time was ${moment(usedAt)}, from ${from}.`,
      `${replaced === null ? '' : `It was replaced by ${replaced.by}: ${moment(replaced.at)}. `}It ${ended === 'revoked' ? 'was revoked' : 'stopped'}: ${moment(endedAt)}.`,
      `Either a machine was forgotten: ${replaced === null ? ANOTHER : REMEDIES[replaced.state]}. Or somebody else has the old secret, which opens nothing any more: look at what it was used for before.`,
      `What it was used for, and from where: ${url}${path}`,
      'You are told of a key once a day at most.',
    ),
  }),
  'address changed': ({ username, address, at, place }, host, url) => ({
    subject: `Your e-mail address at ${host} was changed`,
    text: paragraphs(
      `The account ${username} at ${host} has another e-mail address now, ${address}: ${moment(at)}, ${where(place)}.`,
      `Messages go there from now on; this is the last one to the former address.`,
      `If this was not you, sign in at ${url}/login with your user name and change your password at once, or ask your administrator to disable the account.`,
    ),
  }),
  invitation: ({ username, link, days }, host) => ({
    subject: `Your account at ${host}`,
    text: paragraphs(
      `You are invited to ${host}, as ${username}. To choose your password and begin, open this address:`,
      link,
      `It works once, and for ${days === 1 ? 'one day' : `${days} days`}.`,
      'If you did not expect this, there is nothing to do.',
    ),
  }),
  'pull request': (facts, host, url) => pullRequestMessage(facts, host, url, paragraphs),
};

/** One line: what people choose as a name or label cannot begin a paragraph of its own. */
const onOneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** Writes a message of a kind. Its subject and text hold nothing of other people's choice but names and labels, each on one line. */
export function writeMessage<Kind extends MessageKind>(
  kind: Kind,
  facts: MessageFacts[Kind],
  { url }: Sender,
): Message {
  const write: Writer<Kind> = WRITERS[kind];
  const { subject, text } = write(flattened(facts), new URL(url).host, url);
  return { subject: onOneLine(subject), text };
}

function flattened<Value>(value: Value): Value {
  if (typeof value === 'string') return onOneLine(value) as Value;
  if (Array.isArray(value)) return value.map(flattened) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, flattened(each)])) as Value;
}
