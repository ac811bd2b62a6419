import type { Grant } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import {
  insertPullRequest,
  noteActivity,
  openAt,
  openBetween,
  setReviewers,
  takePart,
  updateDetail,
  type PullRequest,
} from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { findEnds } from './branches.ts';
import { chooseDescription, chooseReviewers, chooseTitle } from './choices.ts';
import { catchUp } from './follow-push.ts';
import { actorOf } from './people.ts';
import { tellOfPullRequest } from './tell.ts';
import { save } from './update.ts';
import { pullRequestOf } from './view.ts';

/** A push of the branch is told of in each of them. */
const MOST_OF_ONE_SOURCE = 50;

export interface PullRequestInput {
  readonly title: string;
  readonly description?: string;
  readonly sourceBranch: string;
  /** The main branch where it is left out. */
  readonly destinationBranch?: string;
  /** As clients name them: `{uuid}`, account id or user name. */
  readonly reviewers?: readonly string[];
  readonly closesSourceBranch?: boolean;
  readonly isDraft?: boolean;
}

/**
 * Asks that a branch be merged into another one of the grant's repository. Where that is asked for already, the pull
 * request that is open is given what is asked now, as Bitbucket Cloud does. Throws `Problem`.
 */
export async function createPullRequest(
  services: Services,
  grant: Grant<'pull_request.create'>,
  input: PullRequestInput,
): Promise<PullRequest> {
  const [repository] = grant.targets;
  const author = actorOf(grant);
  const title = chooseTitle(input.title);
  const description = chooseDescription(input.description ?? '');
  const ends = await findEnds(services, grant, input.sourceBranch, input.destinationBranch);
  const reviewers = await chooseReviewers(services, grant, input.reviewers ?? [], author);
  const { pullRequest } = await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      const present = await openBetween(trx, repository.id, ends);
      if (present !== undefined) {
        const said = {
          title,
          ...(input.description !== undefined && { description }),
          ...(input.closesSourceBranch !== undefined && { closesSourceBranch: input.closesSourceBranch }),
          ...(input.isDraft !== undefined && { isDraft: input.isDraft }),
        };
        // Its author may be somebody else, who does not review it either.
        const others = reviewers.filter((id) => id !== present.author.actor_id);
        await save(trx, grant, present, said, input.reviewers === undefined ? undefined : others, now);
        return { pullRequest: present, isNew: false };
      }
      if (
        (await openAt(trx, repository.id, 'source_branch', [ends.sourceBranch])).length >= MOST_OF_ONE_SOURCE
      ) {
        throw new Problem(
          'conflict',
          `At most ${MOST_OF_ONE_SOURCE} pull requests from one branch are open at a time: merge or decline some of them.`,
        );
      }
      const made = await insertPullRequest(
        trx,
        {
          repositoryId: repository.id,
          title,
          description,
          ...ends,
          isDraft: input.isDraft ?? false,
          closesSourceBranch: input.closesSourceBranch ?? false,
          author,
          credentialId: grant.principal.type === 'credential' ? grant.principal.credentialId : null,
        },
        now,
      );
      await takePart(trx, made, author, now);
      await setReviewers(trx, made, reviewers);
      await noteActivity(trx, made, 'update', author, now, updateDetail(made));
      await tellOfPullRequest(trx, 'pullrequest:created', made, author, now);
      return { pullRequest: made, isNew: true };
    },
    ({ pullRequest: { number }, isNew }) => ({
      target: { type: 'repository', id: repository.id },
      detail: { pull_request: number, source: ends.sourceBranch, destination: ends.destinationBranch, isNew },
    }),
  );
  await catchUp(services, grant, pullRequest);
  return pullRequestOf(services, grant, pullRequest.number);
}
