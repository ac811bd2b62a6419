import { encodePacket, flushPacket } from './pkt-line.ts';
import { streamGit, type GitChild } from './process.ts';
import type { RepositoryHandle } from './handle.ts';

/** The serving half of a fetch over HTTP: git-upload-pack(1) and gitprotocol-http(5). */

/** What a client asked for in its `Git-Protocol` header; 0 where it asked for nothing. */
export type ProtocolVersion = 0 | 1 | 2;

export interface ServeOptions {
  readonly version: ProtocolVersion;
  /** Aborted when the client is gone: the whole process group ends. */
  readonly signal: AbortSignal;
}

/** Seconds for which Git waits for a client that neither sends nor takes anything. */
const SILENCE_SECONDS = 1800;

/** Starts Git to list the refs (version 0 and 1) or its capabilities (version 2) on standard output. */
export function advertiseUploadPack(handle: RepositoryHandle, options: ServeOptions): GitChild {
  const child = start(handle, ['--http-backend-info-refs'], options);
  child.stdin.end();
  return child;
}

/** Starts Git to answer one request, which the caller writes to standard input. */
export const startUploadPack = (handle: RepositoryHandle, options: ServeOptions): GitChild =>
  start(handle, [], options);

/** What stands before an advertisement of version 0 and 1, and is left out in version 2 (gitprotocol-http(5), "Smart Clients"). */
export const advertisementHead = (service: 'git-upload-pack' | 'git-receive-pack'): Buffer =>
  Buffer.concat([encodePacket(`# service=${service}\n`), flushPacket]);

function start(
  handle: RepositoryHandle,
  args: readonly string[],
  { version, signal }: ServeOptions,
): GitChild {
  return streamGit(
    handle,
    ['upload-pack', '--strict', `--timeout=${SILENCE_SECONDS}`, '--stateless-rpc', ...args, handle.path],
    { signal, env: version === 0 ? {} : { GIT_PROTOCOL: `version=${version}` } },
  );
}
