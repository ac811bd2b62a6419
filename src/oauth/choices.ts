import { chooseScopes } from '../credentials/choices.ts';
import { isScope, type Scope } from '../gate/index.ts';
import { invalid } from '../problem.ts';
import { readCallback } from './callback.ts';

const NAME_LENGTH = 100;
const DESCRIPTION_LENGTH = 1000;
const MOST_CALLBACKS = 20;
const LINE = /^[^\p{C}]+$/u;

export interface ConsumerInput {
  readonly name: string;
  readonly description?: string;
  /** Home page, for people. */
  readonly url?: string;
  readonly callbacks: readonly string[];
  readonly scopes: readonly string[];
}

/** The same, checked: names trimmed, each callback and scope once. */
export interface ChosenConsumer {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly callbacks: readonly string[];
  readonly scopes: readonly Scope[];
}

/** Throws `Problem` for the first thing that is wrong. */
export const chooseConsumer = (input: ConsumerInput): ChosenConsumer => ({
  name: chooseName(input.name),
  description: chooseText(input.description ?? ''),
  url: chooseUrl(input.url ?? ''),
  callbacks: chooseCallbacks(input.callbacks),
  scopes: chooseScopes('oauth_access_token', input.scopes).filter(isScope),
});

function chooseName(text: string): string {
  const name = text.trim().normalize('NFC');
  if (name === '') throw invalid('name', 'Give the consumer a name: people see it when they are asked.');
  if (name.length > NAME_LENGTH)
    throw invalid('name', `The name may have at most ${NAME_LENGTH} characters.`);
  if (!LINE.test(name)) throw invalid('name', 'The name may not contain control characters or line breaks.');
  return name;
}

function chooseText(text: string): string {
  if (text.length > DESCRIPTION_LENGTH)
    throw invalid('description', `The description may have at most ${DESCRIPTION_LENGTH} characters.`);
  return text.trim();
}

function chooseUrl(text: string): string {
  const url = text.trim();
  if (url === '') return url;
  if (url.length > 500 || !/^https?:\/\/[^\s\p{C}]+$/u.test(url))
    throw invalid('url', 'Give the home page as an http or https address.');
  return url;
}

/** Callback URLs, each once. Throws `Problem` for one to which nobody can be sent safely. */
export function chooseCallbacks(texts: readonly string[]): readonly string[] {
  const callbacks = [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
  if (callbacks.length > MOST_CALLBACKS)
    throw invalid('callbacks', `A consumer may have at most ${MOST_CALLBACKS} callback URLs.`);
  for (const callback of callbacks) {
    if (readCallback(callback) === undefined) {
      throw invalid(
        'callbacks',
        `${JSON.stringify(callback.slice(0, 200))} cannot be a callback URL: give a whole http or https address, or a scheme of the program's own such as org.example.app:/done, without user name, fragment, dot segments or encoded slashes, and without code, state, iss, scope or error in its query.`,
      );
    }
  }
  return callbacks;
}
