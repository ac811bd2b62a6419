import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../error-code.ts';
import type { RepositoryHandle } from '../handle.ts';
import { isAbandoned } from './claim.ts';
import { ANSWER_NAME, mayWant } from './fetch-request.ts';
import { readSeal } from './stored-answer.ts';

/**
 * The folder of kept answers: one folder for each repository or wiki, one file for each answer. Several
 * processes work in it at once, and the command line beside them; the files are all that they share.
 */

const DROPPED = '.dropped-';
/** An answer that nobody asked for twice sorts before all others: its time lies so far back. */
const ONCE_MS = 20 * 365 * 24 * 3600_000;
/** How long what the folder was found to hold is believed; what this process adds is counted at once. */
const SCAN_MS = 30_000;
/** It is looked again sooner where there seems to be no room. */
const RESCAN_MS = 1_000;
/** Of a process that ended without a word, and was not the last to be here. */
const LEFT_MS = 60_000;
/** Repeated use within this time is written down once. */
const TOUCH_MS = 60_000;

interface Kept {
  readonly path: string;
  readonly size: number;
  readonly time: number;
}

export interface ShelfBounds {
  /** What all answers together may take. */
  readonly bytes: number;
  /** What stays free on the disk, whatever the bound says. */
  readonly freeBytes: number;
}

/** Space that is set aside for an answer that is being made. */
export interface Reservation {
  /** Takes more room where the answer has outgrown its own. False where the disk has none. */
  allows(bytes: number): Promise<boolean>;
  /** Whether an answer of that size fits between the others. */
  mayStay(bytes: number): boolean;
  /** Ends it; `bytes` is what stays. */
  end(bytes: number): void;
}

export class Shelf {
  readonly #folder: string;
  readonly #bounds: ShelfBounds;
  readonly #clock: () => number;
  #kept: Kept[] = [];
  #scannedAt = -Infinity;
  #used = 0;
  #reserved = 0;
  /** Of what is reserved, so much is on the disk already. */
  #written = 0;

  constructor(folder: string, bounds: ShelfBounds, clock: () => number = Date.now) {
    this.#folder = folder;
    this.#bounds = bounds;
    this.#clock = clock;
  }

  /** Nothing is kept here. */
  get isClosed(): boolean {
    return this.#bounds.bytes === 0;
  }

  folderOf({ id, kind }: Pick<RepositoryHandle, 'id' | 'kind'>): string {
    return join(this.#folder, kind === 'wiki' ? `${id}.wiki` : id);
  }

  /** Remembers that a kept answer was asked for again, at most once a minute: true where its time was set. */
  async touch(path: string, mtimeMs: number): Promise<boolean> {
    const now = this.#clock();
    if (now - mtimeMs < TOUCH_MS && now >= mtimeMs) return false;
    try {
      await utimes(path, now / 1000, now / 1000);
      return true;
    } catch {
      // Dropped or evicted at this moment.
      return false;
    }
  }

  /** The time that a new answer gets. */
  async stamp(path: string, isAskedAgain: boolean): Promise<void> {
    const time = (this.#clock() - (isAskedAgain ? 0 : ONCE_MS)) / 1000;
    await utimes(path, time, time);
  }

  /** Makes room for an answer of about so many bytes, the least useful ones leaving. Undefined where there is none. */
  async reserve(bytes: number): Promise<Reservation | undefined> {
    if (bytes > this.#bounds.bytes) return undefined;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#scan(SCAN_MS);
    let room = await this.#makeRoom(bytes);
    if (room !== 'room' && (await this.#scan(RESCAN_MS))) room = await this.#makeRoom(bytes);
    if (room !== 'room') return undefined;
    let own = bytes;
    let written = 0;
    this.#reserved += own;
    return {
      allows: async (now) => {
        this.#written += now - written;
        written = now;
        if (now <= own) return true;
        const more = 2 * now - own;
        // Beyond the bound it goes on as long as the disk has room, and is not kept.
        if ((await this.#makeRoom(more)) === 'disk full') return false;
        own += more;
        this.#reserved += more;
        return true;
      },
      mayStay: (size) => this.#used + this.#reserved - own + size <= this.#bounds.bytes,
      end: (stays) => {
        this.#reserved -= own;
        this.#written -= written;
        this.#used += stays;
        own = 0;
        written = 0;
      },
    };
  }

  async #makeRoom(bytes: number): Promise<'room' | 'bound reached' | 'disk full'> {
    const space = await statfs(this.#folder);
    let free = space.bavail * space.bsize - this.#bounds.freeBytes;
    for (;;) {
      const isDiskFull = free < this.#reserved - this.#written + bytes;
      if (!isDiskFull && this.#used + this.#reserved + bytes <= this.#bounds.bytes) return 'room';
      const first = this.#kept.shift();
      if (first === undefined) return isDiskFull ? 'disk full' : 'bound reached';
      await unlink(first.path).catch(() => {});
      this.#used -= first.size;
      free += first.size;
    }
  }

  /** Which of these ids something was asked for by that is kept, or is being made. May name too many. */
  async wanted(of: Pick<RepositoryHandle, 'id' | 'kind'>, ids: readonly string[]): Promise<string[]> {
    const present = (await names(this.folderOf(of))).filter(isAnswer);
    return ids.filter((id) => present.some((name) => mayWant(name, [id]) !== false));
  }

  /** Drops every answer that was asked for by one of these ids, what is being made included. */
  async dropWants(of: Pick<RepositoryHandle, 'id' | 'kind'>, wants: ReadonlySet<string>): Promise<void> {
    const folder = this.folderOf(of);
    // Again where there was something: what is made may be put in its place at this moment.
    for (let isThere = true; isThere; ) {
      isThere = false;
      for (const name of (await names(folder)).filter(isAnswer)) {
        const path = join(folder, name);
        const may = mayWant(name, wants);
        if (may === true || (may === 'unknown' && (await wantsAny(path, wants)))) {
          await rm(path, { force: true });
          isThere = true;
        }
      }
    }
    this.#scannedAt = -Infinity;
  }

  /** Takes away what killed processes left unfinished. For the start, when nobody else is here. */
  async sweep(): Promise<void> {
    await this.#sweep('at the start');
  }

  /** Drops everything in the folder of a repository or wiki. */
  async discard(folder: string): Promise<void> {
    // Moved first: whoever is about to put an answer there finds no such folder.
    const aside = join(dirname(folder), `${basename(folder)}${DROPPED}${randomBytes(6).toString('hex')}`);
    try {
      await rename(folder, aside);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    await rm(aside, { recursive: true, force: true });
    this.#scannedAt = -Infinity;
  }

  async #sweep(when: 'at the start' | 'while answers are made'): Promise<void> {
    for (const name of await names(this.#folder)) {
      const folder = join(this.#folder, name);
      if (name.includes(DROPPED)) await rm(folder, { recursive: true, force: true });
      else if (when === 'at the start') await sweepFolder(folder, this.#clock(), false);
      else await sweepFolder(folder, this.#clock() - LEFT_MS, true);
    }
  }

  /** Looks at what there is, unless that was done just now. @returns whether it was looked. */
  async #scan(ageMs: number): Promise<boolean> {
    const now = this.#clock();
    if (now - this.#scannedAt < ageMs) return false;
    this.#scannedAt = now;
    await this.#sweep('while answers are made');
    const found: Kept[] = [];
    for (const folder of await names(this.#folder)) {
      for (const name of await names(join(this.#folder, folder))) {
        if (!ANSWER_NAME.test(name)) continue;
        const path = join(this.#folder, folder, name);
        const { size = 0, mtimeMs = 0 } = (await stat(path).catch(() => undefined)) ?? {};
        found.push({ path, size, time: mtimeMs });
      }
    }
    this.#kept = found.toSorted((one, other) => one.time - other.time);
    this.#used = found.reduce((sum, { size }) => sum + size, 0);
    return true;
  }
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const isAnswer = (name: string): boolean => ANSWER_NAME.test(name) || /\.(?:part|claim)$/.test(name);

/** Of a file without a seal it is not known. */
async function wantsAny(path: string, wants: ReadonlySet<string>): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const seal = await readSeal(file).catch(() => undefined);
    return seal === undefined || seal.wants.some((want) => wants.has(want));
  } finally {
    await file.close();
  }
}

/** Claims whose process is gone, and what nobody claims and is older than `before`. */
async function sweepFolder(folder: string, before: number, mayBeOurs: boolean): Promise<void> {
  const all = await names(folder);
  const alive = new Set<string>();
  for (const name of all.filter((each) => each.endsWith('.claim'))) {
    if (await isAbandoned(join(folder, name), mayBeOurs)) await rm(join(folder, name), { force: true });
    else alive.add(name.replace(/\.claim$/, ''));
  }
  for (const name of all.filter((each) => /\.(?:part|follow)$/.test(each))) {
    const path = join(folder, name);
    const [key = ''] = name.split('.');
    if (alive.has(key)) continue;
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs <= before) await rm(path, { force: true });
  }
}
