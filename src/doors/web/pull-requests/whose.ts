import { actorOf, isSameActor } from '../../../acts/pull-requests/people.ts';
import type { PullRequestActor, PullRequestGrant } from '../../../acts/pull-requests/view.ts';
import { accountOf } from '../../../gate/index.ts';

/** Whether whoever looks at the page said it. */
export const isOwn = (grant: PullRequestGrant, author: PullRequestActor): boolean =>
  accountOf(grant.principal) !== null && isSameActor(author, actorOf(grant));

/** Whether they may take it away: what they said, and as admins of the repository what others did. */
export const mayTakeAway = (grant: PullRequestGrant, author: PullRequestActor): boolean =>
  isOwn(grant, author) || grant.targets[0].role === 'admin';
