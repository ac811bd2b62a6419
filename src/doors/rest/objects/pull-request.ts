import { z } from 'zod';
import type {
  Actor,
  Participant as ParticipantData,
  People,
  PullRequestState,
  ViewedPullRequest,
} from '../../../acts/pull-requests/view.ts';
import { timestamp, type Links } from '../links.ts';
import { AppUser, appUserObject, User, userObject } from './account.ts';
import { CommitReference, commitReference, Rendered, rendered, renderedInLists } from './commit.ts';
import { linksNamed, to } from './link.ts';
import { CondensedRepository, condensedRepositoryObject, type RepositoryData } from './repository.ts';

/** As long as the hashes of a pull request are at Bitbucket Cloud. */
const HASH_LENGTH = 12;

export const PULL_REQUEST_STATE_NAMES: Readonly<Record<PullRequestState, 'OPEN' | 'MERGED' | 'DECLINED'>> = {
  open: 'OPEN',
  merged: 'MERGED',
  declined: 'DECLINED',
};

/** Who did something: a person, or the app user of a token. */
export const Participating = z.union([User, AppUser]);

export const Participant = z
  .object({
    type: z.literal('participant'),
    user: Participating.nullable().describe('Null where there is nobody of that id any more.'),
    role: z.enum(['REVIEWER', 'PARTICIPANT']),
    approved: z.boolean(),
    state: z.enum(['approved', 'changes_requested']).nullable(),
    participated_on: z.string().nullable(),
  })
  .meta({ id: 'Participant' });

/** One of the two branches, and where it stood last. */
export const PullRequestEnd = z.object({
  branch: z.object({ name: z.string() }),
  commit: CommitReference,
  repository: CondensedRepository,
});

/** A pull request in a list: who reviews it is shown where that is asked for with `fields`. */
export const PullRequest = z
  .object({
    type: z.literal('pullrequest'),
    id: z.number().int(),
    title: z.string(),
    description: z.string(),
    rendered: z.object({ title: Rendered, description: Rendered, reason: Rendered }),
    summary: Rendered,
    state: z.enum(['OPEN', 'MERGED', 'DECLINED']),
    draft: z.boolean(),
    author: Participating.nullable(),
    source: PullRequestEnd,
    destination: PullRequestEnd,
    merge_commit: CommitReference.nullable(),
    close_source_branch: z.boolean(),
    closed_by: Participating.nullable(),
    reason: z.string(),
    comment_count: z.number().int(),
    task_count: z.number().int(),
    created_on: z.string(),
    updated_on: z.string(),
    reviewers: z.array(User).optional(),
    participants: z.array(Participant).optional(),
    links: linksNamed(
      'self',
      'html',
      'commits',
      'approve',
      'request-changes',
      'diff',
      'diffstat',
      'comments',
      'activity',
      'merge',
      'decline',
      'statuses',
    ),
  })
  .meta({ id: 'PullRequest' });

export const actorObject = (links: Links, actor: Actor | null): z.input<typeof Participating> | null =>
  actor === null
    ? null
    : actor.type === 'account'
      ? userObject(links, actor.account)
      : appUserObject(links, actor.appUser);

export const participantObject = (
  links: Links,
  { actor, role, state, participatedAt }: ParticipantData,
  people: People,
): z.input<typeof Participant> => ({
  type: 'participant',
  user: actorObject(links, people(actor)),
  role: role === 'reviewer' ? 'REVIEWER' : 'PARTICIPANT',
  approved: state === 'approved',
  state,
  participated_on: participatedAt === null ? null : timestamp(participatedAt),
});

export const endObject = (
  links: Links,
  repository: RepositoryData,
  branch: string,
  commit: string,
): z.input<typeof PullRequestEnd> => ({
  branch: { name: branch },
  commit: commitReference(links, repository, commit.slice(0, HASH_LENGTH)),
  repository: condensedRepositoryObject(links, repository),
});

/** @param shows what of who takes part is shown of one of many; all of it of one that is read by itself */
export function pullRequestObject(
  links: Links,
  repository: RepositoryData,
  pullRequest: ViewedPullRequest,
  people: People,
  shows?: { readonly reviewers: boolean; readonly participants: boolean },
): z.input<typeof PullRequest> {
  const { number, title, description, participants, reason } = pullRequest;
  const { workspace, slug } = repository;
  const below = (...segments: string[]) =>
    to(links.api('repositories', workspace.slug, slug, 'pullrequests', String(number), ...segments));
  const summary = (shows === undefined ? rendered : renderedInLists)(description);
  return {
    type: 'pullrequest',
    id: number,
    title,
    description,
    rendered: { title: rendered(title), description: summary, reason: rendered(reason) },
    summary,
    state: PULL_REQUEST_STATE_NAMES[pullRequest.state],
    draft: pullRequest.isDraft,
    author: actorObject(links, people(pullRequest.author)),
    source: endObject(links, repository, pullRequest.sourceBranch, pullRequest.sourceCommit),
    destination: endObject(links, repository, pullRequest.destinationBranch, pullRequest.destinationCommit),
    merge_commit:
      pullRequest.mergeCommit === null
        ? null
        : commitReference(links, repository, pullRequest.mergeCommit.slice(0, HASH_LENGTH)),
    close_source_branch: pullRequest.closesSourceBranch,
    closed_by: actorObject(links, people(pullRequest.closedBy)),
    reason,
    comment_count: pullRequest.counts.comments,
    task_count: pullRequest.counts.tasks,
    created_on: timestamp(pullRequest.createdAt),
    updated_on: timestamp(pullRequest.updatedAt),
    ...(shows?.reviewers !== false && { reviewers: reviewersOf(links, participants, people) }),
    ...(shows?.participants !== false && {
      participants: participants.map((each) => participantObject(links, each, people)),
    }),
    links: {
      self: below(),
      html: to(links.page(workspace.slug, slug, 'pull-requests', String(number))),
      commits: below('commits'),
      approve: below('approve'),
      'request-changes': below('request-changes'),
      diff: below('diff'),
      diffstat: below('diffstat'),
      comments: below('comments'),
      activity: below('activity'),
      merge: below('merge'),
      decline: below('decline'),
      statuses: below('statuses'),
    },
  };
}

const reviewersOf = (links: Links, participants: readonly ParticipantData[], people: People) =>
  participants
    .filter(({ role }) => role === 'reviewer')
    .flatMap(({ actor }) => {
      const person = people(actor);
      return person?.type === 'account' ? [userObject(links, person.account)] : [];
    });

/** A pull request inside another object, such as one of its activities. */
export const CondensedPullRequest = z
  .object({
    type: z.literal('pullrequest'),
    id: z.number().int(),
    title: z.string(),
    draft: z.boolean(),
    links: linksNamed('self', 'html'),
  })
  .meta({ id: 'CondensedPullRequest' });

export const condensedPullRequestObject = (
  links: Links,
  repository: Pick<RepositoryData, 'workspace' | 'slug'>,
  { number, title, isDraft }: Pick<ViewedPullRequest, 'number' | 'title' | 'isDraft'>,
): z.input<typeof CondensedPullRequest> => {
  const { workspace, slug } = repository;
  return {
    type: 'pullrequest',
    id: number,
    title,
    draft: isDraft,
    links: {
      self: to(links.api('repositories', workspace.slug, slug, 'pullrequests', String(number))),
      html: to(links.page(workspace.slug, slug, 'pull-requests', String(number))),
    },
  };
};
