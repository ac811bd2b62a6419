import { seenOf, type SeenPullRequest } from '../../../acts/pull-requests/seen.ts';
import type { PullRequest } from '../../../acts/pull-requests/view.ts';
import type { FormInput } from '../form-input.ts';

/** What goes along with a decision, so that it is about what was shown and about nothing else. */
export const seenFields = (pullRequest: PullRequest): Readonly<Record<'source' | 'destination', string>> => {
  const { source, destinationBranch } = seenOf(pullRequest);
  return { source, destination: destinationBranch };
};

/** What went along; undefined where nothing did. */
export function seenIn(input: FormInput): SeenPullRequest | undefined {
  const [source, destinationBranch] = [input.text('source'), input.text('destination')];
  return source === '' || destinationBranch === '' ? undefined : { source, destinationBranch };
}
