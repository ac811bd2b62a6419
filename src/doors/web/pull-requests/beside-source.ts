import type { FastifyRequest } from 'fastify';
import { openPullRequestsFrom, pullRequestsEndingAt } from '../../../acts/pull-requests/beside-source.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { toRepository } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import { html, type Renderable } from '../html.ts';
import { mayAlso } from '../may-also.ts';
import type { Links } from '../repositories/links.ts';
import { parameter } from '../route.ts';
import { visibleName } from '../visible.ts';

/** The open pull requests from branches that a page shows, and whether whoever looks may create more. */
export interface BesideBranches {
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  readonly mayCreate: boolean;
}

export async function besideBranches(
  services: Services,
  request: FastifyRequest,
  branches: readonly string[],
): Promise<BesideBranches> {
  const grant = await enterToRead(services, request);
  const [numbers, may] = await Promise.all([
    openPullRequestsFrom(services, grant, branches),
    mayAlso(services, grant, ['pull_request.create']),
  ]);
  return { numbers, mayCreate: may.has('pull_request.create') };
}

const enterToRead = (services: Services, request: FastifyRequest): Promise<Grant<'pull_request.read'>> => {
  const here = { workspace: parameter(request, 'workspace'), repository: parameter(request, 'repository') };
  return enterAlso(services, request, 'pull_request.read', toRepository(here));
};

/** What a commit was proposed by, and what it merged; undefined for nothing. */
export async function besideCommit(
  services: Services,
  request: FastifyRequest,
  commit: string,
  links: Links,
): Promise<Renderable> {
  const grant = await enterToRead(services, request);
  const found = await pullRequestsEndingAt(services, grant, commit, FEW + 1);
  if (found.length === 0) return undefined;
  return html`${found
    .slice(0, FEW)
    .map(
      ({ number, title }, index) =>
        html`${index > 0 && ', '}<a href="${links.pullRequest(number)}">#${number} ${visibleName(title)}</a>`,
    )}${found.length > FEW && ' and more'}`;
}

/** There may be one into each other branch. */
const FEW = 3;

/** Links to the open ones from a branch, or to creating one. */
export function branchLinks(
  links: Links,
  branch: string,
  { numbers, mayCreate }: BesideBranches,
  words: 'short' | 'whole',
): Renderable {
  const open = numbers.get(branch);
  if (open !== undefined)
    return html`${open
      .slice(0, FEW)
      .map(
        (number, index) =>
          html`${index > 0 && ', '}<a href="${links.pullRequest(number)}">${words === 'whole' && index === 0 && 'Pull request '}#${number}</a>`,
      )}${open.length > FEW && ` and ${open.length - FEW} more`}`;
  return (
    mayCreate &&
    html`<a class="button ${words === 'short' ? 'button-small' : 'button-quiet'}" href="${links.newPullRequest(branch)}" aria-label="Create pull request from ${visibleName(branch)}">${words === 'short' ? 'Create' : 'Create pull request'}</a>`
  );
}
