import {
  accountRowById,
  endPasswordResets,
  endSessions,
  setPassword,
  verifyPassword,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { beginAttempt, confirmationLimits } from '../../limits/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { hashNextPassword } from './next-password.ts';
import { tell } from './tell.ts';

/**
 * Changes the password of the grant's account and ends its other sessions. A person must give the present password; the
 * operator need not. Throws `Problem` for a wrong present password, for too many of them, and for a bad new one.
 */
export async function changePassword(
  services: Services,
  grant: Grant<'account.password'>,
  input: { readonly current: string; readonly next: string },
): Promise<void> {
  const [{ id }] = grant.targets;
  const { principal } = grant;
  if (principal.type === 'session') {
    // One bucket with confirming anew, in which the second step is guessed as well: a right password empties it there alone.
    const limits = confirmationLimits(principal.sessionId);
    await beginAttempt(services.database, limits, services.clock());
    const row = await accountRowById(services.database, id);
    if (row === undefined || !(await verifyPassword(input.current, row.password))) {
      throw invalid('current', 'This is not the present password.');
    }
    if (input.current === input.next) throw invalid('next', 'The new password must be another one.');
  }
  const hash = await hashNextPassword(input.next);
  await change(
    services,
    grant,
    async (trx, now) => {
      await setPassword(trx, id, hash, now);
      await endPasswordResets(trx, id);
      await tell(trx, services, grant, id, 'password changed', (about) => about, now);
      await endSessions(trx, id, principal.type === 'session' ? { allBut: principal.sessionId } : 'all', now);
    },
    () => ({ target: { type: 'account', id } }),
  );
}
