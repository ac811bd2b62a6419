import { MOST_MEMORY_MB } from './archive.ts';
import { encodePacket, flushPacket } from './pkt-line.ts';
import { gitSettings, streamGit, type GitChild, type StreamOptions } from './process.ts';
import type { RepositoryHandle } from './handle.ts';

/** The serving half of a fetch: git-upload-pack(1) and gitprotocol-http(5), git-upload-archive(1). */

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

/** Starts Git for a whole conversation of version 0 or 1, the list of refs included: over SSH both sides talk at once. */
export const converseUploadPack = (handle: RepositoryHandle, options: ServeOptions): GitChild =>
  streamGit(handle, ['upload-pack', ...CHECKS, handle.path], inVersion(options));

/** Starts Git to send an archive of a tree that a ref names: the wish is written to standard input. */
export const startUploadArchive = (handle: RepositoryHandle, signal: AbortSignal): GitChild =>
  streamGit(handle, ['upload-archive', handle.path], {
    signal,
    mostMemoryMb: MOST_MEMORY_MB,
    findsNoProgram: true,
  });

/** What stands before an advertisement of version 0 and 1, and is left out in version 2 (gitprotocol-http(5), "Smart Clients"). */
export const advertisementHead = (service: 'git-upload-pack' | 'git-receive-pack'): Buffer =>
  Buffer.concat([encodePacket(`# service=${service}\n`), flushPacket]);

/**
 * As `startUploadPack`, for version 2, with the answer in a file that is made for it. Nobody's leaving ends it by itself.
 *
 * @param isSnapshot whether it is one state of the files alone
 */
export const startUploadPackInto = (
  handle: RepositoryHandle,
  stdoutPath: string,
  isSnapshot: boolean,
): GitChild => start(handle, [], { version: 2, stdoutPath, settings: isSnapshot ? SNAPSHOT : {} });

const CHECKS = ['--strict', `--timeout=${SILENCE_SECONDS}`] as const;

/**
 * A process that packs would map whole packs and remember 96 MB of what it took apart: as many clones at once as there
 * are cores would take as many hundreds of MB. With these it takes a third of the memory, and no more processor time.
 */
const MEMORY = {
  'core.packedGitWindowSize': '4m',
  'core.packedGitLimit': '32m',
  'core.deltaBaseCacheLimit': '8m',
} as const;

/**
 * Each file is held against so many others that look like it. Where each file is there once, what is alike lies side by
 * side: ten, as Git has it, take two to five times the processor time, and make the pack smaller by one to three hundredths.
 */
const SNAPSHOT = { 'pack.window': '1' } as const;

type StartOptions = Omit<ServeOptions, 'signal'> &
  Pick<StreamOptions, 'signal' | 'stdoutPath'> & { readonly settings?: Readonly<Record<string, string>> };

const inVersion = ({ version, settings = {}, ...options }: StartOptions): StreamOptions => ({
  ...options,
  env: {
    ...gitSettings({ ...MEMORY, ...settings }),
    ...(version !== 0 && { GIT_PROTOCOL: `version=${version}` }),
  },
});

const start = (handle: RepositoryHandle, args: readonly string[], options: StartOptions): GitChild =>
  streamGit(handle, ['upload-pack', ...CHECKS, '--stateless-rpc', ...args, handle.path], inVersion(options));
