import { revokeCredentials } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { meantBy } from './meant.ts';
import type { PersonalGrant } from './personal.ts';
import type { TokenGrant } from './token-place.ts';

type RevokingGrant =
  | PersonalGrant<'revoke'>
  | Grant<'own_credential.revoke'>
  | TokenGrant<'revoke'>
  | Grant<'credential.revoke'>;

/**
 * Ends a credential for good, everything derived from it, and with an OAuth token its whole family; the first request
 * that starts after this has answered is refused. One that does not belong to the grant's account or repository is not
 * found. Throws `Problem` when there is none, or it had ended already; a refresh token that was exchanged has not, as long
 * as what it was exchanged for lives.
 */
export async function revokeCredential(services: Services, grant: RevokingGrant, id: string): Promise<void> {
  const ended = await change(
    services,
    grant,
    async (trx, now) => {
      const meant = await meantBy(trx, grant, id, now);
      const revokedBy = accountOf(grant.principal)?.id ?? null;
      return meant === null ? 0 : revokeCredentials(trx, meant, revokedBy, now);
    },
    (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
  );
  if (ended === 0) {
    throw new Problem('not_found', `There is no active credential ${id} here: it may have ended already.`);
  }
}
