import { createReadStream } from 'node:fs';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { commitFiles, type FilesToCommit, type GivenFile } from '../../../acts/source/commit-files.ts';
import { invalid } from '../../../problem.ts';
import type { FormField, FormFile } from '../../shared/multipart.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf, takeUploads } from '../../shared/uploads.ts';
import { readUrlencoded, textOf, type UrlencodedField } from '../../shared/urlencoded.ts';
import { policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { sendFailure } from '../errors.ts';
import { termsOf } from '../push-terms.ts';

/** What is said about the commit; every other name is the path of a file. */
const META = ['message', 'author', 'parents', 'files', 'branch'] as const;
type Meta = (typeof META)[number];

const URLENCODED = 'application/x-www-form-urlencoded';
const TAKEN = /^(?:multipart\/form-data|application\/x-www-form-urlencoded)\s*(?:;|$)/i;
const NO_FORM =
  'Send the files as multipart/form-data, as curl does with -F /PATH=@FILE, or as application/x-www-form-urlencoded.';
/** As many as a commit changes, and what is said about it. */
const MOST_FIELDS = 1100;

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
  app.removeContentTypeParser(['application/json', URLENCODED]);
  // Byte by byte: the content of a file is no text.
  app.addContentTypeParser(URLENCODED, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // Behind entry, which the scope around this one has.
  app.addHook('onRequest', (request, reply, done) => {
    const type = request.headers['content-type'];
    if (type === undefined || TAKEN.test(type)) done();
    else sendFailure(reply, { status: 415, message: NO_FORM });
  });
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
      const input = inputFrom(sentBy(request), request.query);
      const id = await commitFiles(services, grant, input, termsOf(services, grant, reply));
      const [{ workspace, slug }] = grant.targets;
      return reply
        .code(201)
        .header('location', linksOf(request).api('repositories', workspace.slug, slug, 'commit', id))
        .type('text/plain; charset=utf-8')
        .send(undefined);
    },
  );
}

/** What was said about the commit, and the files, each in the order in which they came. */
interface Sent {
  readonly said: readonly FormField[];
  readonly files: readonly GivenFile[];
}

/** A field without a leading slash that is called like one of `META` is that; a file is always a file. */
function sentBy(request: FastifyRequest): Sent {
  const form = formOf(request);
  const fields: readonly UrlencodedField[] =
    form === undefined
      ? readUrlencoded(request.body instanceof Buffer ? request.body : Buffer.alloc(0), MOST_FIELDS)
      : form.fields.map(({ name, value }) => ({ name, value: Buffer.from(value) }));
  const [said, texts] = [fields.filter(isMeta), fields.filter((field) => !isMeta(field))];
  return {
    said: said.map(({ name, value }) => ({ name, value: textOf(value) })),
    files: [...texts.map(fileOfField), ...(form?.files.map(fileOfForm) ?? [])],
  };
}

const isMeta = ({ name }: { readonly name: string }): boolean => META.some((each) => each === name);

const fileOfField = ({ name, value }: UrlencodedField): GivenFile => ({
  path: name,
  attribute: null,
  size: value.length,
  read: async function* () {
    yield value;
  },
});

const fileOfForm = (file: FormFile): GivenFile => ({
  path: file.name,
  attribute: attributeOf(file),
  size: file.size,
  read: () => createReadStream(file.path) as AsyncIterable<Buffer>,
});

function inputFrom(sent: Sent, query: z.infer<typeof Query>): FilesToCommit {
  const said = (name: Meta): string[] => {
    const values = sent.said.filter((field) => field.name === name).map(({ value }) => value);
    return (values.length > 0 ? values : [query[name] ?? []].flat()).filter((value) => value !== '');
  };
  const once = (name: Exclude<Meta, 'files' | 'parents'>): string | undefined => {
    const values = said(name);
    if (values.length > 1) throw invalid(name, 'Say it once.');
    return values[0];
  };
  const [branch, author, message] = [once('branch'), once('author'), once('message')];
  return {
    parents: said('parents')
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter((text) => text !== ''),
    files: sent.files,
    deletions: said('files'),
    ...(branch !== undefined && { branch }),
    ...(author !== undefined && { author }),
    ...(message !== undefined && { message }),
  };
}

function attributeOf({ name, attributes }: FormFile): GivenFile['attribute'] {
  if (attributes === undefined) return null;
  const found = ATTRIBUTES.find((each) => each === attributes);
  if (found === undefined) throw invalid(name.slice(0, 200), `x-attributes is ${ATTRIBUTES.join(' or ')}.`);
  return found;
}
