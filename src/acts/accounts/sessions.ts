import { endSessions, pageOfSessions, type Session } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export interface ViewedSession extends Session {
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/** A page of the live sessions of the grant's account, and how many there are in all. */
export async function viewSessions(
  services: Services,
  grant: Grant<'session.list'>,
  window: { readonly offset: number; readonly limit: number },
): Promise<{ readonly sessions: readonly ViewedSession[]; readonly size: number }> {
  const { principal } = grant;
  const accountId = grant.targets[0].id;
  const { sessions, size } = await pageOfSessions(services.database, accountId, window, services.clock());
  const current = principal.type === 'session' ? principal.sessionId : null;
  return { sessions: sessions.map((each) => ({ ...each, current: each.id === current })), size };
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
