import type { Actor } from '../../../acts/pull-requests/people.ts';
import { html, type Html } from '../html.ts';
import { avatar } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';

/** What somebody is called; of who is gone, or was never anybody, that. */
export function nameOfActor(actor: Actor | null, nobody = 'Somebody who is gone'): string {
  if (actor === null) return nobody;
  return visibleName(actor.type === 'account' ? actor.account.displayName : actor.appUser.displayName);
}

/** Somebody with their picture; a bot is said to be one. */
export function person(actor: Actor | null, nobody?: string): Html {
  const name = nameOfActor(actor, nobody);
  if (actor === null) return html`<span class="person"><strong>${name}</strong></span>`;
  const isBot = actor.type === 'app_user';
  const username = isBot ? actor.appUser.accountId : actor.account.username;
  return html`<span class="person">${avatar({ username, displayName: name, size: 20 })} <strong>${name}</strong>${isBot && html` <span class="badge">bot</span>`}</span>`;
}
