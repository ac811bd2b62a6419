import {
  accountRowById,
  chooseDisplayName,
  chooseEmail,
  endPasswordResets,
  findAccount,
  pageOfAccounts,
  setWantsMail,
  updateProfile,
  wantsMail,
  type Account,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { tell, type About } from './tell.ts';

type AccountGrant =
  | Grant<'account.view'>
  | Grant<'user.view'>
  | Grant<'account.emails'>
  | Grant<'account.update'>
  | Grant<'ssh_key.list'>
  | Grant<'site.home'>;

/** The account of the grant. */
export async function viewAccount(services: Services, grant: AccountGrant): Promise<Account> {
  const [{ id }] = grant.targets;
  const account = await findAccount(services.database, `{${id}}`);
  if (account === undefined) throw new Problem('not_found', 'This account no longer exists.');
  return account;
}

/**
 * Changes display name, e-mail address, and whether somebody is told of pull requests by mail. Another address is told to the former one, since whatever opens the account goes
 * to the new one from then on. Throws `Problem` for bad input and for an address that is taken.
 */
export async function changeProfile(
  services: Services,
  grant: Grant<'account.update'>,
  input: {
    readonly displayName: string;
    readonly email: string;
    /** Left out, it stays. */
    readonly wantsPullRequestMail?: boolean;
  },
): Promise<void> {
  const [{ id }] = grant.targets;
  const present = await viewAccount(services, grant);
  const wanted = {
    displayName: chooseDisplayName(input.displayName),
    // One that is kept is not judged again: what may be chosen changes with the address of the host.
    email:
      input.email === present.email ? present.email : chooseEmail(input.email, services.settings.botHost),
  };
  const { wantsPullRequestMail } = input;
  await change(
    services,
    grant,
    async (trx, now) => {
      const former = await accountRowById(trx, id);
      if (former?.email !== wanted.email) {
        // Before the row changes, so that it goes where the account's messages went until now.
        const facts = (about: About) => ({ ...about, address: wanted.email });
        await tell(trx, services, grant, id, 'address changed', facts, now);
        // A link that went there opens nothing any more.
        await endPasswordResets(trx, id);
      }
      await updateProfile(trx, id, wanted, now);
      if (wantsPullRequestMail !== undefined)
        await setWantsMail(trx, id, 'pull_requests', wantsPullRequestMail);
    },
    () => ({
      target: { type: 'account', id },
      detail: { ...wanted, ...(wantsPullRequestMail !== undefined && { wantsPullRequestMail }) },
    }),
  );
}

/** Whether the account of the grant is told of pull requests by mail. */
export const viewWantsPullRequestMail = (
  { database }: Services,
  { targets: [{ id }] }: Grant<'account.view'>,
): Promise<boolean> => wantsMail(database, id, 'pull_requests');

/** A page of the accounts of the host with these letters in a name or e-mail address, by user name. */
export const viewAccounts = (
  services: Services,
  _grant: Grant<'account.list'>,
  which: Parameters<typeof pageOfAccounts>[1],
): ReturnType<typeof pageOfAccounts> => pageOfAccounts(services.database, which);
