import { findAccount, type Account } from '../../accounts/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { PullRequestActor } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { enteringByRole } from './entering-by-role.ts';
import type { PullRequestGrant } from './view.ts';

/** In characters, as Bitbucket Cloud has it; clients cut a description to fifty thousand. */
const LONGEST_TITLE = 255;
const LONGEST_DESCRIPTION = 50_000;
/** In bytes. */
const LONGEST_TEXT = 32 * 1024;
const LONGEST_REASON = 1000;
const MOST_REVIEWERS = 100;

/** Throws `Problem` for none, one of several lines, and one that is too long. */
export function chooseTitle(text: string): string {
  const title = text.trim().normalize('NFC');
  if (title === '') throw invalid('title', 'This field is required.');
  if (Array.from(title).length > LONGEST_TITLE)
    throw invalid('title', `A title has at most ${LONGEST_TITLE} characters.`);
  if (!/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u.test(title))
    throw invalid('title', 'A title is one line without control characters.');
  return title;
}

/** What is written as Markdown. Line ends are those of Unix. Throws `Problem`. */
export function chooseText(field: string, text: string): string {
  if (Buffer.byteLength(text) > LONGEST_TEXT)
    throw invalid(field, `This is longer than the ${LONGEST_TEXT} bytes that are kept: put it in a file.`);
  return kept(field, text);
}

/** The same of what a pull request says of itself, which may be longer. */
export function chooseDescription(text: string): string {
  if (text.length > LONGEST_DESCRIPTION) {
    throw invalid(
      'description',
      `This is longer than the ${LONGEST_DESCRIPTION} characters that are kept: put it in a file.`,
    );
  }
  return kept('description', text);
}

function kept(field: string, text: string): string {
  // PostgreSQL keeps no zero bytes.
  if (text.includes('\0') || !text.isWellFormed())
    throw invalid(field, 'This holds a zero byte or half a character: leave it out.');
  return text.replaceAll('\r\n', '\n');
}

export function chooseReason(text: string): string {
  if (Array.from(text).length > LONGEST_REASON)
    throw invalid('reason', `A reason has at most ${LONGEST_REASON} characters.`);
  return chooseText('reason', text).trim();
}

/**
 * The ids of the accounts that clients name as reviewers, by `{uuid}`, account id or user name; each once. Whoever has no
 * role on the repository is told of like whoever is not there, and the author reviews by nobody's asking.
 * Throws `Problem` for one who cannot be asked.
 *
 * @param before who is asked already, and stays although they may not enter any more
 */
export async function chooseReviewers(
  services: Services,
  { targets: [repository] }: PullRequestGrant,
  names: readonly string[],
  author: PullRequestActor,
  before: readonly string[] = [],
): Promise<string[]> {
  if (names.length > MOST_REVIEWERS)
    throw invalid('reviewers', `A pull request has at most ${MOST_REVIEWERS} reviewers.`);
  const named: (readonly [string, Account | undefined])[] = [];
  for (const name of names) named.push([name, await findAccount(services.database, name.trim())]);
  const people = named.flatMap(([, account]) => account ?? []);
  const entering = await enteringByRole(services.database, repository.id, people);
  const ids = new Set<string>();
  for (const [name, account] of named) {
    // In the words by which clients tell one from the other.
    if (account === undefined || !(before.includes(account.id) || entering.has(account.id))) {
      throw new Problem(
        'invalid',
        `${JSON.stringify(name.slice(0, 100))} is nobody with a role on this repository: reviewers are named by their {uuid}.`,
        { fields: { reviewers: ['Malformed reviewers list'] } },
      );
    }
    if (author.actor_type === 'account' && author.actor_id === account.id) {
      const sentence = `${account.displayName} is the author and cannot be included as a reviewer.`;
      throw new Problem('invalid', sentence, { fields: { reviewers: [sentence] } });
    }
    ids.add(account.id);
  }
  return [...ids];
}

/** A pull request that is merged or declined stays as it is. In Bitbucket Cloud's words, as the next one. */
export const isClosed = (): Problem => new Problem('invalid', 'Can only update an open pull request.');

/** The same for whoever wants to close it. */
export const isClosedAlready = (): Problem => invalid('newstatus', 'This pull request is already closed.');
