import type { Account } from '../../accounts/index.ts';
import type { AppUser } from '../../credentials/app-users.ts';
import { appUserOf, type Grant } from '../../gate/index.ts';
import { appUserOfConsumer } from '../oauth/app-user.ts';
import type { Services } from '../../services.ts';
import { viewAccount } from './profile.ts';

/** Who a credential acts as. */
export type Actor =
  | { readonly type: 'account'; readonly account: Account }
  | { readonly type: 'app_user'; readonly appUser: AppUser };

/** The account of the grant, or the app user where an OAuth consumer acts for itself. Throws `Problem` when it is gone. */
export async function viewActor(services: Services, grant: Grant<'account.view'>): Promise<Actor> {
  return appUserOf(grant.principal) === null
    ? { type: 'account', account: await viewAccount(services, grant) }
    : { type: 'app_user', appUser: await appUserOfConsumer(services, grant.targets[0].id) };
}
