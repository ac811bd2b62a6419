import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';

/** Requests that no Git client would send, and answers as they came. */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface WireOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export const packet = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
};

export const flush = Buffer.from('0000');
export const zero = '0'.repeat(40);

export const basic = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

/** A command list with the capabilities of a plain client. */
export const commandList = (
  commands: readonly (readonly [old: string, id: string, ref: string])[],
  capabilities = 'report-status side-band-64k object-format=sha1',
): Buffer =>
  Buffer.concat([
    ...commands.map(([old, id, ref], index) =>
      packet(`${old} ${id} ${ref}${index === 0 ? `\0 ${capabilities}` : ''}`),
    ),
    flush,
  ]);

export const contentType = (service: 'git-upload-pack' | 'git-receive-pack'): Record<string, string> => ({
  'content-type': `application/x-${service}-request`,
});

/** Sends a path exactly as it is written, dots and braces included. */
export function open(
  server: TestServer,
  path: string,
  { method = 'GET', headers = {} }: WireOptions = {},
): {
  readonly request: ClientRequest;
  /** Reads the answer to its end; call it once, or read `response`. */
  readonly answer: () => Promise<Answer>;
  readonly response: Promise<IncomingMessage>;
} {
  const { hostname, port } = new URL(server.url);
  const request = httpRequest({
    host: hostname,
    port,
    path,
    method,
    headers: { connection: 'close', ...headers },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  // Who never waits for it must not end the test run.
  response.catch(() => {});
  const answer = async (): Promise<Answer> => {
    const incoming = await response;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) };
  };
  return { request, answer, response };
}

export async function send(server: TestServer, path: string, options: WireOptions = {}): Promise<Answer> {
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  const { request, answer } = open(server, path, { ...options, method });
  request.end(options.body);
  return answer();
}

/** The refs that a holder of this secret is told, without `HEAD` and peeled tags. Throws unless the answer is 200. */
export async function advertisedRefs(
  server: TestServer,
  path: string,
  user: string,
  secret: string,
): Promise<Record<string, string>> {
  const headers = { authorization: basic(user, secret) };
  const { status, body } = await send(server, `/${path}.git/info/refs?service=git-upload-pack`, { headers });
  if (status !== 200) throw new Error(`The refs of ${path} were refused: ${status} ${body.toString()}`);
  const lines = body.toString().matchAll(/([0-9a-f]{40}) (refs\/[^\0\n]+)/g);
  return Object.fromEntries(
    [...lines].map(([, id = '', name = '']) => [name, id]).filter(([name = '']) => !name.endsWith('^{}')),
  );
}

/** Folders of the repositories and wikis of a server. */
export function repositoryFolders(server: TestServer): string[] {
  const root = join(server.data, 'repositories');
  return readdirSync(root).flatMap((shelf) =>
    readdirSync(join(root, shelf)).map((name) => join(root, shelf, name)),
  );
}

/** Quarantines and lock files, of which none may be left when nothing runs. */
export function traces(server: TestServer): string[] {
  return repositoryFolders(server)
    .flatMap(filesBelow)
    .filter((path) => /tmp_|incoming-|\.lock$/.test(path));
}

/** Every path below a folder; what goes away meanwhile is left out. */
function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...filesBelow(path)] : [path];
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether any repository or wiki of a server has this object. */
export async function isAnywhere(server: TestServer, id: string): Promise<boolean> {
  const [first = '', ...others] = repositoryFolders(server);
  const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: others.map((folder) => join(folder, 'objects')).join(':') };
  return (await run('git', ['--git-dir', first, 'cat-file', '-e', id], { env })).code === 0;
}
