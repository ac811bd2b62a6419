import type { Grant } from '../../gate/index.ts';
import { editTree, EditMisfit, type EditedTree, type TreeEdit } from '../../git/edit-tree.ts';
import { encodeCommit, type Person } from '../../git/encode-object.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import { parseObjectId, zeroObjectId, type ObjectFormat, type ObjectId } from '../../git/object-id.ts';
import { objectFormat } from '../../git/object-format.ts';
import { openForReading } from '../../git/open.ts';
import { newBlob, newObject, type NewObject } from '../../git/pack-writer.ts';
import { listRefs } from '../../git/ref-list.ts';
import { branchPrefix, branchRef, shortRefName } from '../../git/ref-name.ts';
import { readHead, readRef } from '../../git/refs.ts';
import { longestPathBytes, rootTree } from '../../git/tree.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { pushFromHere } from '../git/push-from-here.ts';
import { refCalled, refuseTaken, type ChangingTerms } from './change-refs.ts';
import { viewCommit } from './commits.ts';
import { reading } from './problems.ts';
import { writerOf } from './writer.ts';

/** What a file is to be from then on. */
export interface GivenFile {
  readonly path: string;
  readonly attribute: 'executable' | 'link' | null;
  readonly size: number;
  /** Its bytes; called once for its id, and again for each try. */
  readonly read: () => AsyncIterable<Buffer>;
}

export interface FilesToCommit {
  /** The main branch when none is named. */
  readonly branch?: string;
  /** Hashes; the tip of the branch when none are given. */
  readonly parents: readonly string[];
  /** `Name <address>`; whoever asks when none is given. */
  readonly author?: string;
  readonly message?: string;
  /** The last one of a path counts. */
  readonly files: readonly GivenFile[];
  readonly deletions: readonly string[];
}

const MODES = { executable: '100755', link: '120000' } as const;
const FILE = '100644';
/** Git keeps what a link leads to in memory, and no system follows more. */
const LONGEST_LINK = 4096;
const LONGEST_MESSAGE = 1024 * 1024;
const LONGEST_PERSON = 1000;
/** As much as a file system holds. */
const LONGEST_NAME = 255;
const MOST_PATHS = 1000;
/** Each makes a tree. */
const MOST_PARTS = 10_000;

/**
 * Makes a commit of files that are given, on top of a branch, and moves the branch to it, as a push does and decided like
 * one. Which branch and which parent is as Bitbucket Cloud has it (OpenAPI, `POST …/src`, `branch`): a branch that is not
 * there is made, at the parent that was named or at the main branch; a parent of a branch that is there must be its tip.
 * Without files it can only make a branch, and changes nothing. Throws `Problem` for what does not fit, `conflict` where the
 * parent is not the tip (any more), and as a push does.
 *
 * @returns the hash of the commit
 */
export async function commitFiles(
  services: Services,
  grant: Grant<'repository.push'>,
  input: FilesToCommit,
  terms: ChangingTerms,
): Promise<ObjectId> {
  const writer = writerOf(grant.principal);
  const author = input.author === undefined ? writer : personIn(input.author);
  const files = input.files.map((file) => ({ ...file, path: pathIn(file.path) }));
  const deletions = input.deletions.map(pathIn);
  refuseTooMany([...files.map(({ path }) => path), ...deletions]);
  const message = messageOf({ ...input, files, deletions });
  const handle = await openForReading(services.storage, grant);
  const format = await objectFormat(services, handle);
  const blobs = await blobsOf(format, files);
  const edits = editsOf(deletions, blobs);
  const commitOnto = async (): Promise<ObjectId> => {
    const place = await reading(() => placeOf(services, grant, handle, input));
    if (edits.length === 0 && (input.branch === undefined || place.tip !== undefined)) {
      throw invalid('files', 'Send a file, or name one that is to be deleted.');
    }
    const { id: tree, trees } = await reading(() => treeOf(services, handle, place.parent, format, edits));
    const commit = newObject(
      format,
      'commit',
      encodeCommit({
        tree,
        parents: place.parent === undefined ? [] : [place.parent],
        author,
        committer: writer,
        at: services.clock(),
        message,
      }),
    );
    const command = { ref: place.ref, old: place.tip ?? zeroObjectId(format), new: commit.id };
    const objects = [commit, ...trees, ...new Map(blobs.map(({ blob }) => [blob.id, blob])).values()];
    await pushFromHere(services, grant, { command, objects, ...terms });
    return commit.id;
  };
  return input.parents.length === 0 ? again(commitOnto) : commitOnto();
}

const MOST_TRIES = 5;

/** Whoever named no parent takes the branch as it is: where another commit came in between, theirs goes on top of it. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = MOST_TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !(error instanceof Problem) || error.code !== 'conflict') throw error;
    }
  }
}

interface Place {
  readonly ref: string;
  /** Of the branch; undefined where it is to be made. */
  readonly tip: ObjectId | undefined;
  /** Undefined in a repository without commits. */
  readonly parent: ObjectId | undefined;
}

async function placeOf(
  services: Services,
  grant: Grant<'repository.push'>,
  handle: RepositoryHandle,
  { branch, parents }: FilesToCommit,
): Promise<Place> {
  const [named] = parents;
  if (parents.length > 1) throw invalid('parents', 'Name one parent: merges are pushed with Git.');
  if (named !== undefined && parseObjectId(named) === undefined) {
    throw invalid('parents', 'Name the parent by its whole hash.');
  }
  const head = readHead(handle);
  const main = head === undefined ? undefined : await readRef(services, handle, head);
  const ref = branch === undefined ? (head ?? branchRef('main')) : refCalled('branch', branch);
  const found = ref === head ? main : await readRef(services, handle, ref);
  if (found !== undefined) {
    if (named !== undefined && parseObjectId(named) !== found.id) {
      throw new Problem(
        'conflict',
        `The parent is not the tip of ${shortRefName(ref)}, which is ${found.id}: look at what changed, and name that one.`,
        { data: { tip: found.id } },
      );
    }
    return { ref, tip: found.id, parent: found.id };
  }
  await refuseTaken(services, handle, 'branch', shortRefName(ref));
  if (named !== undefined) {
    return { ref, tip: undefined, parent: (await viewCommit(services, grant, named)).id };
  }
  if (main === undefined && (await hasBranches(services, handle))) {
    throw invalid(
      'branch',
      'The main branch has no commit yet: name the branch, and the parent of the commit.',
    );
  }
  return { ref, tip: undefined, parent: main?.id };
}

const hasBranches = async (services: Services, handle: RepositoryHandle): Promise<boolean> =>
  (await listRefs(services, handle, { prefix: branchPrefix, offset: 0, limit: 1 })).total > 0;

async function treeOf(
  services: Services,
  handle: RepositoryHandle,
  parent: ObjectId | undefined,
  format: ObjectFormat,
  edits: readonly TreeEdit[],
): Promise<EditedTree> {
  const { objects } = services;
  const root = parent === undefined ? undefined : await rootTree(objects, handle, parent);
  try {
    return await editTree({ objects, handle, format }, root, edits);
  } catch (error) {
    if (error instanceof EditMisfit) throw invalid(error.path, error.message);
    throw error;
  }
}

async function blobsOf(format: ObjectFormat, files: readonly GivenFile[]) {
  const blobs: { readonly file: GivenFile; readonly blob: NewObject }[] = [];
  for (const file of files) {
    if (file.attribute === 'link' && file.size > LONGEST_LINK) {
      throw invalid(file.path, `A link leads to a path of at most ${LONGEST_LINK} bytes.`);
    }
    blobs.push({ file, blob: await newBlob(format, file.size, file.read) });
  }
  return blobs;
}

/** One for each path: what is given counts, also where it is named among what is to be deleted. */
function editsOf(
  deletions: readonly string[],
  blobs: Awaited<ReturnType<typeof blobsOf>>,
): readonly TreeEdit[] {
  const edits = new Map<string, TreeEdit>();
  for (const path of deletions) edits.set(path, { path, entry: null });
  for (const { file, blob } of blobs) {
    const mode = file.attribute === null ? FILE : MODES[file.attribute];
    edits.set(file.path, { path: file.path, entry: { mode, id: blob.id } });
  }
  return [...edits.values()];
}

function refuseTooMany(paths: readonly string[]): void {
  const parts = paths.reduce((sum, path) => sum + path.split('/').length, 0);
  if (paths.length <= MOST_PATHS && parts <= MOST_PARTS) return;
  throw new Problem(
    'too_large',
    `A commit over the API changes at most ${MOST_PATHS} files, whose paths have ${MOST_PARTS} names between slashes in all: make several, or use Git.`,
  );
}

/** Git refuses some of these with less to say, and would let others through that no file system holds. */
function pathIn(text: string): string {
  const path = text.replace(/^\//, '');
  const problem = problemOf(path);
  if (problem !== undefined) throw invalid(text.slice(0, 200), `The path of a file ${problem}.`);
  return path;
}

function problemOf(path: string): string | undefined {
  const parts = path.split('/');
  if (path === '' || parts.some((part) => part === '')) {
    return 'begins, ends or holds an empty name between slashes: write it as folder/name';
  }
  if (parts.some((part) => part === '.' || part === '..')) return 'holds "." or "..": write it from the root';
  if (parts.some((part) => part.toLowerCase() === '.git')) return 'holds ".git", which is Git\'s own';
  if (/[\x00-\x1f\x7f]/.test(path) || !path.isWellFormed())
    return 'holds a control character or is not UTF-8';
  if (
    Buffer.byteLength(path) > longestPathBytes ||
    parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME)
  ) {
    return `is too long: at most ${LONGEST_NAME} bytes between slashes and ${longestPathBytes} in all`;
  }
  return undefined;
}

function messageOf({ message = '', files, deletions }: FilesToCommit): string {
  if (message.includes('\0')) throw invalid('message', 'A message holds no zero bytes: leave them out.');
  if (Buffer.byteLength(message) > LONGEST_MESSAGE) {
    throw invalid('message', `A message has at most ${LONGEST_MESSAGE} bytes: shorten it.`);
  }
  // Forms come with the line ends of mail.
  if (message.trim() !== '') return message.toWellFormed().replaceAll('\r\n', '\n');
  const paths = new Set([...files.map(({ path }) => path), ...deletions]);
  const [first] = paths;
  if (first === undefined) return 'Commit without changes, made over the API\n';
  return paths.size === 1 ? `${first} edited over the API\n` : `${paths.size} files edited over the API\n`;
}

function personIn(text: string): Person {
  const [, name = '', email = ''] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text) ?? [];
  if (email.trim() === '' || text.length > LONGEST_PERSON || /[\x00-\x1f\x7f]/.test(text)) {
    throw invalid('author', 'Write the author as "Name <address>".');
  }
  return { name: name.trim(), email: email.trim() };
}
