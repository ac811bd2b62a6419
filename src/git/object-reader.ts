import { Readable } from 'node:stream';
import { BatchProcess, BatchProcessEnded, unreadable } from './batch-process.ts';
import { ObjectNotFound, ObjectTooLarge, ObjectUnreadable } from './object-error.ts';
import { outputOf } from './output.ts';
import { streamGit } from './process.ts';
import { RecentlyUsed } from '../recently-used.ts';
import { lastPruned } from './upkeep/pruning.ts';
import type { BatchAnswer, ObjectInfo } from './batch-process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';

export type ReaderLimits = {
  /** Processes kept at most, over all repositories. The longest unused one is ended for a new one. */
  readonly maxProcesses: number;
  readonly idleMilliseconds: number;
  /** A process keeps packs open that a repack deleted, so even a busy one is replaced after this time. */
  readonly maxAgeMilliseconds: number;
};

export type BlobStream = { readonly size: number; readonly stream: Readable };

const defaultReaderLimits: ReaderLimits = {
  maxProcesses: 24,
  idleMilliseconds: 30_000,
  maxAgeMilliseconds: 300_000,
};

/** What a page or an answer holds in memory at once; larger blobs are streamed. */
const defaultMaximalObjectBytes: number = 8 * 1024 * 1024;

/** Git unpacks an object into memory to say the beginning of it. */
const mostUnpackedBytes = 256 * 1024 * 1024;
const mostBeginningBytes = 8 * 1024 * 1024;

/** Read through the kept process: starting another takes longer than it keeps others waiting. */
const smallBlobBytes = 256 * 1024;

/** Of one question, each with a new process: as many damaged objects may have been asked for before it. */
const maximalTries = 20;

type Said = { readonly info: ObjectInfo; readonly saidAt: number };

type Content = {
  readonly answer: BatchAnswer;
  /** When the process said last that it is there. */
  saidAt: number;
};

type Kept = {
  readonly process: BatchProcess;
  readonly path: string;
  readonly startedAt: number;
  /** By the clock that file times go by. */
  readonly startedTime: number;
  usedAt: number;
  /** Names it among all that there ever were. */
  readonly serial: number;
  /** What is being asked for. */
  readonly asked: Map<string, Promise<BatchAnswer>>;
  /** What commits and tags are, as the process said a moment ago. */
  readonly infos: Map<ObjectId, Said>;
  /** Of those that are longer than anybody wants to see. */
  readonly beginnings: RecentlyUsed<BatchAnswer>;
  /** When it was last looked for whether something was pruned, which the process would still show. */
  lookedAt: number;
};

/** For so long it is taken that nothing was pruned, by us or by an administrator. */
const lookEveryMilliseconds = 1000;
/** Remembered of one repository. */
const mostInfos = 1000;
/** Remembered of all of them. */
const mostContentBytes = 8 * 1024 * 1024;
const longestContentBytes = 1024 * 1024;
/** Of a commit or tag beside its bytes, parsed. */
const bytesPerContent = 1000;

/**
 * Reads objects of all repositories through kept processes, one a repository. Objects are asked for by full id only.
 * A process that died is replaced and asked again; a repack in between goes unnoticed. `close` it before the server stops.
 */
export class ObjectReader {
  readonly #limits: ReaderLimits;
  /** In the order of use: the first is the longest unused. */
  readonly #kept = new Map<string, Kept>();
  /** Commits and tags: pages of history and lists of refs are made of the same ones again and again. */
  readonly #contents = new RecentlyUsed<Content>(mostContentBytes);
  readonly #sweeper: NodeJS.Timeout;
  #closed = false;
  #begun = 0;

  constructor(limits: Partial<ReaderLimits> = {}) {
    this.#limits = { ...defaultReaderLimits, ...limits };
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(50, this.#limits.idleMilliseconds / 2));
    this.#sweeper.unref();
  }

  /** Type and size. @throws ObjectNotFound, ObjectUnreadable */
  async objectInfo(handle: RepositoryHandle, id: ObjectId): Promise<ObjectInfo> {
    return saidOf(this.#keptFor(handle), id) ?? this.#askInfo(handle, id);
  }

  /** A commit or tag that was read, and of which the process said a moment ago that it is there: nobody has to wait for it. */
  rememberedObject(handle: RepositoryHandle, id: ObjectId): BatchAnswer | undefined {
    const content = this.#contents.get(contentKey(this.#keptFor(handle), id));
    return content !== undefined && isFresh(content) ? content.answer : undefined;
  }

  /** The whole object; its bytes are others' too. @throws ObjectNotFound, ObjectUnreadable, and ObjectTooLarge before any of it is read */
  async readObject(
    handle: RepositoryHandle,
    id: ObjectId,
    maxBytes: number = defaultMaximalObjectBytes,
  ): Promise<BatchAnswer> {
    const kept = this.#keptFor(handle);
    const key = contentKey(kept, id);
    const known = this.#contents.get(key);
    const saidAt = performance.now();
    let said = known !== undefined && isFresh(known) ? known.answer : saidOf(kept, id);
    if (said === undefined) {
      said = await this.#askInfo(handle, id);
      if (known !== undefined) known.saidAt = saidAt;
    }
    const { type, size } = said;
    if (size > maxBytes) throw new ObjectTooLarge(id, size, maxBytes);
    if (known !== undefined) return known.answer;
    const answer = await this.#ask(handle, 'contents', id);
    const weight = bytesPerContent + 4 * size;
    if ((type !== 'commit' && type !== 'tag') || weight > longestContentBytes) return answer;
    const others = this.#contents.get(key);
    if (others !== undefined) return others.answer;
    const remembered = { ...answer, bytes: ownCopy(answer.bytes) };
    this.#contents.set(key, { answer: remembered, saidAt }, weight);
    return remembered;
  }

  /**
   * The object, and of one that is longer the first bytes alone; they are others' too. What follows them is unpacked all
   * the same, once in a while.
   * @throws ObjectNotFound, ObjectUnreadable, and ObjectTooLarge before any of it is read
   */
  async readBeginning(handle: RepositoryHandle, id: ObjectId, mostBytes: number): Promise<BatchAnswer> {
    const { size } = await this.objectInfo(handle, id);
    if (size <= mostBytes) return this.readObject(handle, id, mostBytes);
    if (size > mostUnpackedBytes) throw new ObjectTooLarge(id, size, mostUnpackedBytes);
    const { beginnings } = this.#keptFor(handle);
    const key = `${id} ${mostBytes}`;
    const known = beginnings.get(key);
    if (known !== undefined) return known;
    const answer = await this.#ask(handle, 'contents', id, mostBytes);
    beginnings.set(key, answer, answer.bytes.length);
    return answer;
  }

  /**
   * A blob of any size. A large one comes through a process of its own, as fast as the reader takes it; destroying the
   * stream ends the process. @throws ObjectNotFound (also where the object is no blob), ObjectUnreadable
   */
  async streamBlob(handle: RepositoryHandle, id: ObjectId): Promise<BlobStream> {
    const { type, size } = await this.objectInfo(handle, id);
    if (type !== 'blob') throw new ObjectNotFound(id);
    if (size <= smallBlobBytes) {
      const { bytes } = await this.#ask(handle, 'contents', id);
      return { size, stream: Readable.from(size === 0 ? [] : [bytes], { objectMode: false }) };
    }
    const child = streamGit(handle, ['cat-file', 'blob', id], { noInput: true });
    const cut = () => new ObjectUnreadable(`Object ${id} could not be read to its end.`);
    return { size, stream: outputOf(child, cut) };
  }

  /** Ends the process of a repository that is deleted, moved or purged. */
  forget(handle: RepositoryHandle): void {
    this.#end(handle.path);
  }

  /** How many processes are kept now. */
  get processes(): number {
    return this.#kept.size;
  }

  /** Answers what was asked, then ends every process. Later questions fail. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const path of this.#kept.keys()) this.#end(path);
  }

  /** Whoever asks what another is waiting for is given the same answer. Not a failure: the object may have come meanwhile. */
  async #ask(
    handle: RepositoryHandle,
    verb: 'info' | 'contents',
    id: ObjectId,
    mostBytes?: number,
  ): Promise<BatchAnswer> {
    const { asked } = this.#keptFor(handle);
    const question = `${verb} ${id} ${mostBytes}`;
    const awaited = asked.get(question);
    if (awaited !== undefined) return awaited.catch(() => this.#askAlone(handle, verb, id, mostBytes));
    const answer = this.#askAlone(handle, verb, id, mostBytes);
    asked.set(question, answer);
    try {
      return await answer;
    } finally {
      asked.delete(question);
    }
  }

  async #askAlone(
    handle: RepositoryHandle,
    verb: 'info' | 'contents',
    id: ObjectId,
    mostBytes?: number,
  ): Promise<BatchAnswer> {
    let failures = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#keptFor(handle).process.ask(verb, id, mostBytes);
      } catch (error) {
        if (!(error instanceof BatchProcessEnded)) throw error;
        // Only the request that was being answered can be at fault; those behind it just go to the next process.
        if (error.first) failures += 1;
        if (failures >= 2 || tries >= maximalTries || this.#closed) throw unreadable(id, error);
      }
    }
  }

  async #askInfo(handle: RepositoryHandle, id: ObjectId): Promise<ObjectInfo> {
    const { infos } = this.#keptFor(handle);
    const askedAt = performance.now();
    const { id: said, type, size } = await this.#ask(handle, 'info', id);
    const info = { id: said, type, size };
    if (type === 'commit' || type === 'tag') {
      if (infos.size >= mostInfos) infos.clear();
      infos.set(said, { info, saidAt: askedAt });
    }
    return info;
  }

  #keptFor(handle: RepositoryHandle): Kept {
    if (this.#closed) throw new ObjectUnreadable('The server is stopping.');
    const now = performance.now();
    const kept = this.#kept.get(handle.path);
    if (
      kept?.process.usable &&
      now - kept.startedAt < this.#limits.maxAgeMilliseconds &&
      !wasPruned(kept, now)
    ) {
      this.#kept.delete(handle.path);
      this.#kept.set(handle.path, kept);
      kept.usedAt = now;
      return kept;
    }
    this.#end(handle.path);
    const begun: Kept = {
      process: new BatchProcess(handle),
      path: handle.path,
      startedAt: now,
      startedTime: Date.now(),
      serial: (this.#begun += 1),
      asked: new Map(),
      infos: new Map(),
      beginnings: new RecentlyUsed(mostBeginningBytes),
      usedAt: now,
      lookedAt: now,
    };
    this.#kept.set(handle.path, begun);
    for (const path of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.maxProcesses) break;
      this.#end(path);
    }
    return begun;
  }

  #end(path: string): void {
    this.#kept.get(path)?.process.close();
    this.#kept.delete(path);
  }

  #sweep(): void {
    const oldest = performance.now() - this.#limits.idleMilliseconds;
    for (const kept of this.#kept.values()) {
      if (kept.process.waiting === 0 && kept.usedAt < oldest) this.#end(kept.path);
    }
  }
}

/** What the process said of a commit or tag a moment ago. */
function saidOf({ infos }: Kept, id: ObjectId): ObjectInfo | undefined {
  const known = infos.get(id);
  return known !== undefined && isFresh(known) ? known.info : undefined;
}

const isFresh = ({ saidAt }: { readonly saidAt: number }): boolean =>
  performance.now() - saidAt < lookEveryMilliseconds;

const contentKey = ({ serial }: Kept, id: ObjectId): string => `${serial} ${id}`;

/** Small buffers are pieces of larger ones, which would be kept with them. */
function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function wasPruned(kept: Kept, now: number): boolean {
  if (now - kept.lookedAt < lookEveryMilliseconds) return false;
  kept.lookedAt = now;
  return lastPruned(kept.path) >= kept.startedTime;
}
