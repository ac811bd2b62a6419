import { randomBytes } from 'node:crypto';
import {
  chooseDisplayName,
  chooseEmail,
  chooseUsername,
  createAccount as insertAccount,
  hashPassword,
  INVITATION_DAYS,
  startPasswordReset,
  type Account,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { postMessage } from '../../mail/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import type { AccountInput } from './create.ts';
import { passwordLink } from './password-link.ts';

export { INVITATION_DAYS } from '../../accounts/index.ts';

const NOBODYS_PASSWORD_BYTES = 32;

/**
 * Makes an account and sends its person a link for choosing a password, good once and for `INVITATION_DAYS`. Until it is
 * used the account can do nothing. Throws `Problem` as `createAccount` does.
 * @returns the link as well, for where no mail arrives: to be shown once, as it opens the account
 */
export async function inviteAccount(
  services: Services,
  grant: Grant<'account.create'>,
  input: Pick<AccountInput, 'username' | 'email' | 'displayName' | 'isAdministrator'>,
): Promise<{ readonly account: Account; readonly link: string }> {
  const wanted = {
    username: chooseUsername(input.username),
    email: chooseEmail(input.email, services.settings.botHost),
    displayName: chooseDisplayName(input.displayName),
    passwordHash: await hashPassword(randomBytes(NOBODYS_PASSWORD_BYTES).toString('base64url')),
    isAdministrator: input.isAdministrator,
    mustChangePassword: true,
  };
  return change(
    services,
    grant,
    async (trx, now) => {
      const account = await insertAccount(trx, wanted, now);
      const { token, expiresAt } = await startPasswordReset(trx, account.id, 'invitation', now);
      const link = passwordLink(services.publicUrl, token);
      const facts = { username: account.username, link, days: INVITATION_DAYS };
      await postMessage(trx, services, account.email, 'invitation', facts, now, expiresAt);
      return { account, link };
    },
    ({ account: { id, username, isAdministrator } }) => ({
      target: { type: 'account', id },
      detail: { username, isAdministrator, invited: true },
    }),
  );
}
