import { endSessions, listSessions, type Session } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/** Live sessions of the grant's account; `current` is the one that asks. */
export async function viewSessions(
  services: Services,
  grant: Grant<'session.list'>,
): Promise<(Session & { readonly current: boolean })[]> {
  const { principal } = grant;
  const sessions = await listSessions(services.database, grant.targets[0].id, services.clock());
  return sessions.map((session) => ({
    ...session,
    current: principal.type === 'session' && principal.sessionId === session.id,
  }));
}

/** Ends sessions of the grant's account: one, all others, all, or the one that asks (signing out). */
export async function signOut(
  services: Services,
  grant: Grant<'session.revoke'>,
  which: { readonly id: string } | 'others' | 'all' | 'this',
): Promise<void> {
  const [{ id }] = grant.targets;
  const { principal } = grant;
  const own = principal.type === 'session' ? principal.sessionId : '';
  const ending =
    which === 'others'
      ? { allBut: own }
      : which === 'this'
        ? { id: own }
        : which === 'all'
          ? which
          : { id: which.id };
  await change(
    services,
    grant,
    (trx, now) => endSessions(trx, id, ending, now),
    (ended) => (ended === 0 ? null : { target: { type: 'account', id }, detail: { ended } }),
  );
}
