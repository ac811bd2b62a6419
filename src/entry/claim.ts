import { claimUse } from '../credentials/index.ts';
import { Refused, usedUp, type Grant, type OperationName } from '../gate/index.ts';
import type { Gateway } from './gateway.ts';

/**
 * Claims one use of the grant's credential, after the yes and before acting, where the credential is good for so many
 * uses only; for every other one it does nothing and writes nothing. Throws `Refused` when the uses are used up. A use is
 * not given back, whatever comes of it.
 */
export async function claim<Op extends OperationName>(gateway: Gateway, grant: Grant<Op>): Promise<void> {
  const { principal, operation } = grant;
  if (principal.type !== 'credential' || !principal.bounds.some(({ kind }) => kind === 'uses')) return;
  const { credentialId, kind, scopes } = principal;
  await gateway.database.transaction().execute(async (trx) => {
    const spent = await claimUse(trx, credentialId, false);
    if (spent === null) return;
    // Thrown inside, so that a claim under one bound does not stay when another has nothing left.
    throw new Refused(
      { code: 'out_of_bounds', operation, credentialId, ...usedUp(spent) },
      { id: credentialId, kind, scopes },
    );
  });
}
