import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import {
  noteActivity,
  participantsOf,
  takePart,
  touchPullRequest,
  type Participant,
  type ReviewState,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { holdOpen } from './hold.ts';
import { actorOf, isSameActor } from './people.ts';
import { refuseUnseen, type SeenPullRequest } from './seen.ts';
import { tellOfPullRequest, type PullRequestEvent } from './tell.ts';

export type { ReviewState } from '../../pull-requests/index.ts';

const TOLD: Readonly<Record<ReviewState, Readonly<Record<'made' | 'withdrawn', PullRequestEvent>>>> = {
  approved: { made: 'pullrequest:approved', withdrawn: 'pullrequest:unapproved' },
  changes_requested: {
    made: 'pullrequest:changes_request_created',
    withdrawn: 'pullrequest:changes_request_removed',
  },
};
const ACTIVITY = { approved: 'approval', changes_requested: 'changes_requested' } as const;
const NOTHING_TO_WITHDRAW: Readonly<Record<ReviewState, string>> = {
  approved: 'You have not approved this pull request.',
  changes_requested: 'You have not asked for changes of this pull request.',
};

/**
 * Approves a pull request, or asks for changes of it; whoever did the one before does the other now. Throws `Problem`.
 * @param seen what whoever decides looked at; another one is not decided about instead
 */
export async function reviewPullRequest(
  services: Services,
  grant: Grant<'pull_request.review'>,
  number: number,
  state: ReviewState,
  seen?: SeenPullRequest,
): Promise<Participant> {
  const [{ id: repositoryId }] = grant.targets;
  const place = { repositoryId, number };
  const actor = actorOf(grant);
  await change(
    services,
    grant,
    async (trx, now) => {
      const found = await holdOpen(trx, grant, number);
      if (seen !== undefined) refuseUnseen(seen, found);
      const before = await takePart(trx, place, actor, now, state);
      if (before === state) return false;
      if (before !== null) await tellOfPullRequest(trx, TOLD[before].withdrawn, place, actor, now);
      await touchPullRequest(trx, repositoryId, number, now);
      await noteActivity(trx, place, ACTIVITY[state], actor, now);
      await tellOfPullRequest(trx, TOLD[state].made, place, actor, now);
      return true;
    },
    (isNew) =>
      isNew
        ? { target: { type: 'repository', id: repositoryId }, detail: { pull_request: number, state } }
        : null,
  );
  const participants = (await participantsOf(services.database, repositoryId, [number])).get(number) ?? [];
  const own = participants.find((each) => isSameActor(each.actor, actor));
  if (own === undefined) throw new TypeError('Whoever takes part is a participant.');
  return own;
}

/** Takes back an approval, or that changes were asked for. Throws `Problem` where there is nothing of the kind. */
export async function withdrawReview(
  services: Services,
  grant: Grant<'pull_request.withdraw_review'>,
  number: number,
  state: ReviewState,
): Promise<void> {
  const [{ id: repositoryId }] = grant.targets;
  const place = { repositoryId, number };
  const actor = actorOf(grant);
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdOpen(trx, grant, number);
      const participants = (await participantsOf(trx, repositoryId, [number])).get(number) ?? [];
      const own = participants.find((each) => isSameActor(each.actor, actor));
      if (own?.state !== state) throw new Problem('invalid', NOTHING_TO_WITHDRAW[state]);
      await takePart(trx, place, actor, now, null);
      await touchPullRequest(trx, repositoryId, number, now);
      await tellOfPullRequest(trx, TOLD[state].withdrawn, place, actor, now);
    },
    () => ({
      target: { type: 'repository', id: repositoryId },
      detail: { pull_request: number, withdrawn: state },
    }),
  );
}
