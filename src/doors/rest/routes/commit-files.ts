import { createReadStream } from 'node:fs';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { commitFiles, type FilesToCommit, type GivenFile } from '../../../acts/source/commit-files.ts';
import { invalid, Problem } from '../../../problem.ts';
import type { FormField, FormFile, MultipartForm } from '../../shared/multipart.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf, takeUploads } from '../../shared/uploads.ts';
import { policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { termsOf } from '../push-terms.ts';

/** What is said about the commit; every other name is the path of a file. */
const META = ['message', 'author', 'parents', 'files', 'branch'] as const;
type Meta = (typeof META)[number];

const ATTRIBUTES = ['executable', 'link'] as const;

const many = z.union([z.string(), z.array(z.string())]).optional();
const Query = z.object({
  message: many.describe('What the commit says.'),
  author: many.describe('Name <address>; whoever asks when it is left out.'),
  parents: many.describe('Hash of the commit that it follows; the tip of the branch when it is left out.'),
  files: many.describe('Paths; those of which no content is sent are deleted. May be repeated.'),
  branch: many.describe('The main branch when it is left out; one that is not there is made.'),
});

/** A commit made of files that are uploaded, for scripts without Git. Wants a scope of its own: no other route takes files. */
export function addCommitFilesRoute(app: Api, { services, linksOf }: Context): void {
  takeUploads(app, services);
  app.post(
    '/repositories/:workspace/:repository/src',
    {
      config: policy('repository.push', toRepository),
      schema: {
        summary: 'Make a commit of uploaded files',
        description:
          'Takes multipart/form-data and application/x-www-form-urlencoded: message, author, parents, files and branch, and of every file its content under its path. It is pushed: what confines pushes of the credential, and branch restrictions, hold for it. Location leads to the commit.',
        params: RepositoryParameters,
        querystring: Query,
        response: { 201: z.undefined().describe('It is made.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'repository.push');
      const input = inputFrom(formOf(request) ?? formFrom(request), request.query);
      const { id } = await commitFiles(services, grant, input, termsOf(services, grant, reply));
      const [{ workspace, slug }] = grant.targets;
      return reply
        .code(201)
        .header('location', linksOf(request).api('repositories', workspace.slug, slug, 'commit', id))
        .type('text/plain; charset=utf-8')
        .send(undefined);
    },
  );
}

/** What came as `application/x-www-form-urlencoded`; nothing where nothing came. JSON of texts passes for it. Throws `Problem` for any other. */
function formFrom({ body }: FastifyRequest): MultipartForm {
  const fields: FormField[] = [];
  if (Array.isArray(body) || !['object', 'undefined'].includes(typeof body)) throw notAForm();
  for (const [name, values] of Object.entries(body ?? {})) {
    for (const value of [values].flat() as unknown[]) {
      if (typeof value !== 'string') throw notAForm();
      fields.push({ name, value });
    }
  }
  return { fields, files: [] };
}

const notAForm = (): Problem =>
  new Problem('invalid', 'Send the files as multipart/form-data or as application/x-www-form-urlencoded.');

/** A field without a leading slash that is called like one of `META` is that; a file is always a file. */
function inputFrom(form: MultipartForm, query: z.infer<typeof Query>): FilesToCommit {
  const said = (name: Meta): string[] => {
    const fields = form.fields.filter((field) => field.name === name).map(({ value }) => value);
    return fields.length > 0 ? fields : [query[name] ?? []].flat();
  };
  const once = (name: Exclude<Meta, 'files' | 'parents'>): string | undefined => {
    const values = said(name);
    if (values.length > 1) throw invalid(name, 'Say it once.');
    return values[0];
  };
  const files: GivenFile[] = [
    ...form.fields.filter(({ name }) => !isMeta(name)).map(({ name, value }) => textFile(name, value)),
    ...form.files.map((file) => ({
      path: file.name,
      attribute: attributeOf(file),
      size: file.size,
      read: () => createReadStream(file.path) as AsyncIterable<Buffer>,
    })),
  ];
  const [branch, author, message] = [once('branch'), once('author'), once('message')];
  return {
    parents: said('parents')
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter((text) => text !== ''),
    files,
    deletions: said('files'),
    ...(branch !== undefined && branch !== '' && { branch }),
    ...(author !== undefined && author !== '' && { author }),
    ...(message !== undefined && { message }),
  };
}

const isMeta = (name: string): boolean => META.some((each) => each === name);

function textFile(path: string, text: string): GivenFile {
  const bytes = Buffer.from(text);
  return {
    path,
    attribute: null,
    size: bytes.length,
    read: async function* () {
      yield bytes;
    },
  };
}

function attributeOf({ name, attributes }: FormFile): GivenFile['attribute'] {
  if (attributes === undefined) return null;
  const found = ATTRIBUTES.find((each) => each === attributes);
  if (found === undefined) throw invalid(name.slice(0, 200), `x-attributes is ${ATTRIBUTES.join(' or ')}.`);
  return found;
}
