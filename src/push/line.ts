import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { PushCommand } from '../git/command-list.ts';
import { NotReadHere, ObjectFiles } from '../git/object-files.ts';
import type { RepositoryHandle } from '../git/handle.ts';
import { everyChange, FILE, type TreeEntry } from '../git/tree-changes.ts';
import type { PathsWithin } from '../gate/index.ts';

/**
 * The ordinary push, judged without starting Git: commits in one line from the new tip to the old one, read from the
 * files that Git just wrote. It can only say that all is allowed. Whatever else it finds – a merge, a commit in a form
 * that Git would not write, something missing or too large, or anything that is not allowed – is left to Git's own walk,
 * which alone refuses.
 */
export interface LineQuestion {
  readonly handle: RepositoryHandle;
  /** Absolute path of the quarantine, or empty where the push brought no objects. */
  readonly quarantine: string;
  readonly command: PushCommand;
  /** Undefined: any path. */
  readonly paths: PathsWithin | undefined;
  /** Undefined: anybody. */
  readonly mayCommit: ((email: string) => boolean) | undefined;
}

const LIMITS = { objects: 1500, bytes: 8 * 1024 * 1024, packs: 64 };
const LONGEST_LINE = 500;
/** How many objects are read before others have their turn. */
const TURN = 64;

/** One parent, and everything where Git writes it. */
const COMMIT =
  /^tree ([0-9a-f]+)\nparent ([0-9a-f]+)\nauthor [^\0\n]+\ncommitter [^\0\n<>]* <([!-;=?-~]+)> \d+ [+-]\d{4}\n/;
const TREE_OF_COMMIT = /^tree ([0-9a-f]+)\n/;

/** Of two lines with a committer Git takes the last. */
const hasOneCommitter = (text: string): boolean =>
  (text.slice(0, text.indexOf('\n\n') + 1).match(/^committer /gm) ?? []).length === 1;

/** Whether the new commits are one line from the old tip to the new one, all by allowed people and changing allowed paths only. */
export async function isAllowedLine(question: LineQuestion): Promise<boolean> {
  const { handle, quarantine, command } = question;
  if (command.old === command.new) return false;
  // Both make Git see other parents than commits have.
  if (existsSync(`${handle.path}/shallow`) || existsSync(`${handle.path}/info/grafts`)) return false;
  const folders = [...(quarantine === '' ? [] : [quarantine]), `${handle.path}/objects`];
  let files: ObjectFiles | undefined;
  try {
    files = new ObjectFiles(folders, LIMITS);
    return await new Line(files, question).isAllowed();
  } catch (error) {
    if (error instanceof NotReadHere || error instanceof RangeError) return false;
    throw error;
  } finally {
    files?.close();
  }
}

const NO_ENTRIES = Buffer.alloc(0);

/** Two trees to be compared, of which one may be missing, and what may change in the folder that they are. */
interface Pair {
  readonly before: string | null;
  readonly after: string | null;
  readonly paths: PathsWithin;
}

const folderIn = (entry: TreeEntry | undefined): string | null =>
  entry === undefined || entry === FILE ? null : entry;

class Line {
  readonly #files: ObjectFiles;
  readonly #question: LineQuestion;
  #read = 0;

  constructor(files: ObjectFiles, question: LineQuestion) {
    this.#files = files;
    this.#question = question;
  }

  async isAllowed(): Promise<boolean> {
    const { command, paths, mayCommit } = this.#question;
    let text = await this.#commit(command.new);
    for (let length = 1; length <= LONGEST_LINE; length++) {
      const [, tree, parent, email] = COMMIT.exec(text) ?? [];
      if (tree === undefined || parent === undefined || email === undefined) return false;
      if (!hasOneCommitter(text)) return false;
      if (mayCommit?.(email) === false) return false;
      const isLast = parent === command.old;
      if (paths === undefined && isLast) return true;
      text = await this.#commit(parent);
      if (paths !== undefined) {
        const before = TREE_OF_COMMIT.exec(text)?.[1];
        if (before === undefined || !(await this.#isAllowedChange({ before, after: tree, paths }))) {
          return false;
        }
      }
      if (isLast) return true;
    }
    return false;
  }

  async #isAllowedChange(roots: Pair & { readonly after: string }): Promise<boolean> {
    const pairs: Pair[] = [roots];
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      const { paths } = pair;
      const [was, is] = [await this.#tree(pair.before), await this.#tree(pair.after)];
      const allowed = everyChange(was, is, roots.after.length / 2, (name, before, after) => {
        // No name that Git gives: as a path it would be parted.
        if (name.includes('/')) return false;
        const isFile = before === FILE || after === FILE;
        if (isFile && !paths.mayChange(name)) return false;
        const folders = { before: folderIn(before), after: folderIn(after) };
        if (folders.before !== folders.after) pairs.push({ ...folders, paths: paths.enter(name) });
        return true;
      });
      if (!allowed) return false;
    }
    return true;
  }

  async #commit(id: string): Promise<string> {
    const { type, bytes } = await this.#object(id);
    if (type !== 'commit') throw new NotReadHere(id);
    return bytes.toString('latin1');
  }

  async #tree(id: string | null): Promise<Buffer> {
    if (id === null) return NO_ENTRIES;
    const { type, bytes } = await this.#object(id);
    if (type !== 'tree') throw new NotReadHere(id);
    return bytes;
  }

  async #object(id: string): Promise<{ readonly type: string; readonly bytes: Buffer }> {
    this.#read += 1;
    if (this.#read % TURN === 0) await setImmediate();
    return this.#files.read(id);
  }
}
