import { Readable } from 'node:stream';
import type { RepositoryHandle } from '../../git/handle.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { POINTER_SIZES, readLfsPointer } from '../../git/lfs/index.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { resolveRevision, splitRevisionAndPath } from '../../git/revision.ts';
import { entrySize, findPath, walkDirectory, type EntryKind, type PathEntry } from '../../git/tree.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { noSuchFile, reading } from './problems.ts';

export type { EntryKind, PathEntry } from '../../git/tree.ts';

/** What lies at a path in a commit. */
export interface Location {
  /** Full hash. */
  readonly commit: string;
  /** The part of the text that named the commit: a hash, a branch, a tag, HEAD. */
  readonly revision: string;
  /** The ref it was found by; undefined for a hash. */
  readonly ref: string | undefined;
  readonly entry: PathEntry;
}

export interface SourceEntry {
  /** From the root of the tree, without a slash at either end. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes; null for directories and submodules. */
  readonly size: number | null;
  /** True for a pointer of Git LFS. */
  readonly isLfsPointer: boolean;
}

/** Finds `{revision}/{path}`; branches with slashes in their names too. Throws `Problem` when nothing is there. */
export async function locate(services: Services, grant: ReadingGrant, text: string): Promise<Location> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const { commit, ref, revision, path } = await splitRevisionAndPath(services, handle, text);
    return { commit, ref, revision, entry: await entryAt(services, handle, commit, path) };
  });
}

/** The same where revision and path come apart. */
export async function locateIn(
  services: Services,
  grant: ReadingGrant,
  revision: string,
  path: string,
): Promise<Location> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const { commit, ref } = await resolveRevision(services, handle, revision);
    return { commit, ref, revision, entry: await entryAt(services, handle, commit, path) };
  });
}

async function entryAt(
  services: Services,
  handle: RepositoryHandle,
  commit: string,
  path: string,
): Promise<PathEntry> {
  const entry = await findPath(services.objects, handle, commit, path);
  if (entry === undefined) throw noSuchFile(path);
  return entry;
}

export interface DirectoryQuery {
  /** 1 lists the directory's own entries. */
  readonly maxDepth: number;
  readonly offset: number;
  readonly limit: number;
  /** All that is there, breadth first, where there is none. */
  readonly choice?: EntryChoice;
}

/** Which entries are wanted, in which order. */
export interface EntryChoice {
  /** Whether it looks at sizes; where it does not they are null, and nothing is a pointer. */
  readonly bySize: boolean;
  readonly matches?: (entry: SourceEntry) => boolean;
  readonly compare?: (a: SourceEntry, b: SourceEntry) => number;
}

/** All of them are looked at for each page of a choice. */
const MOST_CHOSEN_FROM = 5000;
/** As many are looked at for one page at most, those before it included: trees that name each other hold any number. */
const MOST_LOOKED_AT = 100_000;

const tooMany = (most: number, what: string): Problem =>
  new Problem(
    'invalid',
    `${what} at most ${most} entries, and more lie here: ask for a directory further down, or for a smaller max_depth.`,
  );

/** One page of what lies in a directory and below. Throws `Problem` where a choice would have to be made from too much. */
export async function listDirectoryEntries(
  services: Services,
  grant: ReadingGrant,
  directory: PathEntry,
  query: DirectoryQuery,
): Promise<{ readonly entries: readonly SourceEntry[]; readonly hasMore: boolean }> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const entries =
      query.choice === undefined
        ? walkDirectory(services.objects, handle, directory, query.maxDepth)
        : await choose(services, handle, directory, query.maxDepth, query.choice);
    const page: PathEntry[] = [];
    let position = 0;
    let hasMore = false;
    for await (const entry of entries) {
      if (page.length === query.limit) {
        hasMore = true;
        break;
      }
      if (position >= query.offset) page.push(entry);
      position += 1;
      if (position > MOST_LOOKED_AT) throw tooMany(MOST_LOOKED_AT, 'Pages list');
    }
    return { entries: await Promise.all(page.map((entry) => describe(services, handle, entry))), hasMore };
  });
}

async function choose(
  services: Services,
  handle: RepositoryHandle,
  directory: PathEntry,
  maxDepth: number,
  { bySize, matches, compare }: EntryChoice,
): Promise<PathEntry[]> {
  const all: PathEntry[] = [];
  for await (const entry of walkDirectory(services.objects, handle, directory, maxDepth)) {
    all.push(entry);
    if (all.length > MOST_CHOSEN_FROM) throw tooMany(MOST_CHOSEN_FROM, 'Filters and sorts look at');
  }
  const looked = await Promise.all(
    all.map(async (entry) => ({
      entry,
      seen: {
        path: entry.path,
        kind: entry.kind,
        size: bySize ? ((await entrySize(services.objects, handle, entry)) ?? null) : null,
        isLfsPointer: false,
      },
    })),
  );
  const chosen = matches === undefined ? looked : looked.filter(({ seen }) => matches(seen));
  if (compare !== undefined) chosen.sort((a, b) => compare(a.seen, b.seen));
  return chosen.map(({ entry }) => entry);
}

/** Size and nature of one entry. */
export async function describeEntry(
  services: Services,
  grant: ReadingGrant,
  entry: PathEntry,
): Promise<SourceEntry> {
  const handle = await openForReading(services.storage, grant);
  return reading(() => describe(services, handle, entry));
}

export async function describe(
  services: Services,
  handle: RepositoryHandle,
  entry: PathEntry,
): Promise<SourceEntry> {
  const size = (await entrySize(services.objects, handle, entry)) ?? null;
  return {
    path: entry.path,
    kind: entry.kind,
    size,
    isLfsPointer: size !== null && (await isLfsPointer(services, handle, entry, size)),
  };
}

/** Pointers are small text files; only files of such a size are looked into. */
async function isLfsPointer(
  services: Services,
  handle: RepositoryHandle,
  entry: PathEntry,
  size: number,
): Promise<boolean> {
  if (entry.kind === 'link' || size < POINTER_SIZES.from || size > POINTER_SIZES.to) return false;
  const { bytes } = await services.objects.readObject(handle, entry.id);
  return readLfsPointer(bytes) !== undefined;
}

/** How many bytes `openFile` would answer. Throws `Problem` for a submodule. */
export async function sizeOfFile(services: Services, grant: ReadingGrant, entry: PathEntry): Promise<number> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => (await services.objects.objectInfo(handle, blobOf(entry))).size);
}

/** The bytes of a file, or of a link its target, as a stream; one that is not read to its end is to be destroyed. Throws `Problem` for a submodule. @param known the bytes, where they were read already */
export async function openFile(
  services: Services,
  grant: ReadingGrant,
  entry: PathEntry,
  known?: Buffer,
): Promise<{ readonly size: number; readonly stream: Readable }> {
  if (known !== undefined)
    return { size: known.length, stream: Readable.from([known], { objectMode: false }) };
  const handle = await openForReading(services.storage, grant);
  return reading(() => services.objects.streamBlob(handle, blobOf(entry)));
}

function blobOf({ kind, path, id }: PathEntry): ObjectId {
  if (kind === 'directory' || kind === 'submodule') {
    throw new Problem('not_found', `${path} is a ${kind} and has no bytes of its own.`);
  }
  return id;
}
