import type { Thread } from '../../../acts/pull-requests/threads.ts';
import type { People } from '../../../acts/pull-requests/people.ts';
import type { PullRequestGrant } from '../../../acts/pull-requests/view.ts';
import type { ShownComment, ShownThread } from './comments-view.ts';
import type { LaidOut } from './lay-out.ts';
import { isOwn, mayTakeAway } from './whose.ts';

type Comment = Thread['root'];

/** Threads as a page shows them. @param mayComment whether whoever looks may comment at all */
export async function shownThreads(
  threads: readonly Thread[],
  people: People,
  grant: PullRequestGrant,
  mayComment: boolean,
  laidOut: LaidOut,
): Promise<readonly ShownThread[]> {
  const shown = async (comment: Comment): Promise<ShownComment> => {
    return {
      id: comment.id,
      by: people(comment.author),
      body:
        comment.deletedAt === null ? await laidOut.text(comment.content, `comment-${comment.id}`, 3) : null,
      place: comment.path === null ? null : { path: comment.path, to: comment.to, from: comment.from },
      createdAt: comment.createdAt,
      updatedAt: comment.updatedAt,
      resolved: comment.resolvedAt === null ? null : { by: people(comment.resolver), at: comment.resolvedAt },
      mayChange: mayComment && isOwn(grant, comment.author),
      mayDelete: mayComment && mayTakeAway(grant, comment.author),
    };
  };
  const all: ShownThread[] = [];
  for (const { root, answers, more } of threads) {
    const first = await shown(root);
    const others: ShownComment[] = [];
    for (const answer of answers) others.push(await shown(answer));
    all.push({ root: first, answers: others, more });
  }
  return all;
}
