import { endSessions, setAccountState } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/**
 * Disables an account: its sessions end, and whatever acts for it is refused from the next request on. Its rows, roles and
 * history stay. Throws `Problem` for one that is disabled already, and rather than disable the last administrator.
 */
export async function disableAccount(services: Services, grant: Grant<'account.disable'>): Promise<void> {
  const [, { id, username }] = grant.targets;
  const disabled = await change(
    services,
    grant,
    async (trx, now) => {
      if (!(await setAccountState(trx, id, 'disabled', now))) return null;
      return { ended: await endSessions(trx, id, 'all', now) };
    },
    (done) => (done === null ? null : { target: { type: 'account', id }, detail: done }),
  );
  if (disabled === null) throw new Problem('conflict', `The account ${username} is disabled already.`);
}

/** Enables a disabled account: what it held before works again. Throws `Problem` for one that is not disabled. */
export async function enableAccount(services: Services, grant: Grant<'account.enable'>): Promise<void> {
  const [, { id, username }] = grant.targets;
  const enabled = await change(
    services,
    grant,
    (trx, now) => setAccountState(trx, id, 'active', now),
    (was) => (was ? { target: { type: 'account', id } } : null),
  );
  if (!enabled) throw new Problem('conflict', `The account ${username} is not disabled.`);
}
