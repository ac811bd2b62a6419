import {
  anyAccount,
  chooseDisplayName,
  chooseEmail,
  choosePassword,
  chooseUsername,
  createAccount as insertAccount,
  hashPassword,
  type Account,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export interface AccountInput {
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
  readonly isAdministrator: boolean;
  /** The password is somebody else's choice: only good for signing in once, to choose another. */
  readonly mustChangePassword: boolean;
}

/** Makes an account. Throws `Problem` for bad input and for a taken user name or e-mail address. */
export async function createAccount(
  services: Services,
  grant: Grant<'account.create'>,
  input: AccountInput,
): Promise<Account> {
  const wanted = {
    username: chooseUsername(input.username),
    email: chooseEmail(input.email, services.settings.botHost),
    displayName: chooseDisplayName(input.displayName),
    passwordHash: await hashPassword(choosePassword(input.password)),
    isAdministrator: input.isAdministrator,
    mustChangePassword: input.mustChangePassword,
  };
  return change(
    services,
    grant,
    (trx, now) => insertAccount(trx, wanted, now),
    ({ id, username, isAdministrator }) => ({
      target: { type: 'account', id },
      detail: { username, isAdministrator },
    }),
  );
}

/** True while nobody can sign in yet: then the first start makes an administrator. */
export const isUnclaimed = async (services: Services, _grant: Grant<'account.create'>): Promise<boolean> =>
  !(await anyAccount(services.database));
