import { endOf } from '../../../acts/credentials/standing.ts';
import type { Credential } from '../../../credentials/index.ts';
import { html, type Html } from '../html.ts';
import { exactWords, pageHead, type Question } from '../pieces/index.ts';
import { startOf } from './lines.ts';
import type { Seen } from './revoke.ts';
import { whatStops } from './what-stops.ts';

/** The page of one credential, or a page below it. */
export type HrefOf = (id: string, below?: string) => string;

/** Asked before a key is paused. */
export const pauseQuestion = (
  credential: Credential,
  hrefOf: HrefOf,
  { usage, beside = [] }: Seen,
  now: Date,
): Question => {
  const ends = endOf(credential);
  const stays = 'Its history and what confines it stay, and it can be resumed.';
  return {
    title: `Pause “${credential.label}”?`,
    consequences: [
      whatStops(credential, usage, now),
      ...beside,
      ends === null ? stays : `${stays} It ends on ${exactWords(new Date(ends))}, paused or not.`,
    ],
    action: hrefOf(credential.id, '/pause'),
    cancelHref: hrefOf(credential.id),
    submitLabel: 'Pause',
  };
};

/** Asked before a paused one goes on. */
export function resumeQuestion(credential: Credential, hrefOf: HrefOf, now: Date): Question {
  const ends = endOf(credential);
  const starts = startOf(credential, now);
  return {
    title: `Resume “${credential.label}”?`,
    consequences: [
      starts === undefined
        ? 'Whoever holds it is let in again from the next request on, wherever it opened before.'
        : `Whoever holds it is let in from ${exactWords(starts)} on: it does not begin before.`,
      ends === null ? 'It does not expire.' : `It ends on ${exactWords(new Date(ends))}.`,
    ],
    action: hrefOf(credential.id, '/resume'),
    cancelHref: hrefOf(credential.id),
    submitLabel: 'Resume',
  };
}

/** Instead of the question, where it is as it would be made already. */
export const isSoAlready = ({ id, label, pausedAt }: Credential, hrefOf: HrefOf): Html =>
  html`${pageHead({ title: pausedAt === null ? `“${label}” is not paused` : `“${label}” is paused` })}<p>There is nothing to ${
    pausedAt === null ? 'resume' : 'pause'
  }.</p><p><a class="button" href="${hrefOf(id)}">See it</a></p>`;

/** The button that leads to the question; what goes on with what it came of has none. */
export const pauseOpener = ({ id, pausedAt, isPausedAbove }: Credential, hrefOf: HrefOf): Html =>
  isPausedAbove
    ? html``
    : pausedAt === null
      ? html`<a class="button" href="${hrefOf(id, '/pause')}" data-asks>Pause…</a>`
      : html`<a class="button button-primary" href="${hrefOf(id, '/resume')}" data-asks>Resume…</a>`;
