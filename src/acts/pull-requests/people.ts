import { accountsOfEach } from '../../accounts/index.ts';
import { appUsersById } from '../../credentials/app-users.ts';
import { accountOf, appUserOf, type AnyGrant } from '../../gate/index.ts';
import { consumersOfEach } from '../../oauth/index.ts';
import type { PullRequestActor } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Actor } from '../accounts/actor.ts';
import { appUserFrom } from '../oauth/app-user.ts';

export type { Actor } from '../accounts/actor.ts';

/** Who stands behind the ids in the rows of one answer; null where there is nobody of that id any more. */
export type People = (actor: PullRequestActor | null) => Actor | null;

/** Looks up all of them at once. */
export async function peopleNamed(
  { database }: Services,
  actors: readonly (PullRequestActor | null)[],
): Promise<People> {
  const idsOf = (type: PullRequestActor['actor_type']) => [
    ...new Set(actors.flatMap((actor) => (actor?.actor_type === type ? actor.actor_id : []))),
  ];
  const accounts = await accountsOfEach(database, idsOf('account'));
  const appUsers = await appUsersById(database, idsOf('app_user'));
  const others = idsOf('app_user').filter((id) => !appUsers.has(id));
  const consumers = await consumersOfEach(database, others);
  return (actor) => {
    if (actor === null) return null;
    if (actor.actor_type === 'account') {
      const account = accounts.get(actor.actor_id);
      return account === undefined ? null : { type: 'account', account };
    }
    const consumer = consumers.get(actor.actor_id);
    const appUser = appUsers.get(actor.actor_id) ?? (consumer && appUserFrom(consumer));
    return appUser === undefined ? null : { type: 'app_user', appUser };
  };
}

/** Who acts, as rows name them: the account behind what was presented, or the bot of a token. Throws `TypeError` for nobody. */
export function actorOf({ principal }: AnyGrant): PullRequestActor {
  const appUser = appUserOf(principal);
  if (appUser !== null) return { actor_type: 'app_user', actor_id: appUser.id };
  const account = accountOf(principal);
  if (account === null) throw new TypeError('Pull requests are changed by somebody.');
  return { actor_type: 'account', actor_id: account.id };
}

export const isSameActor = (one: PullRequestActor, other: PullRequestActor): boolean =>
  one.actor_type === other.actor_type && one.actor_id === other.actor_id;
