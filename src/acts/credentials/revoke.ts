import { revokeCredentials, type RevocationFilter } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

type RevokingGrant =
  | Grant<'app_password.revoke'>
  | Grant<'own_credential.revoke'>
  | Grant<'access_token.revoke'>
  | Grant<'credential.revoke'>;

/**
 * Ends a credential for good, and everything derived from it; the first request that starts after this has answered is
 * refused. One that does not belong to the grant's account or repository is not found. Throws `Problem` when there is
 * none, or it had ended already.
 */
export async function revokeCredential(services: Services, grant: RevokingGrant, id: string): Promise<void> {
  const ended = await change(
    services,
    grant,
    (trx, now) => revokeCredentials(trx, filterFor(grant, id), accountOf(grant.principal)?.id ?? null, now),
    (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
  );
  if (ended === 0) {
    throw new Problem(
      'not_found',
      `There is no active credential ${id} here: it may have been revoked already.`,
    );
  }
}

const OWN: ReadonlySet<RevokingGrant['operation']> = new Set([
  'app_password.revoke',
  'own_credential.revoke',
]);

function filterFor(grant: RevokingGrant, id: string): RevocationFilter {
  const [target] = grant.everyTarget;
  if (OWN.has(grant.operation) && target?.type === 'account') {
    return { id, owner: { type: 'account', id: target.id } };
  }
  if (grant.operation === 'access_token.revoke' && target?.type === 'repository') {
    return { id, owner: { type: 'repository', id: target.id } };
  }
  if (grant.operation === 'credential.revoke') return { id };
  throw new TypeError(`A grant to "${grant.operation}" revokes nothing.`);
}
