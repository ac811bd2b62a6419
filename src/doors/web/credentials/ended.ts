import type { Credential } from '../../../credentials/index.ts';
import { html, type Html } from '../html.ts';
import { exactWords, pageHead } from '../pieces/index.ts';

/** Instead of the question whether to revoke a credential that has ended already. @param back where it is to be seen */
export function endedBody({ label, state, revokedAt, expiresAt }: Credential, back: string): Html {
  const at = state === 'revoked' ? revokedAt : expiresAt;
  const ended = state === 'revoked' ? 'was revoked' : 'has expired';
  return html`${pageHead({ title: `“${label}” ${ended}` })}<p>It opens nothing any more${
    at !== null && `, since ${exactWords(new Date(at))}`
  }: there is nothing left to revoke.</p><p><a class="button" href="${back}">See it</a></p>`;
}
