import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import {
  findComparison,
  listFileChanges,
  openComparison,
  readSpec,
  viewMergeBase,
  type ComparisonChoice,
} from '../../../acts/source/comparison.ts';
import { findPatch, openPatch } from '../../../acts/source/patch.ts';
import { invalid } from '../../../problem.ts';
import { clientGone } from '../../shared/client-gone.ts';
import { holds } from '../../shared/if-none-match.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { sendAnswer } from '../../shared/send-answer.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfCommits } from '../attribution.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { SingleCommit, singleCommitObject } from '../objects/commit.ts';
import { Diffstat, diffstatObject } from '../objects/diffstat.ts';
import {
  fieldsParameter,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  repeatable,
  slicePage,
} from '../paging.ts';
import { digestOfAsked } from '../position.ts';
import { readFlag } from '../read-flag.ts';

const DIFFSTAT_PAGELEN = 500;
const MAXIMAL_DIFFSTAT_PAGELEN = 5000;
const DEFAULT_CONTEXT = 3;
const MAXIMAL_CONTEXT = 100_000;

const flag = (meaning: string, whenAbsent: boolean) =>
  z
    .string()
    .optional()
    .describe(`${meaning} ${whenAbsent ? 'True' : 'False'} if omitted.`);

const compared = {
  path: repeatable.describe('Only these files and folders.'),
  ignore_whitespace: flag('Whether lines that differ in white space alone are alike.', false),
  renames: flag('Whether renamed files are found.', true),
  topic: flag(
    'Of two commits: whether the first is compared with the common ancestor of both, and not with the second.',
    true,
  ),
  merge: z.string().optional().describe('The older form of topic; false is topic=false.'),
};
const DiffQuery = z.object({
  ...compared,
  context: z
    .string()
    .optional()
    .describe(`Lines around each change, 0 to ${MAXIMAL_CONTEXT}; ${DEFAULT_CONTEXT} if omitted.`),
  binary: flag('Whether what is in binary files is part of the diff.', true),
});
const DiffstatQuery = z.object({
  ...pageParameters,
  pagelen: z
    .string()
    .optional()
    .describe(`Entries on a page, 1 to ${MAXIMAL_DIFFSTAT_PAGELEN}; ${DIFFSTAT_PAGELEN} if omitted.`),
  ...compared,
});
type Compared = Pick<z.infer<typeof DiffstatQuery>, keyof typeof compared>;

const ONE_OR_TWO =
  'The spec is one commit, which is compared with its first parent, or CHANGE..BASE, which is the other way round than in Git.';
const parameters = (about: string) => RepositoryParameters.extend({ '*': z.string().describe(about) });
const params = parameters('A commit, or CHANGE..BASE: hashes, branches or tags.');
/** Text as it lies in the files, in whatever encoding. */
const raw = { default: ErrorEnvelope } as const;

export function addComparisonRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;
  const config = { ...policy('source.read', toRepository), wildcard: '{spec}' };
  const bytes = { ...policy('source.read', toRepository, 'bytes'), wildcard: '{spec}' };

  app.get(
    '/repositories/:workspace/:repository/diff/*',
    {
      config: bytes,
      schema: {
        summary: 'What changed, as a unified diff',
        description: ONE_OR_TWO,
        params,
        querystring: DiffQuery,
        response: raw,
      },
    },
    async (request, reply) => {
      const { query } = request;
      const grant = grantOf(request, 'source.read');
      const choice: ComparisonChoice = {
        ...readChoice(query),
        context: readContext(query.context),
        withBinary: readFlag('binary', query.binary, true),
      };
      const spec = readSpec(specIn(request.params));
      const comparison = await findComparison(services, grant, spec, readTopic(query));
      const { before, after } = comparison;
      return sendText(reply, request, `${before}..${after}.${digestOfAsked(choice)}`, (signal) =>
        openComparison(services, grant, comparison, choice, signal),
      );
    },
  );

  app.get(
    '/repositories/:workspace/:repository/patch/*',
    {
      config: bytes,
      schema: {
        summary: 'Commits as patches, which git am takes',
        description:
          'The spec is one commit, or CHANGE..BASE: then the commits of the change that are not in the base, oldest first and without merges.',
        params,
        response: raw,
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const query = await findPatch(services, grant, readSpec(specIn(request.params)));
      return sendText(reply, request, `${query.since ?? ''}..${query.commit}.patch`, (signal) =>
        openPatch(services, grant, query, signal),
      );
    },
  );

  app.get(
    '/repositories/:workspace/:repository/diffstat/*',
    {
      config,
      schema: {
        summary: 'Which files changed, and by how many lines',
        description: ONE_OR_TWO,
        params,
        querystring: DiffstatQuery,
        response: answers(pageOf(Diffstat)),
      },
    },
    async (request) => {
      const { query } = request;
      const grant = grantOf(request, 'source.read');
      const window = readWindow(query, DIFFSTAT_PAGELEN, MAXIMAL_DIFFSTAT_PAGELEN);
      const choice = readChoice(query);
      const spec = readSpec(specIn(request.params));
      const comparison = await findComparison(services, grant, spec, readTopic(query));
      const files = await listFileChanges(services, grant, comparison, choice);
      const repository = await viewRepository(services, grant);
      const links = linksOf(request);
      const values = slicePage(files, window).map((file) =>
        diffstatObject(links, repository, comparison, file),
      );
      return numberedPage(services.publicUrl, request, window, files.length, values);
    },
  );

  app.get(
    '/repositories/:workspace/:repository/merge-base/*',
    {
      config: { ...config, wildcard: '{revspec}' },
      schema: {
        summary: 'The best common ancestor of two commits',
        params: parameters('Two commits with two dots between them: hashes, branches or tags.'),
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(SingleCommit),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const commit = await viewMergeBase(services, grant, readSpec(specIn(request.params), 'wants two'));
      const repository = await viewRepository(services, grant);
      const authors = await authorsOfCommits(services, grant, [commit]);
      return singleCommitObject(linksOf(request), repository, commit, authors);
    },
  );

  /**
   * Sends what Git writes. Its tag names all that it is made from, which never changes; whether the caller may have it is
   * asked at each use. Git is started for bytes alone: not for HEAD or 304.
   */
  async function sendText(
    reply: FastifyReply,
    request: FastifyRequest,
    tag: string,
    open: (signal: AbortSignal) => Promise<AsyncIterable<Buffer>>,
  ): Promise<FastifyReply> {
    const headers = {
      'content-type': 'text/plain',
      // Weak: another Git may find other lines that are alike, and says in a patch which one it is.
      etag: `W/"${tag}"`,
      'cache-control': 'private, no-cache',
      'content-security-policy': "default-src 'none'; sandbox",
    };
    const isKnown = holds(request, `"${tag}"`);
    if (isKnown || request.method === 'HEAD')
      return reply
        .headers(headers)
        .code(isKnown ? 304 : 200)
        .send();
    const text = await open(clientGone(reply));
    await sendAnswer(reply.headers(headers), text, services.stalledClientMs);
    return reply;
  }
}

const specIn = ({ '*': spec }: { readonly '*': string }): string => spec.replace(/\/$/, '');

const readChoice = ({ path, ignore_whitespace, renames }: Compared): ComparisonChoice => ({
  paths: [path ?? []].flat(),
  ignoresWhitespace: readFlag('ignore_whitespace', ignore_whitespace, false),
  withoutRenames: !readFlag('renames', renames, true),
});

function readTopic({ topic, merge }: Compared): boolean {
  if (merge === undefined) return readFlag('topic', topic, true);
  if (topic !== undefined) throw invalid('merge', 'Give topic alone: merge is its older form.');
  if (readFlag('merge', merge, true))
    throw invalid('merge', 'Nothing is merged to be compared here; ask for topic=true, or for merge=false.');
  return false;
}

function readContext(text = String(DEFAULT_CONTEXT)): number {
  const lines = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (lines < 0 || lines > MAXIMAL_CONTEXT)
    throw invalid('context', `Give a number of lines from 0 to ${MAXIMAL_CONTEXT}.`);
  return lines;
}
