import { actorOf, isSameActor } from '../../../acts/pull-requests/people.ts';
import type { ViewedPullRequest } from '../../../acts/pull-requests/view.ts';
import { accountOf, type Grant } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { html, type Renderable } from '../html.ts';
import { hiddenFields } from '../pieces/form.ts';
import { mayAlso } from '../may-also.ts';
import type { Links } from '../repositories/links.ts';
import { REVIEWS } from './review.ts';
import { seenFields } from './seen-fields.ts';

const OFFERED = [
  'pull_request.update',
  'pull_request.review',
  'pull_request.withdraw_review',
  'pull_request.comment',
  'pull_request.merge',
] as const;

/** What whoever looks at a pull request may do about it, as the gate says. */
export type Offers = ReadonlySet<(typeof OFFERED)[number]>;

export const offersOf = (services: Services, grant: Grant<'pull_request.read'>): Promise<Offers> =>
  mayAlso(services, grant, OFFERED);

/** Deciding about it, changing and declining it, while it is open. */
export function headActions(
  pullRequest: ViewedPullRequest,
  offers: Offers,
  grant: Grant<'pull_request.read'>,
  links: Links,
): Renderable {
  const { number, state } = pullRequest;
  if (state !== 'open') return false;
  return html`${reviewActions(pullRequest, offers, grant, links)}${
    offers.has('pull_request.update') &&
    html`<a class="button" href="${links.pullRequest(number, '/change')}">Edit</a><a class="button button-danger-quiet" href="${links.pullRequest(number, '/decline')}" data-asks>Decline</a>`
  }`;
}

/** Approving it and requesting changes, or taking back what one decided. */
function reviewActions(
  pullRequest: ViewedPullRequest,
  offers: Offers,
  grant: Grant<'pull_request.read'>,
  links: Links,
): Renderable {
  if (accountOf(grant.principal) === null) return false;
  const { number, participants } = pullRequest;
  const own = participants.find(({ actor }) => isSameActor(actor, actorOf(grant)))?.state ?? null;
  const button = (decision: keyof typeof REVIEWS, label: string, takingBack: string): Renderable => {
    const isTakenBack = own === decision;
    const needed = isTakenBack ? 'pull_request.withdraw_review' : 'pull_request.review';
    const at = links.pullRequest(number, `/${REVIEWS[decision]}${isTakenBack ? '/take-back' : ''}`);
    return (
      offers.has(needed) &&
      html`<form action="${at}" method="post">${!isTakenBack && hiddenFields(seenFields(pullRequest))}<button type="submit" class="button">${isTakenBack ? takingBack : label}</button></form>`
    );
  };
  return html`${button('approved', 'Approve', 'Take back approval')}${button('changes_requested', 'Request changes', 'Take back request')}`;
}
