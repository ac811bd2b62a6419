import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  defaultMergeMessage,
  isMergeStrategy,
  MERGE_STRATEGIES,
  mergePullRequest,
  USUAL_STRATEGY,
  type MergeStrategy,
} from '../../../acts/pull-requests/merge.ts';
import { viewPullRequest } from '../../../acts/pull-requests/view.ts';
import { enterAgain } from '../../../entry/index.ts';
import { invalid, type Problem } from '../../../problem.ts';
import { clientGone } from '../../shared/client-gone.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf } from '../form-input.ts';
import { html } from '../html.ts';
import { form, pageHead } from '../pieces/index.ts';
import { linksOf } from '../repositories/links.ts';
import { orMissing } from '../repositories/missing.ts';
import { errorAbove, errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { pageRoute, type PagesOptions } from '../route.ts';
import { pageBelow } from './frame.ts';
import { mergingOf } from './merging.ts';
import { isMergeable, mergingSection } from './merging-view.ts';
import { numberIn, PULL_REQUEST } from './place.ts';
import { seenFields, seenIn } from './seen-fields.ts';
import { branches } from './words.ts';

interface TypedMerge {
  readonly strategy: string;
  readonly message: string;
  readonly closesSourceBranch: boolean;
}

const FIELDS = ['merge_strategy', 'message', 'close_source_branch'] as const;

const STRATEGY_WORDS: Readonly<Record<MergeStrategy, { readonly label: string; readonly help: string }>> = {
  merge_commit: {
    label: 'Merge commit',
    help: 'All commits as they are, and one more that joins both branches.',
  },
  squash: {
    label: 'Squash',
    help: 'One new commit with everything in it, on top of the destination.',
  },
  fast_forward: {
    label: 'Fast forward',
    help: 'The destination moves to the last commit of the source, if it has nothing of its own.',
  },
  squash_fast_forward: {
    label: 'Squash, fast forward only',
    help: 'One new commit with everything in it, if the destination has nothing of its own.',
  },
};

/** Merging a pull request: how, and under which words. */
export function mergePages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('pull_request.merge', toRepository);
  const place = (request: FastifyRequest) =>
    ({ facts: grantOf(request, 'pull_request.merge').targets[0], section: 'pull-requests' }) as const;

  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    typed: TypedMerge | undefined,
    problem?: Problem,
  ): Promise<FastifyReply> => {
    const grant = grantOf(request, 'pull_request.merge');
    const [facts] = grant.targets;
    const { pullRequest, people } = await viewPullRequest(services, grant, numberIn(request));
    const { number } = pullRequest;
    const links = linksOf(facts);
    // Nothing is left to do.
    if (pullRequest.state !== 'open' && problem === undefined)
      return redirectTo(services, request, reply, links.pullRequest(number));
    const merging = await mergingOf(services, grant, pullRequest, true);
    const { strategy, message, closesSourceBranch } = typed ?? {
      strategy: USUAL_STRATEGY,
      message: defaultMergeMessage(pullRequest, people),
      closesSourceBranch: pullRequest.closesSourceBranch,
    };
    const asks = form({
      action: links.pullRequest(number, '/merge'),
      hidden: seenFields(pullRequest),
      error: errorAbove(problem, FIELDS),
      fields: [
        {
          kind: 'radios',
          name: 'merge_strategy',
          label: 'How',
          values: [strategy],
          options: MERGE_STRATEGIES.map((value) => ({ value, ...STRATEGY_WORDS[value] })),
          required: true,
          error: errorIn(problem, 'merge_strategy'),
        },
        {
          kind: 'textarea',
          name: 'message',
          label: 'Message of the commit',
          help: 'A fast forward makes no commit, and needs none.',
          value: message,
          rows: 6,
          error: errorIn(problem, 'message'),
        },
        {
          kind: 'checkbox',
          name: 'close_source_branch',
          label: 'Delete the source branch',
          checked: closesSourceBranch,
          error: errorIn(problem, 'close_source_branch'),
        },
      ],
      submit: { label: 'Merge', cancelHref: links.pullRequest(number) },
    });
    const isAsked = isMergeable(pullRequest, merging) || problem !== undefined;
    const body = html`${pageHead({ title: 'Merge', lead: branches(pullRequest) })}${
      isAsked ? asks : mergingSection(pullRequest, merging, undefined)
    }`;
    const page = pageBelow(facts, pullRequest, { title: 'Merge', body });
    return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
  };

  app.get(`${PULL_REQUEST}/merge`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), () => show(request, reply, undefined)),
  );

  app.post(`${PULL_REQUEST}/merge`, route, (request, reply) =>
    orMissing(services, request, reply, place(request), async () => {
      const input = formOf(request);
      const typed: TypedMerge = {
        strategy: input.text('merge_strategy'),
        message: input.text('message').replaceAll('\r\n', '\n'),
        closesSourceBranch: input.ticked('close_source_branch'),
      };
      return orShowAgain(
        async () => {
          const grant = grantOf(request, 'pull_request.merge');
          const { strategy, message, closesSourceBranch } = typed;
          if (!isMergeStrategy(strategy)) throw invalid('merge_strategy', 'Choose one of the ways to merge.');
          const number = numberIn(request);
          const seen = seenIn(input);
          const { sourceStays } = await mergePullRequest(
            services,
            grant,
            number,
            { strategy, message, closesSourceBranch, ...(seen !== undefined && { seen }) },
            {
              signal: clientGone(reply),
              decideAgain: (database) => enterAgain({ ...services, database }, grant),
            },
          );
          const to = linksOf(grant.targets[0]).pullRequest(number);
          const notice = sourceStays === null ? 'pull-request-merged' : 'pull-request-merged-source-stays';
          return redirectTo(services, request, reply, to, notice);
        },
        (problem) => show(request, reply, typed, problem),
      );
    }),
  );
}
