import { invalid } from '../../../problem.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?: ?(?:UTC|Z))?$/;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * A moment as typed into a form, in milliseconds: a day, which means its end where something ends and its beginning where
 * something begins, or a day and a minute; all in UTC. Nothing typed: null. Throws `Problem` at `field`.
 * @param called what the sentence calls it
 */
export function momentIn(
  text: string,
  field: string,
  edge: 'beginning' | 'end',
  called = edge === 'end' ? 'expiry' : 'beginning',
): number | null {
  const typed = text.trim();
  if (typed === '') return null;
  const [, day = typed, minute] = MINUTE.exec(typed) ?? [];
  const clock =
    minute === undefined ? (edge === 'end' ? '23:59:59.999' : '00:00:00.000') : `${minute}:00.000`;
  const at = DAY.test(day) ? Date.parse(`${day}T${clock}Z`) : Number.NaN;
  // The calendar has no 31 February, but the parser makes one of it.
  if (Number.isNaN(at) || dayOf(at) !== day) {
    throw invalid(
      field,
      `Give the ${called} as a date, such as 2027-03-31, or with a minute in UTC, such as 2027-03-31 14:00.`,
    );
  }
  return at;
}
