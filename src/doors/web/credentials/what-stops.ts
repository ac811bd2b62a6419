import { callersLately, LATELY_DAYS } from '../../../acts/credentials/callers.ts';
import type { Usage } from '../../../acts/credentials/uses.ts';
import type { Credential } from '../../../credentials/index.ts';
import { firstFew } from '../first-few.ts';
import { relativeWords } from '../pieces/index.ts';

/** What is refused when a credential opens nothing any more, for the question before it. @param usage where it is at hand and told */
export function whatStops(
  { lastUsedAt }: Pick<Credential, 'lastUsedAt'>,
  usage: Usage | undefined,
  now: Date,
): string {
  if (lastUsedAt === null) return 'It has never been used, so probably nothing will stop.';
  const callers = usage === undefined ? [] : callersLately(usage, now.getTime());
  return [
    `It was last used ${relativeWords(new Date(lastUsedAt), now)}.`,
    ...(callers.length === 0 ? [] : [`In the last ${LATELY_DAYS} days it came from ${firstFew(callers)}.`]),
    'Whatever uses it is refused from the next request on.',
  ].join(' ');
}
