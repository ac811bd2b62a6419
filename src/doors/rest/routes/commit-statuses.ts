import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { viewCommit } from '../../../acts/source/commits.ts';
import { viewStatus, viewStatuses, type CommitStatus as Status } from '../../../acts/statuses/view.ts';
import { changeStatus, commitOfHash, writeStatus } from '../../../acts/statuses/write.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { chooserOf, type Choices } from '../chosen.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { CommitStatus, commitStatusObject } from '../objects/commit-status.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  slicePage,
} from '../paging.ts';

const CHOICES: Choices<Status> = {
  fields: {
    key: ({ key }) => key,
    state: ({ state }) => state,
    name: ({ name }) => name,
    url: ({ url }) => url,
    description: ({ description }) => description,
    refname: ({ refname }) => refname,
    created_on: ({ createdAt }) => new Date(createdAt),
    updated_on: ({ updatedAt }) => new Date(updatedAt),
  },
  times: ['created_on', 'updated_on'],
  sorts: {
    key: ({ key }) => key,
    name: ({ name }) => name,
    state: ({ state }) => state,
    created_on: ({ createdAt }) => createdAt,
    updated_on: ({ updatedAt }) => updatedAt,
  },
};

/** What clients send back of a status that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    key: z.string().nullish(),
    state: z.string().nullish().describe('SUCCESSFUL, FAILED, INPROGRESS or STOPPED.'),
    name: z.string().nullish(),
    url: z.string().nullish().describe('Where the build is to be seen: http:// or https://.'),
    description: z.string().nullish(),
    refname: z.string().nullish().describe('The branch or tag that was built.'),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A build status, or the parts of it that are to change.' });

const One = z.object({ fields: fieldsParameter });
const CommitParameters = RepositoryParameters.extend({
  commit: z.string().describe('Hash, or the beginning of one; for reading also a branch or tag.'),
});
const KeyParameters = CommitParameters.extend({ '*': z.string().describe('Key, slashes and all.') });

/** How builds of a commit went, as build systems tell it. */
export function addCommitStatusRoutes(app: Api, { services, linksOf }: Context): void {
  const many = '/repositories/:workspace/:repository/commit/:commit/statuses';
  const reading = policy('source.read', toRepository);
  const writing = policy('status.write', toRepository);

  app.get(
    many,
    {
      config: reading,
      schema: {
        summary: 'The build statuses of a commit, the first first',
        description: `Filters: ${Object.keys(CHOICES.fields).join(', ')}. Sorts by ${Object.keys(CHOICES.sorts).join(', ')}.`,
        params: CommitParameters,
        querystring: z.object({
          ...pageParameters,
          ...filterParameters,
          refname: z.string().optional().describe('Those of this branch or tag, and those of none.'),
        }),
        response: answers(pageOf(CommitStatus)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const { query } = request;
      const window = readWindow(query);
      const choose = chooserOf(CHOICES, query);
      const commit = await viewCommit(services, grant, request.params.commit);
      const statuses = choose(ofRef(await viewStatuses(services, grant, commit), query.refname));
      const repository = await viewRepository(services, grant);
      const values = slicePage(statuses, window).map((status) =>
        commitStatusObject(linksOf(request), repository, commit.id, status),
      );
      return numberedPage(services.publicUrl, request, window, statuses.length, values);
    },
  );

  app.post(
    `${many}/build`,
    {
      config: writing,
      schema: {
        summary: 'Write a build status, or replace that of the same key',
        description:
          'Takes JSON and forms. A status is replaced by whoever wrote it, and by admins of the repository.',
        params: CommitParameters,
        querystring: One,
        body: Body,
        response: { 201: CommitStatus, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'status.write');
      const commit = await commitOfHash(services, grant, request.params.commit);
      const status = await writeStatus(services, grant, commit, given(request.body));
      const repository = await viewRepository(services, grant);
      const shown = commitStatusObject(linksOf(request), repository, commit.id, status);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  app.get(
    `${many}/build/*`,
    {
      config: { ...reading, wildcard: '{key}' },
      schema: {
        summary: 'One build status of a commit',
        params: KeyParameters,
        querystring: One,
        response: answers(CommitStatus),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'source.read');
      const commit = await viewCommit(services, grant, request.params.commit);
      const status = await viewStatus(services, grant, commit, request.params['*']);
      const repository = await viewRepository(services, grant);
      return commitStatusObject(linksOf(request), repository, commit.id, status);
    },
  );

  app.put(
    `${many}/build/*`,
    {
      config: { ...writing, wildcard: '{key}' },
      schema: {
        summary: 'Change a build status of a commit',
        description: 'Changes what is given and leaves the rest. The key stays.',
        params: KeyParameters,
        querystring: One,
        body: Body,
        response: answers(CommitStatus),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'status.write');
      const key = request.params['*'];
      const { key: other = key, ...said } = given(request.body);
      if (other !== key) throw invalid('key', 'The key of a build status stays: write another status.');
      const commit = await commitOfHash(services, grant, request.params.commit);
      const status = await changeStatus(services, grant, commit, key, said);
      const repository = await viewRepository(services, grant);
      return commitStatusObject(linksOf(request), repository, commit.id, status);
    },
  );
}

type Said = Readonly<Partial<Record<'key' | 'state' | 'name' | 'url' | 'description' | 'refname', string>>>;

/** Without what is null, as clients in some languages send what they do not say. */
function given({ key, state, name, url, description, refname }: z.output<typeof Body>): Said {
  return {
    ...(key != null && { key }),
    ...(state != null && { state }),
    ...(name != null && { name }),
    ...(url != null && { url }),
    ...(description != null && { description }),
    ...(refname != null && { refname }),
  };
}

/** Those of a branch or tag, and those of none; all where none is named. */
const ofRef = (statuses: readonly Status[], refname: string | undefined): readonly Status[] =>
  refname === undefined
    ? statuses
    : statuses.filter((status) => status.refname === null || status.refname === refname);
