import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { viewChanges } from '../../../acts/browse/changes.ts';
import { viewOverview } from '../../../acts/browse/overview.ts';
import { viewBranchChoices, viewReviewerCandidates } from '../../../acts/pull-requests/candidates.ts';
import { createPullRequest } from '../../../acts/pull-requests/create.ts';
import { listDefaultReviewers } from '../../../acts/pull-requests/default-reviewers.ts';
import { actorOf } from '../../../acts/pull-requests/people.ts';
import { previewPullRequest } from '../../../acts/pull-requests/preview.ts';
import type { Grant } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { authorsOf } from '../repositories/authors.ts';
import { repositoryPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { bodyOf, commitLineOf, subjectOf } from '../repositories/words.ts';
import { errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, queryText, type PagesOptions } from '../route.ts';
import { typedPullRequest, type TypedPullRequest } from './fields.ts';
import { newBody, type NewProps } from './new-view.ts';
import { PULL_REQUESTS } from './place.ts';

const LONGEST_TITLE = 255;

/** Creating a pull request: which branches, what that would be, and the form. */
export function newPullRequestPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.create', toRepository);

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedPullRequest,
    compared: NewProps['compared'],
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.create');
    const [facts] = grant.targets;
    const wrongIn = (name: 'source' | 'destination') =>
      errorIn(problem, name) === undefined ? '' : typed[name];
    const [source, destination, candidates] = await Promise.all([
      viewBranchChoices(services, grant, wrongIn('source')),
      viewBranchChoices(services, grant, wrongIn('destination')),
      viewReviewerCandidates(services, grant, actorOf(grant)),
    ]);
    const links = linksOf(facts);
    const branches = { source, destination };
    const body = newBody({ links, typed, branches, candidates, compared, problem });
    const page = repositoryPage(facts, 'pull-requests', { title: 'Create pull request', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${PULL_REQUESTS}/new`, route, async (request, reply) => {
    const grant = grantOf(request, 'pull_request.create');
    const { branch } = await viewOverview(services, grant);
    const typed: TypedPullRequest = {
      title: '',
      description: '',
      source: queryText(request, 'source').trim(),
      destination: queryText(request, 'destination').trim() || (branch ?? ''),
      reviewers: [],
      isDraft: false,
      closesSourceBranch: false,
    };
    if (typed.source === '') return show(request, reply, typed, undefined);
    return orShowAgain(
      async () => {
        const compared = await compare(services, grant, typed);
        const { commits, hasMoreCommits } = compared.preview;
        const [only] = commits.length === 1 && !hasMoreCommits ? commits : [];
        const asked = await listDefaultReviewers(services, grant);
        const filled: TypedPullRequest = {
          ...typed,
          ...(only !== undefined && {
            title: subjectOf(only.message, LONGEST_TITLE - 1),
            description: bodyOf(only.message),
          }),
          reviewers: asked.map(({ username }) => username),
        };
        return show(request, reply, filled, compared);
      },
      (problem) => show(request, reply, typed, undefined, problem),
    );
  });

  app.post(`${PULL_REQUESTS}/new`, route, async (request, reply) => {
    const grant = grantOf(request, 'pull_request.create');
    const typed = typedPullRequest(formOf(request));
    return orShowAgain(
      async () => {
        const { number } = await createPullRequest(services, grant, {
          title: typed.title,
          description: typed.description,
          sourceBranch: typed.source,
          destinationBranch: typed.destination,
          reviewers: typed.reviewers,
          closesSourceBranch: typed.closesSourceBranch,
          isDraft: typed.isDraft,
        });
        const to = linksOf(grant.targets[0]).pullRequest(number);
        return redirectTo(services, request, reply, to, 'pull-request-created');
      },
      async (problem) =>
        show(request, reply, typed, await compare(services, grant, typed).catch(withoutComparison), problem),
    );
  });
}

const withoutComparison = (error: unknown): undefined => {
  if (!(error instanceof Problem)) throw error;
  return undefined;
};

async function compare(
  services: Services,
  grant: Grant<'pull_request.create'>,
  { source, destination }: TypedPullRequest,
): Promise<NonNullable<NewProps['compared']>> {
  const [facts] = grant.targets;
  const preview = await previewPullRequest(services, grant, { source, destination });
  const [changes, authors] = await Promise.all([
    viewChanges(services, grant, preview.comparison),
    authorsOf(services, grant, preview.commits),
  ]);
  const links = linksOf(facts);
  const context = { now: new Date(services.clock()), authors };
  return {
    preview,
    changes,
    commits: preview.commits.map((commit) => commitLineOf(commit, links, context)),
  };
}
