import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import {
  listPathHistory,
  type PathChange,
  type PathChangeChoice,
} from '../../../acts/source/path-history.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfCommits } from '../attribution.ts';
import { commitObject } from '../objects/commit.ts';
import { ChangedDirectory, changedObject, ChangedFile } from '../objects/source.ts';
import { filterParameters, pageLink, pageOf, pageParameters, readPagelen, unsortable } from '../paging.ts';
import { readPosition, writePosition } from '../position.ts';
import { parseFilter, passes, type FieldValue } from '../query-language.ts';
import { readFlag } from '../read-flag.ts';

type Change = Pick<PathChange, 'commit' | 'path'>;

const FIELDS: Readonly<Record<string, (change: Change) => FieldValue>> = {
  path: ({ path }) => path,
  'commit.hash': ({ commit }) => commit.id,
  'commit.date': ({ commit }) => new Date(commit.committer.date),
  'commit.message': ({ commit }) => commit.message,
  'commit.author.raw': ({ commit: { author } }) => `${author.name} <${author.email}>`.trim(),
};

const SORTS: Readonly<Record<string, PathChangeChoice['byDate']>> = {
  'commit.date': 'oldest first',
  '-commit.date': 'newest first',
};

const Query = z.object({
  ...pageParameters,
  ...filterParameters,
  renames: z
    .string()
    .optional()
    .describe('Whether a file is followed into what it was called before. True if omitted.'),
});

export function addPathHistoryRoute(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/repositories/:workspace/:repository/filehistory/*',
    {
      config: { ...policy('source.read', toRepository), wildcard: '{commit}/{path}' },
      schema: {
        summary: 'Commits that changed a file, newest first',
        description:
          'Filters: path, commit.hash, commit.date, commit.message, commit.author.raw. Sorts by commit.date.',
        params: RepositoryParameters.extend({ '*': z.string() }),
        querystring: Query,
        response: answers(pageOf(z.union([ChangedFile, ChangedDirectory]))),
      },
    },
    async (request) => {
      const { query } = request;
      const grant = grantOf(request, 'source.read');
      const choice = readChoice(query);
      const pagelen = readPagelen(query.pagelen);
      const { offset, include } = readPosition(query.page, pagelen);
      const { commit, changes, hasMore } = await listPathHistory(services, grant, request.params['*'], {
        from: include[0],
        follows: readFlag('renames', query.renames, true),
        offset,
        limit: pagelen,
        ...(choice !== undefined && { choice }),
      });
      const repository = await viewRepository(services, grant);
      const commits = changes.map((change) => change.commit);
      const authors = await authorsOfCommits(services, grant, commits);
      const links = linksOf(request);
      const next = writePosition({ offset: offset + pagelen, include: [commit], exclude: [] });
      return {
        pagelen,
        ...(hasMore && { next: pageLink(services.publicUrl, request, next, pagelen) }),
        values: changes.map((change) =>
          changedObject(links, repository, change, commitObject(links, repository, change.commit, authors)),
        ),
      };
    },
  );
}

/** What is chosen of the changes, and in which order; undefined where it is all there are, newest first. */
function readChoice({ q, sort }: z.infer<typeof Query>): PathChangeChoice | undefined {
  if (q === undefined && sort === undefined) return undefined;
  const filter = q === undefined ? undefined : parseFilter(q, Object.keys(FIELDS), ['commit.date']);
  const byDate = sort !== undefined && Object.hasOwn(SORTS, sort) ? SORTS[sort] : undefined;
  if (sort !== undefined && byDate === undefined) throw unsortable(sort);
  return {
    ...(filter !== undefined && {
      matches: (change) => passes(filter, (field) => FIELDS[field]?.(change) ?? null),
    }),
    ...(byDate !== undefined && { byDate }),
  };
}
