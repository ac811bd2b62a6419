import { endOf, endsReplaced } from '../../../acts/credentials/standing.ts';
import type { Credential } from '../../../credentials/index.ts';
import { html, type Html } from '../html.ts';
import { exactWords, pageHead } from '../pieces/index.ts';

/** Instead of the question whether to do something to a credential that has ended already. @param back where it is to be seen */
export function endedBody(
  credential: Credential,
  back: string,
  deed: 'revoke' | 'pause' | 'resume' = 'revoke',
): Html {
  const { label, state, revokedAt } = credential;
  const at = state === 'revoked' && revokedAt !== null ? revokedAt : endOf(credential);
  const ended =
    state === 'revoked' ? 'was revoked' : endsReplaced(credential) ? 'was replaced' : 'has expired';
  return html`${pageHead({ title: `“${label}” ${ended}` })}<p>It opens nothing any more${
    at !== null && `, since ${exactWords(new Date(at))}`
  }: there is nothing left to ${deed}.</p><p><a class="button" href="${back}">See it</a></p>`;
}
