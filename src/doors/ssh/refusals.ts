import { GitSaidWhy } from '../../acts/git/serve.ts';
import { Refused } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { isClientGone } from '../shared/client-gone.ts';
import { sentencesOf } from '../shared/git-sentences.ts';
import { ClientGone } from './exchange.ts';

/**
 * What is said to the client about something that was thrown; null where nothing more is to be said, because Git has said
 * it or nobody is left to hear it.
 */
export function sentenceFor(error: unknown, services: Services): string | null {
  if (error instanceof Refused) return sentencesOf(error);
  if (error instanceof Problem) return error.message;
  if (error instanceof ClientGone || error instanceof GitSaidWhy || isClientGone(error)) return null;
  services.log.error({ error }, 'A Git command over SSH failed.');
  return 'Something went wrong on this host; its log says what. Try again later.';
}
