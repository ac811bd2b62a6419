import type { Grant } from '../../gate/index.ts';
import { parseTag } from '../../git/commit.ts';
import { encodeTag } from '../../git/encode-object.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { objectFormatOf, zeroObjectId, type ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { newObject, type NewObject } from '../../git/pack-writer.ts';
import { listRefs } from '../../git/ref-list.ts';
import { branchPrefix, pushedRefProblem, tagPrefix } from '../../git/ref-name.ts';
import { readHead, readRef, readRefs } from '../../git/refs.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { PushTerms } from '../git/one-push.ts';
import { pushFromHere } from '../git/push-from-here.ts';
import { viewCommit } from './commits.ts';
import { reading } from './problems.ts';
import type { SourceRef } from './refs.ts';
import { writerOf } from './writer.ts';

/** Branches and tags made and deleted otherwise than with Git; each is a push of its own, decided as one. */

export type ChangingTerms = Pick<PushTerms, 'signal' | 'decideAgain'>;

export type RefKind = 'branch' | 'tag';

const PREFIX = { branch: branchPrefix, tag: tagPrefix } as const;
const NOUN: Readonly<Record<RefKind, string>> = { branch: 'Branch', tag: 'Tag' };

/** @property target a hash, the beginning of one, a branch or a tag */
export interface NewRef {
  readonly name: string;
  readonly target: string;
}

/** Makes a branch at a commit, and answers with it. Throws `Problem` for a name that cannot be or is taken, for a commit that is not there, and as a push does. */
export async function createBranch(
  services: Services,
  grant: Grant<'ref.create'>,
  { name, target }: NewRef,
  terms: ChangingTerms,
): Promise<SourceRef> {
  const commit = await viewCommit(services, grant, target);
  await create(services, grant, 'branch', name, { id: commit.id, objects: [] }, terms);
  return { kind: 'branch', name, id: commit.id, commit, annotation: null };
}

/**
 * Makes an annotated tag of a commit, as Bitbucket Cloud does of every one. Without a message it says what it is of.
 * Throws `Problem` as `createBranch` does.
 */
export async function createTag(
  services: Services,
  grant: Grant<'ref.create'>,
  { name, target, message }: NewRef & { readonly message: string },
  terms: ChangingTerms,
): Promise<SourceRef> {
  if (message.includes('\0')) throw invalid('message', 'A message holds no zero bytes: leave them out.');
  const commit = await viewCommit(services, grant, target);
  const said =
    message.trim() === ''
      ? `Added tag ${name} for changeset ${commit.id.slice(0, 12)}`
      : message.replaceAll('\r\n', '\n');
  const bytes = encodeTag({
    commit: commit.id,
    name,
    tagger: writerOf(grant.principal),
    at: services.clock(),
    message: said,
  });
  const tag = newObject(objectFormatOf(commit.id), 'tag', bytes);
  await create(services, grant, 'tag', name, { id: tag.id, objects: [tag] }, terms);
  return { kind: 'tag', name, id: tag.id, commit, annotation: parseTag(tag.id, bytes) };
}

async function create(
  services: Services,
  grant: Grant<'ref.create'>,
  kind: RefKind,
  name: string,
  { id, objects }: { readonly id: ObjectId; readonly objects: readonly NewObject[] },
  terms: ChangingTerms,
): Promise<void> {
  const ref = refCalled(kind, name);
  const handle = await openForReading(services.storage, grant);
  await reading(() => refuseTaken(services, handle, kind, name));
  const command = { ref, old: zeroObjectId(objectFormatOf(id)), new: id };
  await pushFromHere(services, grant, { command, objects, ...terms });
}

/** Deletes a branch or tag. Throws `Problem` where there is none, for the default branch, and as a push does. */
export async function deleteRef(
  services: Services,
  grant: Grant<'repository.push'>,
  kind: RefKind,
  name: string,
  terms: ChangingTerms,
): Promise<void> {
  const handle = await openForReading(services.storage, grant);
  const found = await reading(() => readRef(services, handle, PREFIX[kind] + name));
  if (found === undefined) {
    throw new Problem('not_found', `${NOUN[kind]} "${name}" not found`);
  }
  if (found.ref === readHead(handle)) {
    throw invalid(
      'name',
      'This is the main branch, which stays. Make another branch the main one, then delete it.',
    );
  }
  const command = { ref: found.ref, old: found.id, new: zeroObjectId(objectFormatOf(found.id)) };
  await pushFromHere(services, grant, { command, objects: [], ...terms });
}

/** The full name of a branch or tag that somebody wants to make. Throws `Problem`. */
export function refCalled(kind: RefKind, name: string): string {
  if (name === '') throw invalid('name', `Give the ${kind} a name.`);
  if (name.startsWith('refs/')) {
    throw invalid('name', `Give the name of the ${kind} alone, without ${PREFIX[kind]}.`);
  }
  const ref = PREFIX[kind] + name;
  const problem = pushedRefProblem(ref);
  if (problem !== undefined) throw invalid('name', problem);
  return ref;
}

/** Git keeps a ref as a file: beside `a/b` there can be neither `a` nor `a/b/c`. Throws `Problem`. */
export async function refuseTaken(
  services: Services,
  handle: RepositoryHandle,
  kind: RefKind,
  name: string,
): Promise<void> {
  const parts = name.split('/');
  const onTheWay = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const found = await readRefs(
    services,
    handle,
    onTheWay.map((each) => PREFIX[kind] + each),
  );
  const below = await listRefs(services, handle, {
    prefix: PREFIX[kind],
    matches: (other) => other.startsWith(`${name}/`),
    offset: 0,
    limit: 1,
  });
  const present = onTheWay.find((each) => found.has(PREFIX[kind] + each)) ?? below.refs[0]?.name;
  if (present === undefined) return;
  const message =
    present === name
      ? `${NOUN[kind]} "${name}" already exists.`
      : `${NOUN[kind]} "${present}" already exists, and beside it there can be none called "${name}".`;
  const extras = kind === 'branch' && present === name ? { data: { key: 'BRANCH_ALREADY_EXISTS' } } : {};
  throw new Problem('taken', message, extras);
}
