import { z } from 'zod';
import type { Grant } from '../../gate/index.ts';
import type { Repository } from '../../hosting/index.ts';
import { openForReading } from '../../git/open.ts';
import type { Services } from '../../services.ts';
import { mainBranchOf, viewRepository } from '../repositories/view.ts';
import { viewComment, type Comment } from './comments.ts';
import type { Actor } from './people.ts';
import type { ToldPullRequest } from './tell.ts';
import { pullRequestOf, withPeople, type People, type ViewedPullRequest } from './view.ts';

const Told: z.ZodType<ToldPullRequest> = z.object({
  number: z.number(),
  actor: z.object({ actor_type: z.enum(['account', 'app_user']), actor_id: z.string() }).nullable(),
  at: z.number(),
  comment: z.number().exactOptional(),
});

export interface PullRequestToTell {
  readonly repository: Repository;
  readonly mainBranch: string | null;
  /** Null for the host itself, and for who pushes with an access key. */
  readonly actor: Actor | null;
  /** When it happened. */
  readonly at: number;
  /** As it stands when it is told. */
  readonly pullRequest: ViewedPullRequest;
  readonly people: People;
  /** What an event about a comment is about, as it stands when it is told, and who stands behind its ids. */
  readonly said: { readonly comment: Comment; readonly people: People } | null;
}

/** What is told of something that happened to a pull request. */
export async function pullRequestToTell(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  about: unknown,
): Promise<PullRequestToTell> {
  const { number, actor, at, comment } = Told.parse(about);
  const present = await pullRequestOf(services, grant, number);
  const { pullRequests, people } = await withPeople(services, grant, [present], [actor]);
  const [pullRequest] = pullRequests;
  if (pullRequest === undefined) throw new TypeError('One stays one.');
  const handle = await openForReading(services.storage, grant);
  return {
    repository: await viewRepository(services, grant),
    mainBranch: await mainBranchOf(services, handle),
    actor: people(actor),
    at,
    pullRequest,
    people,
    said: comment === undefined ? null : await viewComment(services, grant, number, comment),
  };
}
