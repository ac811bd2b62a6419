import {
  findById,
  livingOfFamily,
  pushLayer,
  stateOf,
  type FoundCredential,
} from '../../credentials/index.ts';
import { describeBound, type Bound, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import { confine, type Confinement } from './confinement.ts';
import { personalKindOf, type PersonalGrant } from './personal.ts';
import { hasEnded } from './standing.ts';
import { isAmongTokens, isTokenOwner, tokenPlaceOf, type TokenGrant } from './token-place.ts';

type NarrowingGrant = PersonalGrant<'narrow'> | TokenGrant<'narrow'> | Grant<'credential.narrow'>;

/**
 * Confines a live credential further, from its next use on, and with an OAuth refresh token what came of it and lives. What it was confined to before stays: a layer is added, and
 * nothing can ever be taken off. Throws `Problem` for a credential that is not the grant's, has ended, or for bounds that
 * could not be judged or lie outside of what it opens; then nothing has changed.
 */
export async function narrowCredential(
  services: Services,
  grant: NarrowingGrant,
  id: string,
  confinement: Confinement,
): Promise<readonly Bound[]> {
  const { row } = await livingAmong(services.database, grant, id, services.clock());
  const owner = { type: row.owner_type, id: row.owner_id };
  const place = isTokenOwner(owner) ? await tokenPlaceOf(services.database, owner) : undefined;
  const bounds = await confine(services, grant.principal, confinement, place);
  if (bounds.length === 0) throw new Problem('invalid', 'Say what the credential is to be confined to.');
  await change(
    services,
    grant,
    async (trx, now) => {
      const found = await livingAmong(trx, grant, id, now);
      await (found.kind === 'oauth_refresh_token'
        ? confineFamily(trx, found.row, bounds, now)
        : pushLayer(trx, id, bounds));
    },
    () => ({
      target: { type: 'credential', id },
      detail: { bounds: bounds.map((bound) => describeBound(bound)) },
    }),
  );
  return bounds;
}

/** The one of this id, if it is the grant's and lives. Throws `Problem`. */
async function livingAmong(
  db: Handle,
  grant: NarrowingGrant,
  id: string,
  now: number,
): Promise<FoundCredential> {
  const found = await findById(db, id);
  if (found === undefined || !(await isOf(db, grant, found)) || hasEnded(stateOf(found.row, now)))
    throw new Problem('not_found', `There is no active credential ${id} here.`);
  return found;
}

/** In the order of ids, as everybody who locks several credentials does: the writing of uses would wait crosswise. */
async function confineFamily(
  trx: Handle,
  { id, family_id: family }: FoundCredential['row'],
  bounds: readonly Bound[],
  now: number,
): Promise<void> {
  const members = new Set([id, ...(await livingOfFamily(trx, family, now))]);
  for (const member of [...members].sort()) await pushLayer(trx, member, bounds);
}

async function isOf(
  db: Handle,
  grant: NarrowingGrant,
  { kind, row: { owner_type: type, owner_id: id } }: FoundCredential,
): Promise<boolean> {
  switch (grant.operation) {
    case 'credential.narrow':
      return true;
    case 'app_password.narrow':
    case 'api_token.narrow':
      return kind === personalKindOf(grant.operation) && id === grant.targets[0].id;
    case 'access_token.narrow':
    case 'workspace_access_token.narrow':
      return isAmongTokens(db, grant, { type, id });
  }
}
