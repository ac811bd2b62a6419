import { findById, stateOf, type FoundCredential, type NamedCredentials } from '../../credentials/index.ts';
import type { Grant, OperationName } from '../../gate/index.ts';
import type { Handle } from '../../store/handle.ts';
import { personalKindOf, type PersonalKind } from './personal.ts';
import { hasEnded } from './standing.ts';
import { isAmongTokens } from './token-place.ts';

type GrantsOf<Op extends OperationName> = Op extends OperationName ? Grant<Op> : never;
type Verb = 'revoke' | 'pause' | 'resume';

/** By which somebody ends, pauses or resumes a credential that they name by its id. */
type NamingGrant = GrantsOf<
  | `${PersonalKind}.revoke`
  | `${'own_credential' | 'access_token' | 'workspace_access_token' | 'credential'}.${Verb}`
>;

/**
 * What is meant by the id of one credential: that one, and with an OAuth token its family. Whoever ends one of a line means
 * what it came of and what comes of it; of one that is over already they mean nothing. Null where it is none of those that
 * the grant is for.
 */
export async function meantBy(
  trx: Handle,
  grant: NamingGrant,
  id: string,
  now: number,
): Promise<NamedCredentials | null> {
  const found = await findById(trx, id);
  if (found === undefined || !(await isOf(trx, grant, found))) return null;
  const { family_id: family, revoked_at: revokedAt } = found.row;
  const isInLine =
    found.kind === 'oauth_refresh_token'
      ? revokedAt === null
      : found.kind === 'oauth_access_token' && !hasEnded(stateOf(found.row, now));
  return isInLine ? { family } : { id };
}

/** Knowing an id is never enough. */
async function isOf(
  db: Handle,
  grant: NamingGrant,
  { kind, row: { owner_type: type, owner_id: id } }: FoundCredential,
): Promise<boolean> {
  switch (grant.operation) {
    case 'credential.revoke':
    case 'credential.pause':
    case 'credential.resume':
      return true;
    case 'app_password.revoke':
    case 'api_token.revoke':
      return kind === personalKindOf(grant.operation) && id === grant.targets[0].id;
    case 'own_credential.revoke':
    case 'own_credential.pause':
    case 'own_credential.resume':
      return type === 'account' && id === grant.targets[0].id;
    case 'access_token.revoke':
    case 'access_token.pause':
    case 'access_token.resume':
    case 'workspace_access_token.revoke':
    case 'workspace_access_token.pause':
    case 'workspace_access_token.resume':
      return isAmongTokens(db, grant, { type, id });
  }
}
