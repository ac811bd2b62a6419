import { closeSync, openSync, readSync, realpathSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The header of the index, which stands there twice. */
const MARK_BYTES = 2 * 48;

/**
 * File systems, by what statfs(2) calls them, on which a file that is read is what it is in memory where it is mapped, in
 * whatever process. On others it may be what it was a while ago.
 */
const SHARES_PAGES: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3 and ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
]);

/** What this process has open of each index. */
interface Held {
  users: number;
  file: number | undefined;
}

const held = new Map<string, Held>();

/** Whether the index of a database on this file system can be read as a file. @param path of anything on it */
export const sharesPages = (path: string): boolean =>
  process.platform === 'linux' && SHARES_PAGES.has(statfsSync(path).type);

/**
 * What every commit to a database of SQLite changes, whoever makes it: the header of the index of its write-ahead log
 * (`-shm`; SQLite, "WAL-mode File Format", 2.1). It is rewritten before a commit is answered, and has a counter and
 * checksums of all that was written. To read it is one call of the system, where a transaction that reads nothing takes
 * several, and locks.
 */
export class CommitMark {
  readonly #path: string;
  /** Undefined where the index cannot be read as a file. */
  readonly #held: Held | undefined;
  #last = Buffer.alloc(MARK_BYTES);
  #next = Buffer.alloc(MARK_BYTES);

  /** @param database the path of its file, which is there */
  constructor(database: string) {
    this.#path = `${realpathSync(database)}-shm`;
    if (!sharesPages(dirname(this.#path))) return;
    this.#held = held.get(this.#path) ?? { users: 0, file: undefined };
    this.#held.users += 1;
    held.set(this.#path, this.#held);
  }

  /** Whether anything may have been committed since this was asked last. Ask before reading what is to be kept. */
  mayHaveMoved(): boolean {
    const file = this.#open();
    if (file === undefined) return true;
    const next = this.#next;
    if (readSync(file, next, 0, MARK_BYTES, 0) < MARK_BYTES) return true;
    if (next.equals(this.#last)) return false;
    this.#next = this.#last;
    this.#last = next;
    return true;
  }

  /**
   * For when the connections that it was asked for are closed. To close a file takes every lock away that the process has
   * on it, those of SQLite too (fcntl(2)), so it is closed behind the last database of this process that is in it.
   */
  close(): void {
    if (this.#held === undefined) return;
    this.#held.users -= 1;
    if (this.#held.users > 0) return;
    held.delete(this.#path);
    if (this.#held.file !== undefined) closeSync(this.#held.file);
    this.#held.file = undefined;
  }

  #open(): number | undefined {
    if (this.#held === undefined) return undefined;
    try {
      this.#held.file ??= openSync(this.#path, 'r');
    } catch {
      // SQLite makes it when something is read for the first time.
    }
    return this.#held.file;
  }
}
