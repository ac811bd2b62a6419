import type { Participant, PullRequest } from '../../../acts/pull-requests/view.ts';
import { html, type Html } from '../html.ts';
import { plural } from '../repositories/words.ts';
import { visibleName } from '../visible.ts';

const STATES = { open: 'Open', merged: 'Merged', declined: 'Declined' } as const;

/** How it stands, as a sign. */
export const stateSign = ({ state, isDraft }: Pick<PullRequest, 'state' | 'isDraft'>): Html =>
  html`<span class="state state-${state}">${state === 'open' && isDraft ? 'Draft' : STATES[state]}</span>`;

/** From where to where. */
export const branches = ({
  sourceBranch,
  destinationBranch,
}: Pick<PullRequest, 'sourceBranch' | 'destinationBranch'>): Html =>
  html`<span class="branches"><code>${visibleName(sourceBranch)}</code> into <code>${visibleName(destinationBranch)}</code></span>`;

/** What its reviewers and others decided so far, in a few words; '' for nothing. */
export function decisions(participants: readonly Participant[]): string {
  const count = (state: Participant['state']) => participants.filter((each) => each.state === state).length;
  const [approvals, objections] = [count('approved'), count('changes_requested')];
  return [
    approvals > 0 && plural(approvals, 'approval'),
    objections > 0 && (objections === 1 ? 'changes requested' : `changes requested by ${objections}`),
  ]
    .filter((part) => part !== false)
    .join(', ');
}
