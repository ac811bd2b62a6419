import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface TimeProps {
  readonly at: Date;
  /** The moment the page is made; given, so that a page is a pure function of its data. */
  readonly now: Date;
}

/** "3 hours ago", "in 12 days", and beyond a month the date; the exact moment in UTC is in the title and in `datetime`. */
export function time({ at, now }: TimeProps): Html {
  return html`<time datetime="${at.toISOString()}" title="${exactWords(at)}">${relativeWords(at, now)}</time>`;
}

/** "2027-03-31 14:00 UTC": to the minute. */
export const exactWords = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** The exact moment, and how long ago or ahead that is: for the page of one thing, where it matters which minute it was. */
export const exactTime = ({ at, now }: TimeProps): Html => html`${exactWords(at)} (${time({ at, now })})`;

const units: readonly (readonly [name: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
// Made when first used: it takes a noticeable part of a start.
let words: Intl.RelativeTimeFormat | undefined;
let dates: Intl.DateTimeFormat | undefined;

export function relativeWords(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 60) return seconds > 0 ? 'in a moment' : 'just now';
  if (Math.abs(seconds) > 30 * 86_400) return dateWords(at);
  const [name, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['minute', 60];
  words ??= new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  return words.format(Math.trunc(seconds / length), name);
}

/** "22 Nov 2026", in UTC. */
export function dateWords(at: Date): string {
  dates ??= new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return dates.format(at);
}
