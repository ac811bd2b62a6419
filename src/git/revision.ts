import { ObjectNotFound } from './object-error.ts';
import { parseObjectId } from './object-id.ts';
import { runGit } from './process.ts';
import { branchRef, isValidRefName, tagRef } from './ref-name.ts';
import { peel, readHead, readRefs, type RefSource } from './refs.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

/** What a user may write to name a commit: a hash or the beginning of one, a branch, a tag, HEAD, a full ref. Nothing else. */

export type ResolvedRevision = {
  readonly commit: ObjectId;
  /** The full ref it was found by; undefined for a hash. */
  readonly ref: string | undefined;
};

export type ResolvedPath = ResolvedRevision & {
  /** The part of the text that named the commit. */
  readonly revision: string;
  /** The rest, without the slash between. */
  readonly path: string;
};

/** Nothing goes by this name, or more than one thing does. */
export class RevisionNotFound extends Error {
  override readonly name = 'RevisionNotFound';
  readonly revision: string;
  readonly ambiguous: boolean;

  constructor(revision: string, ambiguous = false) {
    super(
      ambiguous
        ? `More than one commit begins with ${revision}; write more of the hash.`
        : `No branch, tag or commit is called ${JSON.stringify(revision.slice(0, 250))}.`,
    );
    this.revision = revision;
    this.ambiguous = ambiguous;
  }
}

const abbreviation = /^[0-9a-f]{4,63}$/i;
const maximalRevisionLength = 1024;

/**
 * Full hashes come first, then branches, then tags, then hashes cut short. Git's own syntax (`~`, `^`, `@{…}`, `:`)
 * names nothing here. @throws RevisionNotFound
 */
export async function resolveRevision(
  source: RefSource,
  handle: RepositoryHandle,
  revision: string,
): Promise<ResolvedRevision> {
  const byHash = await resolveHash(source.objects, handle, revision);
  if (byHash) return byHash;
  const byRef = await resolveRef(source, handle, candidateRefs(handle, revision));
  if (byRef) return byRef;
  if (abbreviation.test(revision)) return resolveAbbreviation(source.objects, handle, revision.toLowerCase());
  throw new RevisionNotFound(revision);
}

/**
 * Splits `feature/x/docs/readme.md` into the ref and the path behind it: refs cannot lie within each other, so one
 * branch at most fits. A hash or HEAD takes the first part. @throws RevisionNotFound carrying the first part
 */
export async function splitRevisionAndPath(
  source: RefSource,
  handle: RepositoryHandle,
  text: string,
): Promise<ResolvedPath> {
  const parts = text.slice(0, 8192).split('/');
  const first = parts[0] ?? '';
  const pathAfter = (length: number) => text.slice(length).replace(/^\//, '');
  if (parseObjectId(first)) {
    const byHash = await resolveHash(source.objects, handle, first);
    if (byHash) return { ...byHash, revision: first, path: pathAfter(first.length) };
  }
  const prefixes = parts.slice(0, 50).map((_, index) => parts.slice(0, index + 1).join('/'));
  const candidates = prefixes.flatMap((prefix) => refsCalled(prefix).map((ref) => ({ prefix, ref })));
  const found = await readRefs(
    source,
    handle,
    candidates.map(({ ref }) => ref),
  );
  // Longest first; of two equally long a branch comes before a tag, as `refsCalled` orders them.
  const sorted = candidates
    .filter(({ ref }) => found.has(ref))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  for (const { prefix, ref } of sorted) {
    const resolved = await resolveRef(source, handle, [ref]);
    if (resolved) return { ...resolved, revision: prefix, path: pathAfter(prefix.length) };
  }
  return {
    ...(await resolveRevision(source, handle, first)),
    revision: first,
    path: pathAfter(first.length),
  };
}

function refsCalled(name: string): string[] {
  if (name.length > maximalRevisionLength) return [];
  const refs = [branchRef(name), tagRef(name)];
  if (name.startsWith('refs/')) refs.unshift(name);
  return refs.filter(isValidRefName);
}

function candidateRefs(handle: RepositoryHandle, revision: string): string[] {
  if (revision !== 'HEAD') return refsCalled(revision);
  const head = readHead(handle);
  return head === undefined ? [] : [head];
}

async function resolveRef(
  source: RefSource,
  handle: RepositoryHandle,
  candidates: readonly string[],
): Promise<ResolvedRevision | undefined> {
  if (candidates.length === 0) return undefined;
  const found = await readRefs(source, handle, candidates);
  for (const candidate of candidates) {
    const ref = found.get(candidate);
    const commit = ref && (await commitBehind(source.objects, handle, ref.target));
    if (commit) return { commit, ref: candidate };
  }
  return undefined;
}

async function resolveHash(
  reader: ObjectReader,
  handle: RepositoryHandle,
  text: string,
): Promise<ResolvedRevision | undefined> {
  const id = parseObjectId(text);
  const commit = id && (await commitBehind(reader, handle, id));
  return commit ? { commit, ref: undefined } : undefined;
}

async function resolveAbbreviation(
  reader: ObjectReader,
  handle: RepositoryHandle,
  prefix: string,
): Promise<ResolvedRevision> {
  const { stdout, code } = await runGit(handle, ['rev-parse', `--disambiguate=${prefix}`]);
  const commits = new Set<ObjectId>();
  for (const id of code === 0 ? stdout.toString('latin1').split('\n') : []) {
    if (!parseObjectId(id)) continue;
    // Tags and files that begin alike do not make a commit's hash ambiguous.
    if ((await reader.objectInfo(handle, id)).type === 'commit') commits.add(id);
  }
  const [commit] = commits;
  if (commit === undefined || commits.size > 1) throw new RevisionNotFound(prefix, commits.size > 1);
  return { commit, ref: undefined };
}

/** The commit an id names or, through annotated tags, leads to. */
async function commitBehind(
  reader: ObjectReader,
  handle: RepositoryHandle,
  id: ObjectId,
): Promise<ObjectId | undefined> {
  try {
    const info = await reader.objectInfo(handle, id);
    if (info.type === 'commit') return id;
    if (info.type !== 'tag') return undefined;
    const object = await peel(reader, handle, id);
    return object.type === 'commit' ? object.id : undefined;
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}
