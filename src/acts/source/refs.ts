import type { Commit, Tag } from '../../git/commit.ts';
import { readCommit } from '../../git/commits.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { ObjectNotFound } from '../../git/object-error.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { branchRef, tagRef } from '../../git/ref-name.ts';
import { listRefs, type RefSort } from '../../git/ref-list.ts';
import { peel, readAnnotation, readRef, withTarget, type Ref } from '../../git/refs.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { reading } from './problems.ts';

export type { RefSort } from '../../git/ref-list.ts';

export interface SourceRef {
  readonly kind: 'branch' | 'tag';
  readonly name: string;
  /** Full hash of what it leads to; of an annotated tag, of its annotation. */
  readonly id: ObjectId;
  /** Null for a tag of something that is no commit. */
  readonly commit: Commit | null;
  /** Of an annotated tag. */
  readonly annotation: Tag | null;
}

export interface SourceRefQuery {
  readonly sort: RefSort;
  /** Sees the short name. */
  readonly matches?: (name: string) => boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface SourceRefPage {
  readonly refs: readonly SourceRef[];
  readonly size: number;
}

const PREFIX = { branch: 'refs/heads/', tag: 'refs/tags/' } as const;

/** One page of branches or tags, and how many there are in all. */
export async function listSourceRefs(
  services: Services,
  grant: ReadingGrant,
  kind: 'branch' | 'tag',
  query: SourceRefQuery,
): Promise<SourceRefPage> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const { refs, total } = await listRefs(services, handle, { ...query, prefix: PREFIX[kind] });
    return {
      refs: await Promise.all(refs.map((ref) => readSourceRef(services, handle, kind, ref))),
      size: total,
    };
  });
}

/** One page of branches followed by tags. */
export async function listBranchesAndTags(
  services: Services,
  grant: ReadingGrant,
  query: SourceRefQuery,
): Promise<SourceRefPage> {
  const branches = await listSourceRefs(services, grant, 'branch', query);
  const tags = await listSourceRefs(services, grant, 'tag', {
    ...query,
    offset: Math.max(0, query.offset - branches.size),
    // Of the page, and not of what is shown: a branch whose name is no text is counted and not shown.
    limit: Math.min(query.limit, Math.max(0, query.offset + query.limit - branches.size)),
  });
  return { refs: [...branches.refs, ...tags.refs], size: branches.size + tags.size };
}

/** One branch or tag by its short name. Throws `Problem` when there is none. */
export async function viewSourceRef(
  services: Services,
  grant: ReadingGrant,
  kind: 'branch' | 'tag',
  name: string,
): Promise<SourceRef> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const ref = await readRef(services, handle, kind === 'branch' ? branchRef(name) : tagRef(name));
    if (ref === undefined) {
      throw new Problem('not_found', `${kind === 'branch' ? 'Branch' : 'Tag'} "${name}" not found`);
    }
    return readSourceRef(services, handle, kind, ref);
  });
}

/**
 * A branch or tag as it was when it had this id, wherever it is now. What is not there any more is left out of it.
 */
export async function sourceRefAt(
  services: Services,
  handle: RepositoryHandle,
  kind: 'branch' | 'tag',
  name: string,
  id: ObjectId,
): Promise<SourceRef> {
  try {
    const { type } = await services.objects.objectInfo(handle, id);
    const ref = await withTarget(services.objects, handle, name, { id, type });
    return await readSourceRef(services, handle, kind, { ...ref, name });
  } catch (error) {
    if (error instanceof ObjectNotFound) return { kind, name, id, commit: null, annotation: null };
    throw error;
  }
}

async function readSourceRef(
  services: Services,
  handle: RepositoryHandle,
  kind: 'branch' | 'tag',
  ref: Ref,
): Promise<SourceRef> {
  const annotation = (await readAnnotation(services.objects, handle, ref)) ?? null;
  return { kind, name: ref.name, id: ref.id, annotation, commit: await commitOf(services, handle, ref) };
}

async function commitOf(services: Services, handle: RepositoryHandle, ref: Ref): Promise<Commit | null> {
  if (ref.targetType === 'commit') return readCommit(services.objects, handle, ref.target);
  if (ref.targetType !== 'tag') return null;
  try {
    // A tag of a tag.
    const { id, type } = await peel(services.objects, handle, ref.target);
    return type === 'commit' ? await readCommit(services.objects, handle, id) : null;
  } catch (error) {
    if (error instanceof ObjectNotFound) return null;
    throw error;
  }
}
