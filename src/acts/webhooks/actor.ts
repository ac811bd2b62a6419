import { findAccount } from '../../accounts/index.ts';
import type { Account } from '../../accounts/account.ts';
import { appUserById, type AppUser } from '../../credentials/app-users.ts';
import { consumerById } from '../../oauth/index.ts';
import type { Handle } from '../../store/handle.ts';
import { appUserFrom } from '../oauth/app-user.ts';

/** Who did something, as rows name them. */
export interface ActorRow {
  readonly actor_type: string;
  readonly actor_id: string;
}

export type Actor =
  | { readonly type: 'account'; readonly account: Account }
  | { readonly type: 'app_user'; readonly appUser: AppUser };

/** Null where it was the host itself or an access key, and where there is nobody of that id any more. */
export async function actorNamed(db: Handle, { actor_type, actor_id }: ActorRow): Promise<Actor | null> {
  if (actor_type === 'account') {
    const account = await findAccount(db, `{${actor_id}}`);
    return account === undefined ? null : { type: 'account', account };
  }
  if (actor_type !== 'app_user') return null;
  const appUser = (await appUserById(db, actor_id)) ?? (await consumerById(db, actor_id).then(ofConsumer));
  return appUser === undefined ? null : { type: 'app_user', appUser };
}

const ofConsumer = (consumer: Awaited<ReturnType<typeof consumerById>>): AppUser | undefined =>
  consumer && appUserFrom(consumer);
