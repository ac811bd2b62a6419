import { z } from 'zod';
import {
  isMergeStrategy,
  MERGE_STRATEGIES,
  mergePullRequest,
  USUAL_STRATEGY,
  type MergeInput,
} from '../../../acts/pull-requests/merge.ts';
import { viewPullRequest } from '../../../acts/pull-requests/view.ts';
import { invalid, Problem } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import type { Links } from '../links.ts';
import { linksNamed } from '../objects/link.ts';
import { PullRequest } from '../objects/pull-request.ts';
import { fieldsParameter } from '../paging.ts';
import { termsOf } from '../push-terms.ts';
import { readFlag } from '../read-flag.ts';
import { numberOf, PULL_REQUESTS, PullRequestParameters, shownPullRequest } from './pull-requests.ts';

const TaskParameters = PullRequestParameters.extend({
  task: z.string().describe('As it stands in Location.'),
});

const Body = z
  .object({
    type: z.string().nullish(),
    message: z
      .string()
      .nullish()
      .describe('Of the commit; what was merged and who approved when it is left out.'),
    close_source_branch: z.boolean().nullish().describe('As the pull request says when it is left out.'),
    merge_strategy: z
      .string()
      .nullish()
      .describe(`${MERGE_STRATEGIES.join(', ')}; ${USUAL_STRATEGY} when it is left out.`),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'How it is to be merged.' });

const MergeTask = z
  .object({
    task_status: z.literal('SUCCESS'),
    links: linksNamed('self'),
    merge_result: PullRequest,
  })
  .meta({ id: 'MergeTask' });

const MERGE = `${PULL_REQUESTS}/:id/merge`;

/** Merging a pull request. */
export function addPullRequestMergeRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;

  app.post(
    MERGE,
    {
      config: policy('pull_request.merge', toRepository),
      schema: {
        summary: 'Merge a pull request',
        description:
          'The destination is pushed: what confines pushes of the credential holds for it, and branch restrictions on merging. Nothing of the files conflicts, or it answers 409 with their paths in data. With close_source_branch the source branch is deleted then, by a push of its own; where that is refused it stays, and the merge as well.',
        params: PullRequestParameters,
        querystring: z.object({
          fields: fieldsParameter,
          async: z
            .string()
            .optional()
            .describe(
              'With true it answers 202 and not the pull request: Location leads to what became of it. It is merged by then all the same, or refused.',
            ),
        }),
        body: Body,
        response: {
          200: PullRequest,
          202: z.undefined().describe('It is merged.'),
          default: ErrorEnvelope,
        },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'pull_request.merge');
      const isAsync = readFlag('async', request.query.async, false);
      const number = numberOf(request.params);
      const terms = termsOf(services, grant, reply);
      const merged = await mergePullRequest(services, grant, number, inputFrom(request.body), terms);
      const links = linksOf(request);
      if (!isAsync) return shownPullRequest(context, request, grant, number);
      const location = taskLink(links, grant.targets[0], number, merged.mergeCommit ?? '');
      return reply.code(202).header('location', location).type('text/plain; charset=utf-8').send(undefined);
    },
  );

  app.get(
    `${MERGE}/task-status/:task`,
    {
      config: policy('pull_request.read', toRepository),
      schema: {
        summary: 'What became of a merge',
        description:
          'Of one that was asked for with async=true. It is never pending: whoever has its address was answered when it was made.',
        params: TaskParameters,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(MergeTask),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'pull_request.read');
      const links = linksOf(request);
      const number = numberOf(request.params);
      const { task } = request.params;
      const { pullRequest } = await viewPullRequest(services, grant, number);
      if (pullRequest.state !== 'merged' || pullRequest.mergeCommit !== task) {
        throw new Problem(
          'invalid',
          'This is no merge of this pull request: follow Location as it was answered when it was merged.',
        );
      }
      return {
        task_status: 'SUCCESS' as const,
        links: { self: { href: taskLink(links, grant.targets[0], number, task) } },
        merge_result: await shownPullRequest(context, request, grant, number),
      };
    },
  );
}

/** The commit that a merge made tells it from every other one. */
const taskLink = (
  links: Links,
  { workspace, slug }: { readonly slug: string; readonly workspace: { readonly slug: string } },
  number: number,
  mergeCommit: string,
): string =>
  links.api(
    'repositories',
    workspace.slug,
    slug,
    'pullrequests',
    String(number),
    'merge',
    'task-status',
    mergeCommit,
  );

function inputFrom({
  message,
  close_source_branch: closes,
  merge_strategy: strategy,
}: z.output<typeof Body>): MergeInput {
  if (strategy != null && !isMergeStrategy(strategy)) {
    throw invalid(
      'merge_strategy',
      `This host merges by ${MERGE_STRATEGIES.join(', ')}: choose one of them, or rebase with Git and push.`,
    );
  }
  return {
    ...(strategy != null && { strategy }),
    ...(message != null && { message }),
    ...(closes != null && { closesSourceBranch: closes }),
  };
}
