import {
  accountRowById,
  accountRowForSignIn,
  endSessions,
  listSessions,
  startSession,
  verifyNothing,
  verifyPassword,
  type Session,
} from '../../accounts/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/** Long enough for any password we accept; more is refused before it is hashed. */
const LONGEST_PASSWORD = 4096;

const refusedSignIn = (): Problem =>
  new Problem('invalid', 'User name and password do not belong together. Check both and try again.');

/**
 * Signs a person in and returns the value of the session cookie. Unknown names, wrong passwords and disabled accounts get
 * the same answer after the same work. Throws `Problem`: `invalid` for these, `unavailable` after too many of them.
 */
export async function signIn(
  services: Services,
  grant: Grant<'session.create'>,
  input: { readonly name: string; readonly password: string; readonly userAgent: string },
): Promise<{ readonly token: string; readonly mustChangePassword: boolean }> {
  const succeeded = await services.signIns.begin(input.name, grant.address ?? '');
  if (input.password.length > LONGEST_PASSWORD) throw refusedSignIn();
  const account = await accountRowForSignIn(services.database, input.name.trim());
  const right = await (account === undefined
    ? verifyNothing(input.password)
    : verifyPassword(input.password, account.password));
  if (account === undefined || !right || account.state !== 'active') throw refusedSignIn();
  await succeeded();
  const now = services.clock();
  const address = grant.address ?? '';
  return services.database.transaction().execute(async (trx) => {
    // Changing the password ends the sessions that there are: one that begins just then must not be left over.
    const present = await accountRowById(trx, account.id);
    if (present?.password !== account.password || present.state !== 'active') throw refusedSignIn();
    const { id, token } = await startSession(trx, account.id, { address, userAgent: input.userAgent }, now);
    await recordAudit(
      trx,
      {
        principal: grant.principal,
        address: grant.address,
        operation: grant.operation,
        target: { type: 'session', id },
        detail: { account: account.id },
      },
      now,
    );
    return { token, mustChangePassword: account.must_change_password === 1 };
  });
}

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
