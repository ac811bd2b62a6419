import type { ProcessGroup } from '../measure/process-group.ts';
import type { RepositoryName } from '../repositories/cache.ts';

/** One of the servers that are measured beside each other. */
export interface GitServer {
  readonly name: string;
  readonly url: string;
  readonly group: ProcessGroup;
  /** Value of the `Authorization` header of a client that may read and write; undefined where nobody is asked. */
  readonly authorization: string | undefined;
  /** Whether the connection ends after each answer. */
  readonly reconnects: boolean;
  /** Path of the address of a repository, such as `/acme/large.git`. */
  path(repository: RepositoryName): string;
  /** Address of a repository with the credentials in it, for git. */
  address(repository: RepositoryName): string;
}

export const basic = (user: string, secret: string): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

/** `http://user:secret@host/path`. */
export const withCredentials = (url: string, user: string, secret: string): string =>
  url.replace('//', `//${user}:${secret}@`);
