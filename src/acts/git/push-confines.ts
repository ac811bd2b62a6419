import { claimUse } from '../../credentials/index.ts';
import { accountOf, appUserOf, movedBy, usedUp, type PrincipalData } from '../../gate/index.ts';
import { restrictionsFor } from '../../hosting/index.ts';
import type { Confines } from '../../push/index.ts';
import type { Database, Handle } from '../../store/handle.ts';
import type { AnyPushGrant } from './push-grant.ts';

export const NOTHING: Confines = {
  credentialId: null,
  email: '',
  bounds: [],
  restrictions: [],
  by: 'push',
};

/** The rules of a repository concern its branches; a wiki has none of its own. */
export async function confinesOf(database: Database, grant: AnyPushGrant): Promise<Confines> {
  const { principal } = grant;
  const [{ id }] = grant.targets;
  const held = principal.type === 'credential' ? principal : null;
  return {
    credentialId: held?.credentialId ?? null,
    email: appUserOf(principal)?.email ?? accountOf(principal)?.email ?? '',
    bounds: held?.bounds ?? [],
    restrictions: grant.operation === 'wiki.push' ? [] : await restrictionsFor(database, id, principal),
    by: movedBy(grant.operation),
  };
}

/** A bound that counts has nothing left; thrown inside the transaction, so that nothing of the claim stays. */
export class UsedUp extends Error {
  override readonly name = 'UsedUp';
}

/** Claims a use and a push where the credential is good for so many only. Throws `UsedUp`. Wants a transaction. */
export async function claimPush(trx: Handle, principal: PrincipalData): Promise<void> {
  if (principal.type !== 'credential') return;
  const spent = await claimUse(trx, principal.credentialId, true);
  if (spent !== null) throw new UsedUp(`${principal.credentialId}: ${usedUp(spent).says}.`);
}
