import type { Grant } from '../../gate/index.ts';
import type { FileChange } from '../../git/changes.ts';
import type { Commit } from '../../git/commit.ts';
import { innerPath, readCommit } from '../../git/commits.ts';
import { isComparable } from '../../git/comparable.ts';
import { streamDiff, type DiffQuery } from '../../git/diff.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { emptyTreeOf, objectFormatOf, type ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { resolveRevision } from '../../git/revision.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { streamInTurn } from '../git/pack-work.ts';
import { mayLie } from './commits.ts';
import { comparing, reading, tooMuch, written } from './problems.ts';

export type { FileChange } from '../../git/changes.ts';

/** What is compared: one commit with its first parent, or a change with the base that it is for. */
export interface Spec {
  readonly change: string;
  readonly base: string | undefined;
}

/** Two states of the files. */
export interface Comparison {
  /** A commit or, before a root commit, the empty tree. */
  readonly before: ObjectId;
  readonly after: ObjectId;
}

export type ComparisonChoice = Omit<DiffQuery, 'before' | 'after'>;

/** Trees that differ in no more than is compared have no more files in them. */
const MOST_FILES = 50_000;

const NO_BASE = 'These two have no common ancestor.';

/** `COMMIT` or `CHANGE..BASE`, as Bitbucket has it: the other way round than Git. Throws `Problem`. */
export function readSpec(text: string, whenAlone: 'is one' | 'wants two' = 'is one'): Spec {
  const [change = '', base, more] = text.split('..');
  const isRange = base !== undefined;
  const isWhole = change !== '' && base !== '' && more === undefined && base?.startsWith('.') !== true;
  if (!isWhole || (!isRange && whenAlone === 'wants two')) {
    const one = whenAlone === 'is one' ? 'one commit, or ' : '';
    throw new Problem(
      'invalid',
      `Name ${one}two commits with two dots between them: first the one with the changes, then the one that they are for, such as feature..main.`,
    );
  }
  return { change, base };
}

/**
 * The two states that a spec is about. Throws `Problem`.
 * @param fromAncestor compares the change of a spec with two commits with their common ancestor, and not with its base
 */
export async function findComparison(
  services: Services,
  grant: Grant<'source.read'>,
  spec: Spec,
  fromAncestor: boolean,
): Promise<Comparison> {
  const handle = await openForReading(services.storage, grant);
  return comparing(services, async () => {
    const { change, base } = await resolveSpec(services, handle, spec);
    if (base === undefined) return { before: await stateBefore(services, handle, change), after: change };
    if (!fromAncestor) return { before: base, after: change };
    const ancestor = await services.history.mergeBase(handle, change, base);
    if (ancestor === null)
      throw invalid('topic', `${NO_BASE} With topic=false they are compared as they are.`);
    return { before: ancestor, after: change };
  });
}

/** The best common ancestor of the two commits of a spec. Throws `Problem`, also where there is none. */
export async function viewMergeBase(
  services: Services,
  grant: Grant<'source.read'>,
  spec: Spec,
): Promise<Commit> {
  const handle = await openForReading(services.storage, grant);
  return comparing(services, async () => {
    const { change, base = change } = await resolveSpec(services, handle, spec);
    const found = await services.history.mergeBase(handle, change, base);
    if (found === null) throw new Problem('not_found', NO_BASE);
    return readCommit(services.objects, handle, found);
  });
}

/** The commits of a spec. @throws RevisionNotFound */
export async function resolveSpec(
  services: Services,
  handle: RepositoryHandle,
  { change, base }: Spec,
): Promise<{ readonly change: ObjectId; readonly base: ObjectId | undefined }> {
  const { commit } = await resolveRevision(services, handle, change);
  if (base === undefined) return { change: commit, base };
  return { change: commit, base: (await resolveRevision(services, handle, base)).commit };
}

/** The first parent of a commit; the empty tree before one that has none. */
export async function stateBefore(
  { objects }: Services,
  handle: RepositoryHandle,
  commit: ObjectId,
): Promise<ObjectId> {
  const { parents } = await readCommit(objects, handle, commit);
  return parents[0] ?? emptyTreeOf(objectFormatOf(commit));
}

/** All files that two states differ in. Throws `Problem` where more differs than is compared here. */
export async function listFileChanges(
  services: Services,
  grant: Grant<'source.read'>,
  comparison: Comparison,
  choice: ComparisonChoice,
): Promise<readonly FileChange[]> {
  const handle = await openForReading(services.storage, grant);
  const query = await queryOf(services, handle, comparison, choice);
  if (query === undefined) return [];
  const { files, truncated } = await comparing(services, () =>
    services.history.changes(handle, query, MOST_FILES),
  );
  if (truncated) throw tooMuch();
  return files;
}

/**
 * The unified diff of two states as Git writes it, in a turn of what packs. It fails where Git does, so that no part of one
 * passes for the whole. Throws `Problem` where more differs than is compared here.
 */
export async function openComparison(
  services: Services,
  grant: Grant<'source.read'>,
  comparison: Comparison,
  choice: ComparisonChoice,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const handle = await openForReading(services.storage, grant);
  const query = await queryOf(services, handle, comparison, choice);
  if (query === undefined) return nothing();
  const diff = await streamInTurn(services, grant, signal, () => streamDiff(handle, query, { signal }));
  return written(services, diff, signal);
}

/** What differs in nothing: no Git has to be started to say so. */
export async function* nothing(): AsyncGenerator<Buffer> {}

/** What Git is asked; undefined where nothing can differ. Throws `Problem` for more than it is let compare. */
async function queryOf(
  services: Services,
  handle: RepositoryHandle,
  comparison: Comparison,
  choice: ComparisonChoice,
): Promise<DiffQuery | undefined> {
  const wanted = choice.paths === undefined || choice.paths.length === 0 ? [''] : choice.paths;
  const named = wanted.filter(mayLie).map(innerPath);
  if (comparison.before === comparison.after || named.length === 0) return undefined;
  const paths = named.includes('') ? [''] : named;
  await refuseTooMuch(services, handle, comparison, paths);
  // To Git, the whole is no path.
  return { ...choice, ...comparison, paths: paths.filter((path) => path !== '') };
}

/** Throws `Problem` where two states differ in more than Git is let compare. @param paths where only these are compared */
export async function refuseTooMuch(
  { objects }: Services,
  handle: RepositoryHandle,
  { before, after }: Comparison,
  paths?: readonly string[],
): Promise<void> {
  if (!(await reading(() => isComparable(objects, handle, before, after, paths)))) throw tooMuch();
}
