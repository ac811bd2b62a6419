import { setTimeout as delay } from 'node:timers/promises';
import {
  accountRowById,
  accountRowForSignIn,
  endPasswordResets,
  endSessions,
  findPasswordReset,
  RESET_MINUTES,
  setPassword,
  startPasswordReset,
  takePasswordReset,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { beginAttempt, resetLimits } from '../../limits/index.ts';
import { postMessage } from '../../mail/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { hashNextPassword } from './next-password.ts';
import { passwordLink } from './password-link.ts';
import { tell } from './tell.ts';

/** Longer than writing a message takes, so that the time of an answer does not tell whether one was written. */
const ANSWER_MS = 300;

const expired = (): Problem =>
  new Problem(
    'not_found',
    'This link was used already, or is too old. Ask for another one: it comes to the e-mail address of your account.',
  );

/**
 * Sends a link for choosing a new password to the address of an active account of that user name or e-mail address. For
 * every other name the same happens as far as whoever asks can see. Throws `Problem` with the code `unavailable` after too
 * many.
 */
export async function askForPasswordReset(
  services: Services,
  grant: Grant<'account.reset_password'>,
  name: string,
): Promise<void> {
  const { database, publicUrl } = services;
  // A link that was asked for is no try that failed, so nothing takes it back.
  await beginAttempt(database, resetLimits(name, grant.address ?? ''), services.clock());
  const send = async (): Promise<void> => {
    const named = await accountRowForSignIn(database, name.trim());
    if (named === undefined) return;
    await change(
      services,
      grant,
      async (trx, now) => {
        // Its address may be another one since, and the link goes to none that the account no longer has.
        const account = await accountRowById(trx, named.id);
        if (account?.state !== 'active') return null;
        const { token, expiresAt } = await startPasswordReset(trx, account.id, 'reset', now);
        const facts = {
          username: account.username,
          link: passwordLink(publicUrl, token),
          minutes: RESET_MINUTES,
        };
        await postMessage(trx, services, account.email, 'password reset', facts, now, expiresAt);
        return { target: { type: 'account', id: account.id }, detail: { asked: true } } as const;
      },
      (noted) => noted,
    );
  };
  await Promise.all([send(), delay(ANSWER_MS)]);
}

/** Whose password the link is for. Throws `Problem` with the code `not_found` when it is good for nothing any more. Uses nothing up. */
export async function checkPasswordReset(
  services: Services,
  _grant: Grant<'account.reset_password'>,
  token: string,
): Promise<{ readonly username: string; readonly isFirst: boolean }> {
  const reset = await findPasswordReset(services.database, token, services.clock());
  if (reset === undefined) throw expired();
  return { username: reset.username, isFirst: reset.isFirst };
}

/**
 * Sets the password of the account whose link it was and ends all its sessions and links. Nobody is signed in by it, and
 * two-step verification stays as it is. Answers whether it was the account’s first. Throws `Problem`: `not_found` as `checkPasswordReset` does, `invalid` for a bad
 * password, which leaves the link as it was.
 */
export async function resetPassword(
  services: Services,
  grant: Grant<'account.reset_password'>,
  input: { readonly token: string; readonly next: string },
): Promise<{ readonly isFirst: boolean }> {
  const { isFirst } = await checkPasswordReset(services, grant, input.token);
  const hash = await hashNextPassword(input.next);
  await change(
    services,
    grant,
    async (trx, now) => {
      const reset = await findPasswordReset(trx, input.token, now);
      if (reset === undefined) throw expired();
      const { accountId } = reset;
      const account = await accountRowById(trx, accountId);
      if (account?.state !== 'active' || !(await takePasswordReset(trx, reset, now))) throw expired();
      await setPassword(trx, accountId, hash, now);
      await endSessions(trx, accountId, 'all', now);
      await endPasswordResets(trx, accountId);
      if (!reset.isFirst)
        await tell(trx, services, grant, accountId, 'password changed', (about) => about, now);
      return accountId;
    },
    (id) => ({ target: { type: 'account', id } }),
  );
  return { isFirst };
}
