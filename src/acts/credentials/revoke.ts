import { findById, revokeCredentials, stateOf, type RevocationFilter } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import type { PersonalGrant } from './personal.ts';
import { hasEnded } from './standing.ts';
import { isAmongTokens, type TokenGrant } from './token-place.ts';

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
      const one = await filterFor(trx, grant, id);
      if (one === null) return 0;
      const revokedBy = accountOf(grant.principal)?.id ?? null;
      return revokeCredentials(trx, await withItsFamily(trx, one, now), revokedBy, now);
    },
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
  'api_token.revoke',
  'own_credential.revoke',
]);

/** Whoever ends one of a line means what it came of and what comes of it; of one that is over already they mean nothing. */
async function withItsFamily(trx: Handle, one: ById, now: number): Promise<RevocationFilter> {
  const found = await findById(trx, one.id);
  if (found === undefined) return one;
  const { owner_type: type, owner_id: id, family_id: family, revoked_at: revokedAt } = found.row;
  if (one.owner !== undefined && (one.owner.type !== type || one.owner.id !== id)) return one;
  const isInLine =
    found.kind === 'oauth_refresh_token'
      ? revokedAt === null
      : found.kind === 'oauth_access_token' && !hasEnded(stateOf(found.row, now));
  return isInLine ? { family } : one;
}

type ById = Extract<RevocationFilter, { readonly id: string }>;

/** Null where it is none of what the grant is for. */
async function filterFor(trx: Handle, grant: RevokingGrant, id: string): Promise<ById | null> {
  const [target] = grant.everyTarget;
  if (OWN.has(grant.operation) && target?.type === 'account') {
    return { id, owner: { type: 'account', id: target.id } };
  }
  if (grant.operation === 'access_token.revoke' && target?.type === 'repository') {
    return { id, owner: { type: 'repository', id: target.id } };
  }
  if (grant.operation === 'workspace_access_token.revoke') {
    const found = await findById(trx, id);
    if (found === undefined) return null;
    const owner = { type: found.row.owner_type, id: found.row.owner_id };
    return (await isAmongTokens(trx, grant, owner)) ? { id, owner } : null;
  }
  if (grant.operation === 'credential.revoke') return { id };
  throw new TypeError(`A grant to "${grant.operation}" revokes nothing.`);
}
