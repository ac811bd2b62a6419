import { invalid } from '../../problem.ts';
import { isSameActor, type People } from './people.ts';
import type { ViewedPullRequest } from './view.ts';

/** As Bitbucket Cloud has it. */
const LONGEST_MESSAGE = 128 * 1024;

/** What the commit of a merge says where nobody says otherwise: what was merged, and who approved of it. */
export function defaultMergeMessage(
  { sourceBranch, number, title, author, participants }: ViewedPullRequest,
  people: People,
): string {
  const approving = participants.filter(
    ({ actor, state }) =>
      // A bot may be called like a person.
      state === 'approved' && actor.actor_type === 'account' && !isSameActor(actor, author),
  );
  const names = approving.flatMap(({ actor }) => {
    const person = people(actor);
    return person?.type === 'account' ? person.account.displayName : [];
  });
  return [
    `Merged in ${sourceBranch} (pull request #${number})`,
    '',
    title,
    ...(names.length > 0 ? ['', ...names.map((name) => `Approved-by: ${name}`)] : []),
    '',
  ].join('\n');
}

/** The message that somebody gives a merge; undefined where they say nothing. Throws `Problem`. */
export function chooseMergeMessage(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  if (text.includes('\0')) throw invalid('message', 'A message holds no zero bytes: leave them out.');
  if (Buffer.byteLength(text) > LONGEST_MESSAGE)
    throw invalid('message', `A message has at most ${LONGEST_MESSAGE} bytes: shorten it.`);
  // Forms come with the line ends of mail.
  return text.toWellFormed().replaceAll('\r\n', '\n');
}
