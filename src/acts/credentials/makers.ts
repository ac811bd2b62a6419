import { findAccount } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Credential } from '../../credentials/index.ts';
import type { Services } from '../../services.ts';
import type { TokenGrant } from './token-place.ts';

/** The names of the people who made these credentials, by account id; the operator has none. */
export async function viewMakers(
  services: Services,
  _grant: TokenGrant<'list'> | Grant<'trust_policy.list'>,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set(credentials.map(({ createdBy }) => createdBy))) {
    const account = id === null ? undefined : await findAccount(services.database, `{${id}}`);
    if (account !== undefined) names.set(account.id, account.displayName);
  }
  return names;
}
