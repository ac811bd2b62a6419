import { endOf as endOfItself } from '../acts/credentials/standing.ts';
import type { Credential } from '../credentials/index.ts';
import { Problem } from '../problem.ts';

/** A moment as written on the command line, in milliseconds. A day alone means its last moment as an end, its first as a beginning, in UTC. */
export function moment(text: string, edge: 'beginning' | 'end'): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  // Without a zone the moment would be that of whatever machine this runs on.
  const exact = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/i.test(text);
  if (!day && !exact) throw noDate(text);
  const at = Date.parse(day ? `${text}T${edge === 'end' ? '23:59:59.999' : '00:00:00.000'}Z` : text);
  if (Number.isNaN(at) || !isInCalendar(text.slice(0, 10))) throw noDate(text);
  return at;
}

/** The 31st of February would be some day in March. */
function isInCalendar(day: string): boolean {
  const at = Date.parse(day);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

/** Says of a refused expiry by which option it is given. Throws what it was given otherwise. */
export function namingExpires(error: unknown): never {
  if (!(error instanceof Problem) || error.fields['expires'] === undefined) throw error;
  throw new Problem(error.code, `${error.message.replace(/\.$/, '')} (--expires DATE).`);
}

/** A moment as it is printed, or null where there is none. */
export const instant = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

/** When a credential ends or has ended, whichever came first: by its own date, revoked, or because another has taken its place. */
export function endOf(credential: Pick<Credential, 'expiresAt' | 'retiresAt' | 'revokedAt'>): number | null {
  const ends = Math.min(endOfItself(credential) ?? Infinity, credential.revokedAt ?? Infinity);
  return ends === Infinity ? null : ends;
}

const noDate = (text: string): Problem =>
  new Problem('invalid', `"${text}" is no date: write it as 2027-03-31 or 2027-03-31T12:00Z.`);
