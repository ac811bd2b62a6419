import { accountOf, liveRole, type Grant } from '../../gate/index.ts';
import { repositoryFacts } from '../../hosting/index.ts';
import type { Handle } from '../../store/handle.ts';

/**
 * Whether whoever was admitted is admin of the repository at this moment: that a grant was decided again says no more than
 * that they may do what it is for. Give it the transaction of what hangs on it.
 */
export async function isAdminNow(
  trx: Handle,
  { principal, targets: [{ id }] }: Grant<'status.write'> | Grant<'pull_request.comment'>,
): Promise<boolean> {
  const place = { workspace: '{}', repository: `{${id}}` };
  const repository = await repositoryFacts(trx, place, accountOf(principal)?.id ?? null);
  return repository !== null && liveRole(principal, repository) === 'admin';
}
