import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { lookBehind } from '../../../acts/lfs/behind-pointer.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import {
  describeEntry,
  listDirectoryEntries,
  locate,
  locateIn,
  openFile,
  sizeOfFile,
  type EntryChoice,
  type Location,
  type SourceEntry,
} from '../../../acts/source/files.ts';
import { invalid, Problem } from '../../../problem.ts';
import { holds } from '../../shared/if-none-match.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { attachment } from '../../shared/attachment.ts';
import { sendContent } from '../../shared/send-content.ts';
import { isFresh } from '../answer-headers.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { mediaTypeOf } from '../media-types.ts';
import { CommitDirectory, CommitFile, escapedPath, sourceObject } from '../objects/source.ts';
import { filterParameters, pageLink, pageOf, pageParameters, readPagelen, unsortable } from '../paging.ts';
import { readPosition, writePosition } from '../position.ts';
import { asksFor, parseFilter, passes, type FieldValue } from '../query-language.ts';

const MAXIMAL_DEPTH = 50;
const FILE_SECONDS = 900;

const Entry = z.union([CommitFile, CommitDirectory]);
const Query = z.object({
  ...pageParameters,
  ...filterParameters,
  format: z.string().optional().describe('meta: what is there, rather than its bytes or entries.'),
  max_depth: z.string().optional().describe(`Levels of directories to list, 1 to ${MAXIMAL_DEPTH}.`),
});
type Parameters = z.infer<typeof Query>;

const FIELDS: Readonly<Record<string, (entry: SourceEntry) => FieldValue>> = {
  path: ({ path }) => path,
  escaped_path: ({ path }) => escapedPath(path),
  type: ({ kind }) => (kind === 'directory' ? 'commit_directory' : 'commit_file'),
  mimetype: ({ kind, path }) => (kind === 'directory' ? null : mediaTypeOf(path)),
  size: ({ size }) => size,
};

export function addSourceRoutes(app: Api, context: Context): void {
  const { services, linksOf } = context;
  const config = policy('source.read', toRepository);

  app.get(
    '/repositories/:workspace/:repository/src',
    {
      config,
      schema: {
        summary: 'The root directory of the main branch, by a redirect',
        params: RepositoryParameters,
        querystring: Query,
        response: answers(pageOf(Entry)),
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const { commit } = await locateIn(services, grant, 'HEAD', '');
      const { workspace, slug } = await viewRepository(services, grant);
      const [, query] = /\?(.*)$/.exec(request.raw.url ?? '') ?? [];
      const root = linksOf(request).api('repositories', workspace.slug, slug, 'src', commit, '');
      return reply.redirect(query === undefined ? root : `${root}?${query}`, 302);
    },
  );

  app.get(
    '/repositories/:workspace/:repository/src/*',
    {
      config: { ...config, wildcard: '{commit}/{path}' },
      schema: {
        summary: 'The bytes of a file, or what a directory holds',
        description:
          'The commit is a hash, a branch, a tag or HEAD. A file is answered with its bytes; a directory, and format=meta, with JSON.',
        params: RepositoryParameters.extend({ '*': z.string() }),
        querystring: Query,
        response: answers(z.union([pageOf(Entry), CommitFile, CommitDirectory])),
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const { format } = request.query;
      if (format !== undefined && format !== 'meta') {
        throw invalid('format', 'Only format=meta is served; without it a file is sent as it is.');
      }
      const text = request.params['*'].replace(/\/$/, '');
      const location = await locate(services, grant, text);
      const repository = await viewRepository(services, grant);
      if (format === 'meta') {
        const entry = await describeEntry(services, grant, location.entry);
        return sourceObject(linksOf(request), repository, location.commit, entry);
      }
      if (location.entry.kind !== 'directory') return sendFile(context, request, reply, location);
      return listing(request, request.query, location);
    },
  );

  async function listing(request: FastifyRequest, query: Parameters, location: Location) {
    const grant = grantOf(request, 'source.read');
    const pagelen = readPagelen(query.pagelen);
    const position = readPosition(query.page, pagelen);
    const choice = readChoice(query);
    const begun = position.include[0];
    const same = begun === undefined || begun === location.commit;
    const { commit, entry: directory } = same
      ? location
      : await locateIn(services, grant, begun, location.entry.path);
    if (directory.kind !== 'directory') throw new Problem('invalid', 'Invalid page');
    const { offset } = position;
    const { entries, hasMore } = await listDirectoryEntries(services, grant, directory, {
      maxDepth: readDepth(query.max_depth),
      offset,
      limit: pagelen,
      ...(choice !== undefined && { choice }),
    });
    const repository = await viewRepository(services, grant);
    const next = writePosition({ offset: offset + pagelen, include: [commit], exclude: [] });
    return {
      pagelen,
      ...(hasMore && { next: pageLink(services.publicUrl, request, next, pagelen) }),
      values: entries.map((entry) => sourceObject(linksOf(request), repository, commit, entry)),
    };
  }
}

/** What is chosen of a directory, and in which order; undefined where it is all there is in the order of the tree. */
function readChoice({ q, sort }: Parameters): EntryChoice | undefined {
  if (q === undefined && sort === undefined) return undefined;
  const filter = q === undefined ? undefined : parseFilter(q, Object.keys(FIELDS));
  const order = sort === undefined ? undefined : readSort(sort);
  return {
    bySize: order?.by === 'size' || (filter !== undefined && asksFor(filter, 'size')),
    ...(filter !== undefined && {
      matches: (entry) => passes(filter, (field) => FIELDS[field]?.(entry) ?? null),
    }),
    ...(order !== undefined && { compare: order.compare }),
  };
}

function readSort(sort: string) {
  const by = sort.replace(/^-/, '');
  if (by !== 'path' && by !== 'size') throw unsortable(sort);
  const sign = sort.startsWith('-') ? -1 : 1;
  const compare = (a: SourceEntry, b: SourceEntry): number =>
    sign *
    (by === 'path' ? (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) : (a.size ?? -1) - (b.size ?? -1));
  return { by, compare };
}

function readDepth(text = '1'): number {
  const depth = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (depth < 1 || depth > MAXIMAL_DEPTH) {
    throw invalid('max_depth', `Give a number from 1 to ${MAXIMAL_DEPTH}.`);
  }
  return depth;
}

/** Streams the bytes. Offered for saving and never for showing: what others wrote must not run on this host's address. */
async function sendFile(
  { services }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { entry }: Location,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const { content, bytes } = await lookBehind(services, grant, entry);
  if (content !== undefined) {
    reply
      .type(mediaTypeOf(entry.path) ?? 'application/octet-stream')
      .header('content-disposition', attachment(entry.name));
    // Its use was claimed with the request.
    const sending = { stalledMs: services.stalledClientMs, claimUse: async () => {} };
    return sendContent(request, reply, content, sending);
  }
  const tag = `"${entry.id}"`;
  // Before any header: what fails is answered as an error, which has none of the file's.
  const { size, stream } =
    request.method === 'HEAD' || holds(request, tag)
      ? { size: await sizeOfFile(services, grant, entry), stream: Readable.from([]) }
      : await openFile(services, grant, entry, bytes);
  reply
    // By the name alone, and without a charset: Git does not know in which one a text is written.
    .type(mediaTypeOf(entry.path) ?? 'application/octet-stream')
    .header('etag', tag)
    .header('cache-control', `private, max-age=${FILE_SECONDS}`)
    .header('content-disposition', attachment(entry.name))
    .header('content-security-policy', "sandbox; default-src 'none'");
  if (isFresh(request, reply)) return reply.send('');
  return reply.header('content-length', size).send(stream);
}
