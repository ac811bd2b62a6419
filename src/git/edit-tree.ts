import { encodeTree, type NewTreeEntry } from './encode-object.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectFormat, ObjectId } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';
import { newObject, type NewObject } from './pack-writer.ts';
import { Breath } from './snapshot/breathe.ts';
import { entriesIn, hashBytesOf, readTree } from './tree.ts';

/** One change of a tree: what stands at a path from then on, or null for nothing. */
export interface TreeEdit {
  /** From the root, without a slash at either end; every part is a name. */
  readonly path: string;
  readonly entry: { readonly mode: '100644' | '100755' | '120000'; readonly id: ObjectId } | null;
}

/** An edit does not fit what is there. The message is a sentence for whoever asked. */
export class EditMisfit extends Error {
  override readonly name = 'EditMisfit';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

export interface EditedTree {
  readonly id: ObjectId;
  /** The trees that the edits made. */
  readonly trees: readonly NewObject[];
}

const DIRECTORY = '40000';

/**
 * The tree with the edits made, deletions first, so that a file may give way to a directory. Directories that become
 * empty go. Reads only the trees on the way to what is edited.
 *
 * @param root the tree as it is; undefined for none
 * @param edits one for each path at most
 * @throws EditMisfit for deleting what is not there or is a directory, and for a path through or onto something else
 */
export async function editTree(
  source: {
    readonly objects: ObjectReader;
    readonly handle: RepositoryHandle;
    readonly format: ObjectFormat;
  },
  root: ObjectId | undefined,
  edits: readonly TreeEdit[],
): Promise<EditedTree> {
  const trees = new Map<ObjectId, NewObject>();
  const breath = new Breath();
  /** The id of the edited directory; undefined where nothing is left in it. */
  const edited = async (
    tree: ObjectId | undefined,
    within: string,
    inside: readonly InnerEdit[],
  ): Promise<ObjectId | undefined> => {
    const entries = await entriesOf(source, tree, breath);
    for (const [name, changes] of byFirstPart(inside)) {
      if (breath.isDue) await breath.take();
      const path = within === '' ? name : `${within}/${name}`;
      const below = changes.flatMap(({ parts, edit }) =>
        parts.length > 1 ? [{ parts: parts.slice(1), edit }] : [],
      );
      const here = changes.find(({ parts }) => parts.length === 1)?.edit;
      if (here?.entry === null) remove(entries, name, path);
      if (below.length > 0) {
        const present = entries.get(name);
        if (present !== undefined && present.mode !== DIRECTORY) throw notADirectory(path);
        const id = await edited(present?.id, path, below);
        if (id === undefined) entries.delete(name);
        else entries.set(name, { name: Buffer.from(name), mode: DIRECTORY, id });
      }
      if (here != null && here.entry !== null) put(entries, name, path, here.entry);
    }
    if (entries.size === 0 && within !== '') return undefined;
    const made = newObject(source.format, 'tree', encodeTree([...entries.values()]));
    trees.set(made.id, made);
    return made.id;
  };
  const id = await edited(
    root,
    '',
    edits.map((edit) => ({ parts: edit.path.split('/'), edit })),
  );
  if (id === undefined) throw new TypeError('A root is never left out.');
  return { id, trees: [...trees.values()] };
}

interface InnerEdit {
  readonly parts: readonly string[];
  readonly edit: TreeEdit;
}

type Entries = Map<string, NewTreeEntry>;

async function entriesOf(
  { objects, handle }: { readonly objects: ObjectReader; readonly handle: RepositoryHandle },
  tree: ObjectId | undefined,
  breath: Breath,
): Promise<Entries> {
  if (tree === undefined) return new Map();
  const entries: Entries = new Map();
  for (const { nameBytes, mode, id } of entriesIn(await readTree(objects, handle, tree), hashBytesOf(tree))) {
    if (breath.isDue) await breath.take();
    // What is no UTF-8 gets a key that no path is equal to.
    const name = nameBytes.toString('utf8');
    const key = Buffer.from(name).equals(nameBytes) ? name : `\0${nameBytes.toString('latin1')}`;
    // Old programs wrote directories with permissions.
    entries.set(key, {
      name: nameBytes,
      mode: mode.startsWith('04') ? DIRECTORY : mode.replace(/^0/, ''),
      id,
    });
  }
  return entries;
}

/** Those that give something away first. */
function byFirstPart(edits: readonly InnerEdit[]): Map<string, InnerEdit[]> {
  const groups = new Map<string, InnerEdit[]>();
  for (const edit of edits) {
    const [first = ''] = edit.parts;
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [edit]);
    else group.push(edit);
  }
  return groups;
}

function remove(entries: Entries, name: string, path: string): void {
  const present = entries.get(name);
  if (present === undefined) throw new EditMisfit(path, `There is no file ${path} to delete.`);
  if (present.mode === DIRECTORY) {
    throw new EditMisfit(path, `${path} is a directory: name the files in it that are to be deleted.`);
  }
  entries.delete(name);
}

function put(
  entries: Entries,
  name: string,
  path: string,
  { mode, id }: NonNullable<TreeEdit['entry']>,
): void {
  const present = entries.get(name);
  if (present?.mode === DIRECTORY) {
    throw new EditMisfit(
      path,
      `${path} is a directory: give the file another name, or delete what is in it.`,
    );
  }
  if (present?.mode === '160000') {
    throw new EditMisfit(path, `${path} is a submodule, which Git alone can change.`);
  }
  entries.set(name, { name: Buffer.from(name), mode, id });
}

const notADirectory = (path: string): EditMisfit =>
  new EditMisfit(path, `${path} is a file: nothing can lie below it unless it is deleted as well.`);
