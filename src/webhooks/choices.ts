import { Secret } from '../credentials/secret.ts';
import { invalid } from '../problem.ts';
import { isEvent, type EventName } from './events.ts';

/** In characters; that of the secret is Bitbucket Cloud's. */
const LONGEST_URL = 2000;
const LONGEST_DESCRIPTION = 255;
export const LONGEST_SECRET = 128;

/** An address of the web to which a request can be sent: a host, and neither a user name nor a fragment. Throws `Problem`. */
export function chooseUrl(text: string): string {
  if (text === '') throw invalid('url', 'This field is required.');
  if (text.length > LONGEST_URL) throw invalid('url', `An address has at most ${LONGEST_URL} characters.`);
  const url = /[\s\p{C}]/u.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw invalid('url', 'Enter a valid URL that begins with https:// or http://.');
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'Leave user name and password out of the address: what is sent is signed instead.');
  if (url.hash !== '') throw invalid('url', 'Leave out what follows the "#": it is not sent to a server.');
  return text;
}

export function chooseDescription(text: string): string {
  const chosen = text.trim().normalize('NFC');
  if (Array.from(chosen).length <= LONGEST_DESCRIPTION && /^[^\p{C}]*$/u.test(chosen)) return chosen;
  throw invalid(
    'description',
    `A description has at most ${LONGEST_DESCRIPTION} characters on one line, and no control characters.`,
  );
}

/** Without repetitions, in the order of the alphabet. Throws `Problem` for none, and for one that there is not. */
export function chooseEvents(names: readonly string[]): readonly EventName[] {
  const events = new Set<EventName>();
  for (const name of names) {
    if (isEvent(name)) events.add(name);
    else
      throw invalid(
        'events',
        `${JSON.stringify(name.slice(0, 64))} is no event: /2.0/hook_events/repository lists them.`,
      );
  }
  if (events.size === 0) throw invalid('events', 'Choose at least one event, such as repo:push.');
  return [...events].toSorted();
}

/** Null for none, which an empty one is, too. */
export function chooseSecret(text: string | null): Secret | null {
  if (text === null || text === '') return null;
  if (Array.from(text).length <= LONGEST_SECRET && text.isWellFormed()) return new Secret(text);
  throw invalid('secret', `A secret has at most ${LONGEST_SECRET} characters.`);
}
