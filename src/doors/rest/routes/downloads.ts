import { z } from 'zod';
import { deleteDownload } from '../../../acts/downloads/delete.ts';
import { uploadDownloads } from '../../../acts/downloads/upload.ts';
import { viewDownload, viewDownloads, type Download as Data } from '../../../acts/downloads/view.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf, takeUploads } from '../../shared/uploads.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { chooserOf, type Choices } from '../chosen.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { sendFailure } from '../errors.ts';
import { Download, downloadObject } from '../objects/download.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  slicePage,
} from '../paging.ts';

const CHOICES: Choices<Data> = {
  fields: {
    name: ({ name }) => name,
    size: ({ size }) => size,
    downloads: ({ fetches }) => fetches,
    created_on: ({ createdAt }) => new Date(createdAt),
  },
  times: ['created_on'],
  sorts: {
    name: ({ name }) => name,
    size: ({ size }) => size,
    downloads: ({ fetches }) => fetches,
    created_on: ({ createdAt }) => createdAt,
  },
};

const MANY = '/repositories/:workspace/:repository/downloads';
const One = RepositoryParameters.extend({ download: z.string().describe('Name of the file.') });
const NO_FORM = 'Send the files as multipart/form-data, as curl does with -F files=@FILE.';

/** Files beside a repository that people fetch by name, such as what builds made. */
export function addDownloadRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    MANY,
    {
      config: policy('download.read', toRepository),
      schema: {
        summary: 'The downloads of a repository, the newest first',
        description: `Filters and sorts by ${Object.keys(CHOICES.fields).join(', ')}.`,
        params: RepositoryParameters,
        querystring: z.object({ ...pageParameters, ...filterParameters }),
        response: answers(pageOf(Download)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'download.read');
      const window = readWindow(request.query);
      const choose = chooserOf(CHOICES, request.query);
      const downloads = choose(await viewDownloads(services, grant));
      const values = slicePage(downloads, window).map((download) =>
        downloadObject(linksOf(request), grant.targets[0], download),
      );
      return numberedPage(services.publicUrl, request, window, downloads.length, values);
    },
  );

  app.get(
    `${MANY}/:download`,
    {
      config: policy('download.read', toRepository, 'bytes'),
      schema: {
        summary: 'The bytes of a download, by a redirect',
        description: 'Leads to where pages have it, which takes the same credentials.',
        params: One,
        querystring: z.object({ fields: fieldsParameter }),
        response: { 302: z.undefined().describe('Its address.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'download.read');
      const [{ workspace, slug }] = grant.targets;
      const { name } = await viewDownload(services, grant, request.params.download);
      return reply.redirect(linksOf(request).page(workspace.slug, slug, 'downloads', name), 302);
    },
  );

  app.delete(
    `${MANY}/:download`,
    {
      config: policy('download.delete', toRepository),
      schema: {
        summary: 'Delete a download',
        params: One,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      await deleteDownload(services, grantOf(request, 'download.delete'), request.params.download);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

/** Wants a scope of its own: no other route takes files. */
export function addUploadRoute(app: Api, { services }: Context): void {
  takeUploads(app, services);
  // Behind entry, which the scope around this one has.
  app.addHook('onRequest', (request, reply, done) => {
    if (/^multipart\/form-data\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) done();
    else sendFailure(reply, { status: 406, message: NO_FORM });
  });
  app.post(
    MANY,
    {
      config: policy('download.write', toRepository),
      schema: {
        summary: 'Upload downloads, each in the place of what has its name',
        description:
          'Takes multipart/form-data: every part with a file name is a download, whatever its field is called. All of them are there afterwards, or none.',
        params: RepositoryParameters,
        response: { 201: z.undefined().describe('They are there.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      await uploadDownloads(services, grantOf(request, 'download.write'), formOf(request)?.files ?? []);
      return reply.code(201).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}
