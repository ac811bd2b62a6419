import { pullRequestToTell, type PullRequestToTell } from '../../acts/pull-requests/told.ts';
import type { PullRequestEvent } from '../../acts/pull-requests/tell.ts';
import type { Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { timestamp, type Links } from './links.ts';
import { actorObject, pullRequestObject } from './objects/pull-request.ts';
import { pullRequestCommentObject } from './objects/pull-request-comment.ts';
import { repositoryObject } from './objects/repository.ts';

type Part = (links: Links, told: PullRequestToTell) => object;

const nothing: Part = () => ({});

/** When it was decided or taken back, and by whom. */
const decision =
  (name: 'approval' | 'changes_request'): Part =>
  (links, { at, actor }) => ({ [name]: { date: timestamp(at), user: actorObject(links, actor) } });

const comment: Part = (links, { repository, pullRequest, said }) =>
  said === null
    ? {}
    : { comment: pullRequestCommentObject(links, repository, pullRequest, said.comment, said.people) };

/** What each event is told with besides who, where, and the pull request. */
const PARTS: { readonly [Event in PullRequestEvent]: Part } = {
  'pullrequest:created': nothing,
  'pullrequest:updated': nothing,
  'pullrequest:push': nothing,
  'pullrequest:fulfilled': nothing,
  'pullrequest:rejected': nothing,
  'pullrequest:approved': decision('approval'),
  'pullrequest:unapproved': decision('approval'),
  'pullrequest:changes_request_created': decision('changes_request'),
  'pullrequest:changes_request_removed': decision('changes_request'),
  'pullrequest:comment_created': comment,
  'pullrequest:comment_updated': comment,
  'pullrequest:comment_deleted': comment,
  'pullrequest:comment_resolved': comment,
  'pullrequest:comment_reopened': comment,
};

export const isOfPullRequest = (event: string): event is PullRequestEvent => Object.hasOwn(PARTS, event);

/** What is sent of something that happened to a pull request. */
export async function pullRequestPayload(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  links: Links,
  event: PullRequestEvent,
  about: unknown,
): Promise<object> {
  const told = await pullRequestToTell(services, grant, about);
  const { repository, mainBranch, actor, pullRequest, people } = told;
  return {
    actor: actorObject(links, actor),
    repository: repositoryObject(links, repository, { mainBranch }, undefined),
    pullrequest: pullRequestObject(links, repository, pullRequest, people),
    ...PARTS[event](links, told),
  };
}
