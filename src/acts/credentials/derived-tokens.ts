import { isOfLine, pageOfDerived, revokeCredentials, type CredentialPage } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/** A page of the tokens that were derived from the grant's credential itself and live, the newest first. */
export async function listDerivedTokens(
  services: Services,
  grant: Grant<'derived_token.list'>,
  window: { readonly offset: number; readonly limit: number },
): Promise<CredentialPage> {
  const { principal } = grant;
  if (principal.type !== 'credential') throw new TypeError('Only a credential asks about itself.');
  await services.writeUses();
  const { credentialId: id, kind } = principal;
  return pageOfDerived(services.database, { id, kind }, { ended: false, ...window }, services.clock());
}

/**
 * Ends a derived token for good, with everything that came of it: the one that asks, or one that came of the one that asks,
 * over any number of generations. Throws `Problem` for every other id, and for what had ended.
 */
export async function revokeDerivedToken(
  services: Services,
  grant: Grant<'derived_token.revoke'>,
  id: string,
): Promise<void> {
  const { principal } = grant;
  if (principal.type !== 'credential') throw new TypeError('Only a credential asks about itself.');
  const ended = await change(
    services,
    grant,
    async (trx, now) =>
      (await isOfLine(trx, principal.credentialId, id))
        ? revokeCredentials(trx, { id }, accountOf(principal)?.id ?? null, now)
        : 0,
    (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
  );
  if (ended === 0) {
    throw new Problem(
      'not_found',
      `There is no active derived token ${JSON.stringify(id.slice(0, 64))} that is or came of the one that asks.`,
    );
  }
}
