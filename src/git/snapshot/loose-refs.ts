import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { Kept } from './identity.ts';
import { MovedWhileRead, NotPlain } from './not-plain.ts';
import { isPlainRefName, parseRefValue, pathOfRef, type RefValue } from './ref-bytes.ts';
import type { Breath } from './breathe.ts';

/** The longest name that we take, and what stands before it. */
const LARGEST_BYTES = 8192;

interface Folder {
  /** With a slash at its end, such as `refs/heads/`. */
  readonly name: string;
  readonly listing: Kept<true>;
  folders: Map<string, Folder>;
  files: Map<string, Kept<RefValue>>;
}

/**
 * The refs that lie in files of their own below `refs/`. A folder is listed again when it may have changed, a file read
 * again when it may have; everything else stands as it was read.
 */
export class LooseRefs {
  readonly #repository: string;
  readonly #idLength: number;
  readonly #root: Folder;

  constructor(repository: string, idLength: number) {
    this.#repository = repository;
    this.#idLength = idLength;
    this.#root = this.#newFolder('refs/');
  }

  /** Holds everything against the disk. @returns whether anything is other than before. Throws `NotPlain`. */
  async refresh(now: number, breath: Breath): Promise<boolean> {
    return this.#refreshFolder(this.#root, now, breath);
  }

  /** By full name, in no order. */
  values(): Map<string, RefValue> {
    const values = new Map<string, RefValue>();
    const gather = (folder: Folder) => {
      for (const [name, file] of folder.files) values.set(name, file.value);
      for (const inner of folder.folders.values()) gather(inner);
    };
    gather(this.#root);
    return values;
  }

  #newFolder(name: string): Folder {
    const path = pathOfRef(this.#repository, name);
    return { name, listing: new Kept(path), folders: new Map(), files: new Map() };
  }

  async #refreshFolder(folder: Folder, now: number, breath: Breath): Promise<boolean> {
    let changed = this.#list(folder, now);
    for (const [name, file] of folder.files) {
      if (breath.isDue) await breath.take();
      if (this.#refreshFile(name, file, now)) changed = true;
    }
    for (const inner of folder.folders.values()) {
      if (await this.#refreshFolder(inner, now, breath)) changed = true;
    }
    return changed;
  }

  #list(folder: Folder, now: number): boolean {
    const stale = folder.listing.stale();
    if (stale === null) return false;
    if (stale.identity === undefined) throw new MovedWhileRead(`The folder ${folder.name} is missing.`);
    const folders = new Map<string, Folder>();
    const files = new Map<string, Kept<RefValue>>();
    for (const entry of entriesOf(pathOfRef(this.#repository, folder.name))) {
      const base = entry.name.toString('latin1');
      // As Git does: locks of refs that are being written, and what begins with a dot, are no refs.
      if (base.startsWith('.') || base.endsWith('.lock')) continue;
      const name = folder.name + base;
      if (entry.isDirectory()) {
        folders.set(name, folder.folders.get(name) ?? this.#newFolder(`${name}/`));
      } else if (entry.isFile() && isPlainRefName(name)) {
        files.set(name, folder.files.get(name) ?? new Kept(pathOfRef(this.#repository, name)));
      } else {
        throw new NotPlain(`${name} is no ref that we read.`);
      }
    }
    const same = sameKeys(folder.folders, folders) && sameKeys(folder.files, files);
    folder.folders = folders;
    folder.files = files;
    folder.listing.keep(stale.identity, now, true);
    return !same;
  }

  #refreshFile(name: string, file: Kept<RefValue>, now: number): boolean {
    const stale = file.stale();
    if (stale === null) return false;
    if (stale.identity === undefined) throw new MovedWhileRead(`${name} went away.`);
    if (stale.identity.size > LARGEST_BYTES) throw new NotPlain(`${name} is no file of a ref.`);
    const value = parseRefValue(textOf(pathOfRef(this.#repository, name)), this.#idLength);
    const before = file.known;
    file.keep(stale.identity, now, value);
    return before?.id !== value.id || before?.to !== value.to;
  }
}

function entriesOf(path: string | Buffer): Dirent<Buffer>[] {
  return orMoved(() => readdirSync(path, { withFileTypes: true, encoding: 'buffer' }));
}

function textOf(path: string | Buffer): string {
  return orMoved(() => readFileSync(path, 'latin1'));
}

const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

function orMoved<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { message, code } = error instanceof Error && 'code' in error ? error : { message: '', code: '' };
    throw GONE.has(code) ? new MovedWhileRead(message) : new NotPlain(message);
  }
}

const sameKeys = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && [...b.keys()].every((key) => a.has(key));
