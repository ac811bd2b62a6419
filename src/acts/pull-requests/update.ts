import type { AnyGrant, Grant } from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import {
  changeOpen,
  clearReviews,
  noteActivity,
  openBetween,
  participantsOf,
  setReviewers,
  updateDetail,
  type PullRequest,
  type PullRequestChange,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import { findEnds } from './branches.ts';
import { chooseDescription, chooseReviewers, chooseTitle, isClosed } from './choices.ts';
import type { PullRequestInput } from './create.ts';
import { catchUp } from './follow-push.ts';
import { holdOpen } from './hold.ts';
import { actorOf } from './people.ts';
import { tellOfPullRequest } from './tell.ts';
import { pullRequestOf } from './view.ts';

export type PullRequestUpdate = Partial<Omit<PullRequestInput, 'sourceBranch'>>;

type Said = Omit<PullRequestChange, 'closed'>;

/** Changes what is given of an open pull request and leaves the rest. Throws `Problem`. */
export async function updatePullRequest(
  services: Services,
  grant: Grant<'pull_request.update'>,
  number: number,
  input: PullRequestUpdate,
): Promise<void> {
  const [repository] = grant.targets;
  const present = await pullRequestOf(services, grant, number);
  if (present.state !== 'open') throw isClosed();
  const before = await reviewersOf(services.database, present);
  const reviewers =
    input.reviewers === undefined
      ? undefined
      : await chooseReviewers(services, grant, input.reviewers, present.author, before);
  const { destinationBranch } = input;
  const isElsewhere = destinationBranch !== undefined && destinationBranch !== present.destinationBranch;
  const ends = isElsewhere
    ? await findEnds(services, grant, present.sourceBranch, destinationBranch)
    : undefined;
  const said: Said = {
    ...(input.title !== undefined && { title: chooseTitle(input.title) }),
    ...(input.description !== undefined && { description: chooseDescription(input.description) }),
    ...(input.isDraft !== undefined && { isDraft: input.isDraft }),
    ...(input.closesSourceBranch !== undefined && { closesSourceBranch: input.closesSourceBranch }),
    ...(ends !== undefined && {
      destinationBranch: ends.destinationBranch,
      destinationCommit: ends.destinationCommit,
    }),
  };
  await change(
    services,
    grant,
    async (trx, now) => {
      const found = await holdOpen(trx, grant, number);
      if (ends !== undefined && (await openBetween(trx, repository.id, ends)) !== undefined) {
        throw invalid(
          'destination',
          'There is an open pull request between these two branches already: change that one.',
        );
      }
      return save(trx, grant, found, said, reviewers, now);
    },
    (changed) =>
      changed.length === 0
        ? null
        : { target: { type: 'repository', id: repository.id }, detail: { pull_request: number, changed } },
  );
  if (ends !== undefined) await catchUp(services, grant, { ...present, ...ends });
}

/**
 * Writes what is said of a pull request that is open, with what follows from it. Wants a transaction that holds the
 * repository.
 * @param reviewers ids of accounts; undefined leaves them as they are
 * @returns the names of what changed; nothing is written where nothing did
 */
export async function save(
  trx: Handle,
  grant: AnyGrant,
  present: PullRequest,
  said: Said,
  reviewers: readonly string[] | undefined,
  now: number,
): Promise<string[]> {
  const { repositoryId, number } = present;
  const changes = changesOf(present, said);
  const before = await reviewersOf(trx, present);
  const isSame = reviewers === undefined || sorted(reviewers) === sorted(before);
  if (Object.keys(changes).length === 0 && isSame) return [];
  if (!(await changeOpen(trx, repositoryId, number, said, now))) throw isClosed();
  if (!isSame) await setReviewers(trx, present, reviewers);
  // Whoever approved that it goes to one branch said nothing about another, which may be protected by rules of its own.
  if ('destination' in changes) await clearReviews(trx, present, 'approved');
  const actor = actorOf(grant);
  await noteActivity(trx, present, 'update', actor, now, updateDetail({ ...present, ...said }, changes));
  await tellOfPullRequest(trx, 'pullrequest:updated', present, actor, now);
  return [...Object.keys(changes), ...(isSame ? [] : ['reviewers'])];
}

const sorted = (ids: readonly string[]): string => ids.toSorted().join();

async function reviewersOf(db: Handle, { repositoryId, number }: PullRequest): Promise<string[]> {
  const participants = (await participantsOf(db, repositoryId, [number])).get(number) ?? [];
  return participants.filter(({ role }) => role === 'reviewer').map(({ actor }) => actor.actor_id);
}

/** By the names that the activity of Bitbucket Cloud has for them. */
function changesOf(present: PullRequest, said: Said): Record<string, { old: string; new: string }> {
  const named = {
    title: [present.title, said.title],
    description: [present.description, said.description],
    draft: [present.isDraft, said.isDraft],
    destination: [present.destinationBranch, said.destinationBranch],
    close_source_branch: [present.closesSourceBranch, said.closesSourceBranch],
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, [old, now]]) =>
      now === undefined || now === old ? [] : [[name, { old: String(old), new: String(now) }]],
    ),
  );
}
