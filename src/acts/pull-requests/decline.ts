import type { Grant } from '../../gate/index.ts';
import { changeOpen, findPullRequest, noteActivity, updateDetail } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { chooseReason, isClosedAlready } from './choices.ts';
import { holdOpen } from './hold.ts';
import { actorOf } from './people.ts';
import { tellOfPullRequest } from './tell.ts';

/** Closes an open pull request without merging it. The branches stay. Throws `Problem`. */
export async function declinePullRequest(
  services: Services,
  grant: Grant<'pull_request.update'>,
  number: number,
  reason: string,
): Promise<void> {
  const [repository] = grant.targets;
  const chosen = chooseReason(reason);
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdOpen(trx, grant, number, isClosedAlready);
      const by = actorOf(grant);
      const closed = { state: 'declined', by, mergeCommit: null, reason: chosen } as const;
      if (!(await changeOpen(trx, repository.id, number, { closed }, now))) throw isClosedAlready();
      const declined = await findPullRequest(trx, repository.id, number);
      if (declined === undefined) throw new TypeError('What was changed is there.');
      const changes = { status: { old: 'open', new: 'declined' } };
      await noteActivity(trx, declined, 'update', by, now, updateDetail(declined, changes));
      await tellOfPullRequest(trx, 'pullrequest:rejected', declined, by, now);
    },
    () => ({
      target: { type: 'repository', id: repository.id },
      detail: { pull_request: number, declined: true },
    }),
  );
}
