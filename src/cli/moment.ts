import { Problem } from '../problem.ts';

/** A moment as written on the command line, in milliseconds. A day alone means its last moment as an end, its first as a beginning, in UTC. */
export function moment(text: string, edge: 'beginning' | 'end'): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = Date.parse(day ? `${text}T${edge === 'end' ? '23:59:59.999' : '00:00:00.000'}Z` : text);
  if (Number.isNaN(at)) {
    throw new Problem('invalid', `"${text}" is no date: write it as 2027-03-31 or 2027-03-31T12:00Z.`);
  }
  return at;
}
