import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { PushCommand } from '../git/command-list.ts';
import { NotReadHere, ObjectFiles } from '../git/object-files.ts';
import type { RepositoryHandle } from '../git/handle.ts';

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
  readonly mayChange: ((path: string) => boolean) | undefined;
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
    if (error instanceof NotReadHere) return false;
    throw error;
  } finally {
    files?.close();
  }
}

type Entry = readonly [mode: number, id: string];
type Tree = ReadonlyMap<string, Entry>;

const NO_ENTRIES: Tree = new Map();
const isFolder = (mode: number): boolean => (mode & 0o170000) === 0o040000;

class Line {
  readonly #files: ObjectFiles;
  readonly #question: LineQuestion;
  #read = 0;

  constructor(files: ObjectFiles, question: LineQuestion) {
    this.#files = files;
    this.#question = question;
  }

  async isAllowed(): Promise<boolean> {
    const { command, mayChange, mayCommit } = this.#question;
    let text = await this.#commit(command.new);
    for (let length = 1; length <= LONGEST_LINE; length++) {
      const [, tree, parent, email] = COMMIT.exec(text) ?? [];
      if (tree === undefined || parent === undefined || email === undefined) return false;
      if (!hasOneCommitter(text)) return false;
      if (mayCommit?.(email) === false) return false;
      const isLast = parent === command.old;
      if (mayChange === undefined && isLast) return true;
      text = await this.#commit(parent);
      if (mayChange !== undefined) {
        const before = TREE_OF_COMMIT.exec(text)?.[1];
        if (before === undefined || !(await this.#isAllowedChange(before, tree, ''))) return false;
      }
      if (isLast) return true;
    }
    return false;
  }

  /** Compares two trees, of which one may be missing (null). */
  async #isAllowedChange(before: string | null, after: string | null, folder: string): Promise<boolean> {
    if (before === after) return true;
    const [old, now] = [await this.#tree(before), await this.#tree(after)];
    for (const [name, [mode, id]] of now) {
      const was = old.get(name);
      if (was?.[0] === mode && was[1] === id) continue;
      if (!(await this.#isAllowedEntry(was, [mode, id], folder + name))) return false;
    }
    for (const [name, was] of old) {
      if (!now.has(name) && !(await this.#isAllowedEntry(was, undefined, folder + name))) return false;
    }
    return true;
  }

  /** A folder that becomes a file, or the other way, is both: the file itself, and all that is in the folder. */
  async #isAllowedEntry(was: Entry | undefined, is: Entry | undefined, latin: string): Promise<boolean> {
    const files = [was, is].some((entry) => entry !== undefined && !isFolder(entry[0]));
    if (files) {
      // As what Git prints is read: bytes that are no UTF-8 become the same replacement.
      const path = Buffer.from(latin, 'latin1').toString('utf8');
      if (this.#question.mayChange?.(path) === false) return false;
    }
    const folderOf = (entry: Entry | undefined) => (entry && isFolder(entry[0]) ? entry[1] : null);
    return this.#isAllowedChange(folderOf(was), folderOf(is), `${latin}/`);
  }

  async #commit(id: string): Promise<string> {
    const { type, bytes } = await this.#object(id);
    if (type !== 'commit') throw new NotReadHere(id);
    return bytes.toString('latin1');
  }

  /** Entries by name, one character for each byte. */
  async #tree(id: string | null): Promise<Tree> {
    if (id === null) return NO_ENTRIES;
    const { type, bytes } = await this.#object(id);
    if (type !== 'tree') throw new NotReadHere(id);
    const entries = new Map<string, Entry>();
    const idLength = id.length / 2;
    for (let at = 0; at < bytes.length; ) {
      const space = bytes.indexOf(0x20, at);
      const zero = bytes.indexOf(0, space + 1);
      const end = zero + 1 + idLength;
      if (space === -1 || zero === -1 || end > bytes.length) throw new NotReadHere(id);
      const mode = bytes.toString('latin1', at, space);
      const name = bytes.toString('latin1', space + 1, zero);
      if (!/^[0-7]{5,6}$/.test(mode) || name === '' || entries.has(name)) throw new NotReadHere(id);
      entries.set(name, [Number.parseInt(mode, 8), bytes.toString('hex', zero + 1, end)]);
      at = end;
    }
    return entries;
  }

  async #object(id: string): Promise<{ readonly type: string; readonly bytes: Buffer }> {
    this.#read += 1;
    if (this.#read % TURN === 0) await setImmediate();
    return this.#files.read(id);
  }
}
