import { commentsById, outlineOf, type Comment, type ThreadOutline } from '../../pull-requests/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Window } from '../paged.ts';
import { peopleNamed, type People } from './people.ts';
import type { PullRequestGrant } from './view.ts';

/** A comment with what was answered to it and to its answers. */
export interface Thread {
  readonly root: Comment;
  /** The oldest first; the first of them. */
  readonly answers: readonly Comment[];
  /** How many more there are. */
  readonly more: number;
}

export interface ThreadPage {
  readonly threads: readonly Thread[];
  /** How many there are in all. */
  readonly size: number;
  readonly people: People;
}

/** Of one thread among others. */
const MOST_ANSWERS = 10;

/** What was said of a pull request, by threads, the newest first. @param inline only of files and their lines */
export async function viewThreads(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  { offset, limit }: Window,
  { inline = false }: { readonly inline?: boolean } = {},
): Promise<ThreadPage> {
  const [{ id: repositoryId }] = grant.targets;
  const all = await outlineOf(services.database, { repositoryId, number });
  const chosen = inline ? all.filter(({ root }) => root.isInline) : all;
  const page = chosen.slice(offset, offset + limit);
  return {
    ...(await read(services, { repositoryId, number }, page, [0, MOST_ANSWERS])),
    size: chosen.length,
  };
}

/** The thread that a comment belongs to, with a page of its answers. Throws `Problem` where nothing of it is left. */
export async function viewThread(
  services: Services,
  grant: PullRequestGrant,
  number: number,
  comment: number,
  { offset, limit }: Window,
): Promise<{ readonly thread: Thread; readonly size: number; readonly people: People }> {
  const [{ id: repositoryId }] = grant.targets;
  const all = await outlineOf(services.database, { repositoryId, number });
  const found = all.find(({ root, answers }) => root.id === comment || answers.includes(comment));
  if (found === undefined) throw new Problem('not_found', 'There is no comment of this number.');
  const { threads, people } = await read(
    services,
    { repositoryId, number },
    [found],
    [offset, offset + limit],
  );
  const [thread] = threads;
  if (thread === undefined) throw new Problem('not_found', 'There is no comment of this number.');
  return { thread: { ...thread, more: 0 }, size: found.answers.length, people };
}

async function read(
  services: Services,
  place: { readonly repositoryId: string; readonly number: number },
  outlines: readonly ThreadOutline[],
  shown: readonly [from: number, to: number],
): Promise<Omit<ThreadPage, 'size'>> {
  const ids = outlines.flatMap(({ root, answers }) => [root.id, ...answers.slice(...shown)]);
  const comments = await commentsById(services.database, place, ids);
  const people = await peopleNamed(
    services,
    [...comments.values()].flatMap(({ author, resolver }) => [author, resolver]),
  );
  const threads = outlines.flatMap(({ root, answers }): Thread[] => {
    const first = comments.get(root.id);
    if (first === undefined) return [];
    const part = answers.slice(...shown);
    return [
      {
        root: first,
        answers: part.flatMap((id) => comments.get(id) ?? []),
        more: answers.length - part.length,
      },
    ];
  });
  return { threads, people };
}
