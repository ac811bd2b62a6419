import {
  chooseDisplayName,
  chooseEmail,
  endPasswordResets,
  findAccount,
  listAccounts,
  updateProfile,
  type Account,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

type OwnAccountGrant =
  | Grant<'account.view'>
  | Grant<'account.emails'>
  | Grant<'account.update'>
  | Grant<'ssh_key.list'>
  | Grant<'site.home'>;

/** The account of the grant. */
export async function viewAccount(services: Services, grant: OwnAccountGrant): Promise<Account> {
  const [{ id }] = grant.targets;
  const account = await findAccount(services.database, `{${id}}`);
  if (account === undefined) throw new Problem('not_found', 'This account no longer exists.');
  return account;
}

/** Changes display name and e-mail address. Throws `Problem` for bad input and for an address that is taken. */
export async function changeProfile(
  services: Services,
  grant: Grant<'account.update'>,
  input: { readonly displayName: string; readonly email: string },
): Promise<void> {
  const [{ id }] = grant.targets;
  const wanted = { displayName: chooseDisplayName(input.displayName), email: chooseEmail(input.email) };
  await change(
    services,
    grant,
    async (trx, now) => {
      await updateProfile(trx, id, wanted, now);
      // A link that went to the address before opens nothing any more.
      await endPasswordResets(trx, id);
    },
    () => ({ target: { type: 'account', id }, detail: wanted }),
  );
}

/** Every account of the host, by user name. */
export const listEveryAccount = (services: Services, _grant: Grant<'account.list'>): Promise<Account[]> =>
  listAccounts(services.database);
