import type { NamesAt } from '../../../acts/browse/names-at.ts';
import type { Commit } from '../../../acts/source/commits.ts';
import { shortened } from '../../shared/shortened.ts';
import type { BuildsSign, CommitLineProps } from '../pieces/index.ts';
import { visibleName } from '../visible.ts';
import type { Authors } from './authors.ts';
import type { Links } from './links.ts';

const LONGEST_SUBJECT = 160;

/** The first line of a message, shortened to what fits a list. */
export function subjectOf(message: string, longest = LONGEST_SUBJECT): string {
  const line = message.trimStart().split('\n', 1)[0]?.trim() ?? '';
  return line === '' ? '(no message)' : visibleName(shortened(line, longest));
}

/** What follows the first line. */
export const bodyOf = (message: string): string => message.trim().split('\n').slice(1).join('\n').trim();

export const shortHash = (id: string): string => id.slice(0, 10);

/** When a commit was made. From the text and not from the seconds: these can lie beyond what a calendar holds. */
export const timeOf = ({ date }: { readonly date: string }): Date => new Date(date);

/** The name in a signature, which may be empty. */
export const nameIn = ({ name }: { readonly name: string }): string =>
  name === '' ? 'Somebody' : visibleName(name);

export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [unit, size] =
    bytes < 1024 ** 2
      ? ['KB', bytes / 1024]
      : bytes < 1024 ** 3
        ? ['MB', bytes / 1024 ** 2]
        : ['GB', bytes / 1024 ** 3];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

export const plural = (count: number, word: string): string =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

/** A commit as a line of a list. The name is the one in the commit, or a bot's own where it pushed the commit. */
export function commitLineOf(
  commit: Commit,
  links: Links,
  context: {
    readonly now: Date;
    readonly authors: Authors;
    readonly refs?: ReadonlyMap<string, NamesAt>;
    readonly builds?: ReadonlyMap<string, BuildsSign>;
  },
): CommitLineProps {
  const bot = context.authors.bots.get(commit.id);
  const account = context.authors.people.get(commit.author.email.toLowerCase());
  const named = context.refs?.get(commit.id);
  return {
    hash: commit.id,
    href: links.commit(commit.id),
    subject: subjectOf(commit.message),
    author:
      bot === undefined
        ? { name: nameIn(commit.author), username: account?.username }
        : { name: `${bot.displayName} (bot)`, username: bot.accountId },
    at: timeOf(commit.committer),
    now: context.now,
    builds: context.builds?.get(commit.id),
    refs: named && { names: named.names.map(visibleName), more: named.more },
  };
}
