import { explain, Refused, type Refusal, type RefusalCode } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { GitSaidWhy } from '../../acts/git/serve.ts';
import { ClientGone } from './exchange.ts';

/** Refusals as a person sees them above Git's own last lines: the sentence that Bitbucket Cloud is known for, then what to do. */

const MISSING =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.';
const DENIED = 'repository access denied.';

const FIRST_LINES: Partial<Readonly<Record<RefusalCode, string | ((refusal: Refusal) => string)>>> = {
  target_missing: MISSING,
  role_too_small: (refusal) =>
    `${DENIED} You must have ${refusal.code === 'role_too_small' ? refusal.needed : 'more'} access to this repository.`,
  account_disabled: 'This account is disabled.',
  wiki_off: 'This repository has no wiki.',
};

/** What an access key that reads only is told when it pushes. */
const READ_ONLY = `${DENIED} access via a deployment key is read-only.`;

function textOf({ refusal, credential }: Refused): string {
  const isReadOnlyKey = refusal.code === 'role_too_small' && credential?.kind === 'access_key';
  const first = isReadOnlyKey ? READ_ONLY : (FIRST_LINES[refusal.code] ?? DENIED);
  return `${typeof first === 'string' ? first : first(refusal)}\n${explain(refusal, credential)}`;
}

/**
 * What is said to the client about something that was thrown; null where nothing more is to be said, because Git has said
 * it or nobody is left to hear it.
 */
export function sentenceFor(error: unknown, services: Services): string | null {
  if (error instanceof Refused) return textOf(error);
  if (error instanceof Problem) return error.message;
  if (error instanceof ClientGone || error instanceof GitSaidWhy) return null;
  services.log.error({ error }, 'A Git command over SSH failed.');
  return 'Something went wrong on this host; its log says what. Try again later.';
}
