import { accountRowById, confirmSession, verifyPassword } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/**
 * Notes that the person of a session has just proved to be there, so that what wants a fresh confirmation may be done.
 * Throws `Problem` for a wrong password.
 */
export async function confirmByPassword(
  services: Services,
  grant: Grant<'session.confirm'>,
  input: { readonly password: string },
): Promise<void> {
  const [{ id }] = grant.targets;
  const { principal } = grant;
  if (principal.type !== 'session') return;
  const succeeded = await services.signIns.begin(`confirm ${id}`, grant.address ?? '');
  const row = await accountRowById(services.database, id);
  if (row === undefined || !(await verifyPassword(input.password, row.password))) {
    throw invalid('password', 'This is not your password.');
  }
  await succeeded();
  await change(
    services,
    grant,
    (trx, now) => confirmSession(trx, principal.sessionId, now),
    () => ({ target: { type: 'session', id: principal.sessionId } }),
  );
}
