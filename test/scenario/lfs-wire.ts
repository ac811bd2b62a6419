import { createHash } from 'node:crypto';
import type { TestServer } from '../support/server.ts';
import { basic, send, type Answer } from './git-wire.ts';

/** Requests of Git LFS as its client sends them, and as none would. */

export const TYPE = 'application/vnd.git-lfs+json';

export interface LfsFile {
  readonly oid: string;
  readonly size: number;
  readonly content: Buffer;
}

export function lfsFile(content: string | Buffer): LfsFile {
  const bytes = Buffer.from(content);
  return { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, content: bytes };
}

export interface Action {
  readonly href: string;
  readonly header?: Readonly<Record<string, string>>;
}

export interface BatchAnswer {
  readonly transfer?: string;
  readonly message?: string;
  readonly objects?: readonly {
    readonly oid: string;
    readonly size: number;
    readonly actions?: Readonly<Partial<Record<'download' | 'upload' | 'verify', Action>>>;
    readonly error?: { readonly code: number; readonly message: string };
  }[];
}

export interface Lock {
  readonly id: string;
  readonly path: string;
  readonly locked_at: string;
  readonly owner: { readonly name: string };
}

/** One who asks for the files of a repository, `acme/app` for example; without a secret a stranger. */
export function lfsClient(server: TestServer, repository: string, user?: string, secret?: string) {
  const authorization =
    user === undefined || secret === undefined ? {} : { authorization: basic(user, secret) };
  const at = `/${repository}.git/info/lfs`;
  const post = (path: string, body: unknown) =>
    send(server, `${at}/${path}`, {
      method: 'POST',
      headers: { ...authorization, 'content-type': TYPE, accept: TYPE },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    at,
    authorization,
    post,
    batch: (operation: string, files: readonly Pick<LfsFile, 'oid' | 'size'>[]) =>
      post('objects/batch', {
        operation,
        transfers: ['basic'],
        objects: files.map(({ oid, size }) => ({ oid, size })),
      }),
    put: ({ oid, content }: Pick<LfsFile, 'oid' | 'content'>) =>
      send(server, `${at}/objects/${oid}`, {
        method: 'PUT',
        headers: { ...authorization, 'content-length': String(content.length) },
        body: content,
      }),
    get: (oid: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
      send(server, `${at}/objects/${oid}`, { method, headers: { ...authorization, ...headers } }),
    verify: ({ oid, size }: Pick<LfsFile, 'oid' | 'size'>) => post('objects/verify', { oid, size }),
    lock: (path: string) => post('locks', { path }),
    unlock: (id: string, force = false) => post(`locks/${id}/unlock`, { force }),
    locks: (query = '') => send(server, `${at}/locks${query}`, { headers: authorization }),
    verifyLocks: (body: object = {}) => post('locks/verify', body),
  };
}

export const json = <Shape>({ body }: Answer): Shape => JSON.parse(body.toString()) as Shape;
