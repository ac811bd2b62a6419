import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../error-code.ts';
import type { RepositoryHandle } from '../handle.ts';
import type { GitChild } from '../process.ts';
import { dropClaim, isAbandoned, takeClaim } from './claim.ts';
import { answerKey, answerName, type FetchRequest } from './fetch-request.ts';
import { Flights, type Made } from './flights.ts';
import { followOther } from './following.ts';
import { follow } from './growing.ts';
import { openKept, readKept, stillExamined } from './kept.ts';
import { beginMaking, claimPath, type Making, type WantedAnswer } from './making.ts';
import { reading } from './reading.ts';
import { Shelf, type Reservation, type ShelfBounds } from './shelf.ts';

export { cacheableFetch, type FetchRequest } from './fetch-request.ts';
export { NoAnswer } from './growing.ts';
export { AnswerDamaged } from './kept.ts';

export interface Asked {
  readonly handle: RepositoryHandle;
  readonly request: FetchRequest;
  /** The request as it came. */
  readonly body: Buffer;
  /** Starts Git for it, with its output in that file. */
  readonly start: (stdoutPath: string) => GitChild;
  /** Stands for the state of `refs/tags`; undefined where it cannot be told. */
  readonly tags: () => Promise<string | undefined>;
  /** Waits until Git may be started; what it returns is called when it has ended. */
  readonly admit: (signal: AbortSignal) => Promise<() => void>;
  /** How much of an answer that is kept is read at a time; a multiple of `BLOCK`. */
  readonly pieceBytes: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** What is added to the size of a repository's packs where room is set aside for an answer. */
const SLACK = 1024 * 1024;
/** Of a repository, this part is set aside for an answer that does not bring all of it; one that outgrows it is given more. */
const PART = 8;
const LEAST_PART = 16 * 1024 * 1024;
const CLAIMED_MS = 20;

/**
 * The bytes of a clone, made once: answers to `fetch` that end in a pack, kept on disk as they are sent. Whoever asks has
 * just been admitted: the handle is made from a grant, and the key begins with its repository.
 */
export class PackCache {
  readonly #shelf: Shelf;
  readonly #flights = new Flights();
  readonly #counts = { kept: 0, shared: 0, made: 0, direct: 0 };

  constructor(folder: string, bounds: ShelfBounds) {
    this.#shelf = new Shelf(folder, bounds);
  }

  /** Answers since the start: kept before, shared with one that was being made, made, and direct for want of room. */
  get counts(): Readonly<Record<'kept' | 'shared' | 'made' | 'direct', number>> {
    return this.#counts;
  }

  /** Takes away what killed processes left. For the start. */
  sweep(): Promise<void> {
    return this.#shelf.sweep();
  }

  /** For prune, purge and deletion: nothing made from this repository or its wiki is answered with again. */
  async drop(repositoryId: string): Promise<void> {
    for (const kind of ['repository', 'wiki'] as const) {
      const folder = this.#shelf.folderOf({ id: repositoryId, kind });
      this.#flights.forget(folder);
      await this.#shelf.discard(folder);
    }
  }

  /** Which of these ids something was asked for by that is kept, or is being made. May name too many. */
  wanted(of: Pick<RepositoryHandle, 'id' | 'kind'>, ids: readonly string[]): Promise<string[]> {
    return this.#shelf.wanted(of, ids);
  }

  /** For a ref that was deleted or moved by force: nothing that was asked for by these ids is answered with again. */
  async dropWants(of: Pick<RepositoryHandle, 'id' | 'kind'>, wants: ReadonlySet<string>): Promise<void> {
    this.#flights.forget(this.#shelf.folderOf(of), wants);
    return this.#shelf.dropWants(of, wants);
  }

  /**
   * The answer: kept, or being made, or made now. Undefined where there is no room to keep it: then Git answers the
   * client directly. A chunk is good until the next one is asked for. Throws `NoAnswer`, `AnswerDamaged`,
   * `GitUnavailable`, the reason of the signal, and what `admit` throws.
   */
  async answer(asked: Asked): Promise<AsyncGenerator<Buffer> | undefined> {
    const { handle, request, signal } = asked;
    if (this.#shelf.isClosed) return undefined;
    const tags = request.includeTag ? await asked.tags() : '';
    if (tags === undefined) return undefined;
    const key = answerKey(`${handle.kind} ${handle.id}`, request, tags);
    const folder = this.#shelf.folderOf(handle);
    const wanted: WantedAnswer = {
      key,
      name: answerName(key, request.wants),
      folder,
      wants: request.wants,
      body: asked.body,
      start: asked.start,
      stillHolds: async () => !request.includeTag || (await asked.tags()) === tags,
    };
    for (;;) {
      signal.throwIfAborted();
      const bytes = this.#flights.has(key) ? undefined : await this.#found(asked, wanted);
      if (bytes !== undefined) return bytes;
      // Begins nothing where somebody else began meanwhile.
      const isOurs = this.#flights.begin(wanted, (nobodyWaits) => this.#make(asked, wanted, nobodyWaits));
      const made = await this.#flights.join(key, signal);
      if (made === undefined) continue;
      if (made === 'no room') {
        this.#counts.direct += 1;
        return undefined;
      }
      // Another process was faster: it is followed.
      if (made === 'claimed') await delay(CLAIMED_MS);
      else if (!isOurs && !(await made.isThere())) await this.#flights.forgetMade(key, made);
      else if (made.isOpen) {
        this.#counts[isOurs ? 'made' : 'shared'] += 1;
        return reading(follow(made, signal), made, signal);
      } else await made.finished;
    }
  }

  /** An answer that is kept, or that another process makes. */
  async #found(
    { signal, pieceBytes }: Asked,
    wanted: WantedAnswer,
  ): Promise<AsyncGenerator<Buffer> | undefined> {
    const path = join(wanted.folder, wanted.name);
    let kept = await openKept(path, wanted.key);
    if (kept === undefined) {
      const other = await followOther(wanted);
      if (other !== undefined) {
        this.#counts.shared += 1;
        return reading(follow(other, signal), other, signal);
      }
      // Whoever made it may have finished since we looked.
      kept = await openKept(path, wanted.key);
      if (kept === undefined) return undefined;
    }
    this.#counts.kept += 1;
    if (await this.#shelf.touch(path, kept.mtimeMs)) await stillExamined(kept);
    return reading(readKept(kept, pieceBytes, signal), { leave: () => kept.file.close() }, signal);
  }

  async #make(asked: Asked, wanted: WantedAnswer, nobodyWaits: AbortSignal): Promise<Made> {
    const release = await asked.admit(nobodyWaits);
    let making: Making | undefined;
    try {
      const reservation = await this.#shelf.reserve(
        guessedBytes(asked.request, await packBytes(asked.handle)),
      );
      if (reservation === undefined) return 'no room';
      try {
        making = await this.#begin(wanted, reservation);
      } finally {
        if (making === undefined) reservation.end(0);
      }
      return making ?? 'claimed';
    } finally {
      if (making === undefined) release();
      else void making.finished.then(release);
    }
  }

  async #begin(wanted: WantedAnswer, reservation: Reservation): Promise<Making | undefined> {
    const { folder, name } = wanted;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (await isAbandoned(claimPath(wanted))) await rm(claimPath(wanted), { force: true });
    const partName = `${name}.${randomBytes(6).toString('hex')}.part`;
    const claim = await takeClaim(claimPath(wanted), {
      pid: process.pid,
      part: partName,
      length: null,
      failure: null,
    });
    if (claim === undefined) return undefined;
    try {
      return await beginMaking(wanted, { shelf: this.#shelf, reservation, claim, partName });
    } catch (error) {
      await dropClaim(claimPath(wanted), claim);
      await claim.close();
      // Dropped before it could be opened, by whatever process: then it is made anew.
      if (hasCode(error, 'ENOENT') || !existsSync(folder)) return undefined;
      throw error;
    }
  }
}

/** Room for an answer, before it is known. */
function guessedBytes({ lines }: FetchRequest, packs: number): number {
  const isPart = lines.some((line) => /^(?:have|deepen|filter|shallow)/.test(line));
  return SLACK + (isPart ? Math.min(packs, Math.max(LEAST_PART, packs / PART)) : packs);
}

/** About what a repository takes, which an answer made from it hardly exceeds. */
async function packBytes(handle: RepositoryHandle): Promise<number> {
  const folder = join(handle.path, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith('.pack'))
    .map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
