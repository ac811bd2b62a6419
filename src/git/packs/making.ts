import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../error-code.ts';
import { endGit, gitEnd, type GitChild } from '../process.ts';
import { spokenReason } from '../spoken-reason.ts';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { dropClaim, renewClaim, writeClaim } from './claim.ts';
import type { AnswerEnd, GrowingAnswer } from './growing.ts';
import { examinedBySealing } from './kept.ts';
import { endsInPack } from './packet-scan.ts';
import type { Reservation, Shelf } from './shelf.ts';
import { writeSeal } from './stored-answer.ts';

const LOOK_MS = 15;
const RENEW_MS = 1000;

const NO_ROOM = 'This host has no room left to prepare the pack; try again later.';
const BROKEN_OFF = 'Git ended before the pack was complete; fetch again.';

export interface WantedAnswer {
  readonly key: string;
  /** Of its file. */
  readonly name: string;
  /** Where the answers of this repository lie. */
  readonly folder: string;
  readonly wants: readonly string[];
  readonly body: Buffer;
  /** Starts Git with its output in that file. */
  readonly start: (stdoutPath: string) => GitChild;
  /** Whether what the key was made of besides the request still holds, now that the answer is there. */
  readonly stillHolds: () => Promise<boolean>;
}

/** What an answer is made with: taken before, given back by the making. */
export interface MakingMeans {
  readonly shelf: Shelf;
  readonly reservation: Reservation;
  readonly claim: FileHandle;
  readonly partName: string;
}

export const claimPath = ({ folder, name }: Pick<WantedAnswer, 'folder' | 'name'>): string =>
  join(folder, `${name}.claim`);

/** Starts Git, and resolves when its output has a file that can be read. Throws `GitUnavailable`. */
export async function beginMaking(wanted: WantedAnswer, means: MakingMeans): Promise<Making> {
  const child = wanted.start(join(wanted.folder, means.partName));
  const end = gitEnd(child);
  end.catch(() => {});
  child.stdin.end(wanted.body);
  const file = await openMade(join(wanted.folder, means.partName), end);
  return new Making(wanted, means, child, file);
}

/** The file is made by whoever starts Git, in another process. */
async function openMade(path: string, gitEnds: Promise<unknown>): Promise<FileHandle> {
  let hasEnded = false;
  gitEnds.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  for (;;) {
    const wasEnded = hasEnded;
    try {
      return await open(path, 'r+');
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      if (wasEnded) {
        await gitEnds;
        throw error;
      }
      await delay(2);
    }
  }
}

/** One answer that this process makes; everybody in it who wants the same reads it as it grows. */
export class Making implements GrowingAnswer {
  readonly file: FileHandle;
  ended: AnswerEnd | undefined;
  /** Settles when nothing is left to do; never fails. */
  readonly finished: Promise<void>;
  readonly #wanted: WantedAnswer;
  readonly #means: MakingMeans;
  readonly #child: GitChild;
  #readers = 0;
  #hadReader = false;
  #wasJoined = false;
  /** Whether it was asked for again is written down: who comes now is to be counted where it is kept. */
  #isStamped = false;
  #isOutgrown = false;
  /** Nobody read it any more, so it ends before it is whole. */
  #isGivenUp = false;
  #isDone = false;
  #change = Promise.withResolvers<void>();

  constructor(wanted: WantedAnswer, means: MakingMeans, child: GitChild, file: FileHandle) {
    this.#wanted = wanted;
    this.#means = means;
    this.#child = child;
    this.file = file;
    this.finished = this.#run();
  }

  changed(): Promise<void> {
    // The end may have come while the caller was reading, and nothing changes after it.
    return this.ended === undefined ? this.#change.promise : Promise.resolve();
  }

  async lookForEnd(): Promise<AnswerEnd | undefined> {
    return this.ended;
  }

  /** Whether it can be joined; otherwise it is waited for until it has finished, and asked for anew. */
  get isOpen(): boolean {
    const hasFailed = this.ended !== undefined && this.ended.failure !== null;
    return !hasFailed && !this.#isGivenUp && !this.#isStamped && !this.#isDone;
  }

  /** Whether nobody has taken it away since it began, as whoever purges a repository does, in another process. */
  isThere(): Promise<boolean> {
    return this.file.stat().then(
      ({ nlink }) => nlink > 0,
      () => false,
    );
  }

  join(): void {
    this.#wasJoined ||= this.#hadReader;
    this.#hadReader = true;
    this.#readers += 1;
  }

  /** The last one that leaves an unfinished answer ends it, unless another process follows it. */
  async leave(): Promise<void> {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    if (this.#isDone) await this.#close();
    else await this.#endIfUnread();
  }

  async #endIfUnread(): Promise<void> {
    const { claim } = this.#means;
    // First nobody can come from another process any more, then it is seen whether somebody is there.
    await dropClaim(claimPath(this.#wanted), claim);
    const links = await claim.stat().then(
      ({ nlink }) => nlink,
      () => 0,
    );
    if (links > 0 || this.#readers > 0 || this.ended !== undefined) return;
    this.#isGivenUp = true;
    endGit(this.#child);
  }

  async #run(): Promise<void> {
    const part = join(this.#wanted.folder, this.#means.partName);
    let kept = 0;
    try {
      const end = await this.#watch();
      this.ended = end;
      this.#tell();
      await this.#writeClaim(end);
      if (end.failure === null && (await this.#mayBeKept(end.length))) {
        kept = await this.#keep(part, end.length);
      }
    } catch (error) {
      this.ended ??= { length: (await this.file.stat()).size, failure: BROKEN_OFF };
      this.#tell();
      // Dropped meanwhile, or no room for the seal: everybody got their answer, and it is not kept.
      if (!(error instanceof Error)) throw error;
    } finally {
      await rm(part, { force: true }).catch(() => {});
      await dropClaim(claimPath(this.#wanted), this.#means.claim);
      this.#means.reservation.end(kept);
      this.#isDone = true;
      if (this.#readers === 0) await this.#close();
    }
  }

  /** Looks at the file until Git has ended. */
  async #watch(): Promise<AnswerEnd> {
    const { claim, reservation } = this.#means;
    const over = new AbortController();
    const gitEnds = gitEnd(this.#child).finally(() => over.abort());
    gitEnds.catch(() => {});
    let seen = 0;
    let renewed = Date.now();
    while (!over.signal.aborted) {
      await delay(LOOK_MS, undefined, { ref: false, signal: over.signal }).catch(() => {});
      const { size } = await this.file.stat();
      if (size > seen) this.#tell();
      seen = size;
      if (!(await reservation.allows(size))) {
        this.#isOutgrown = true;
        endGit(this.#child);
      }
      if (Date.now() - renewed > RENEW_MS) {
        renewed = Date.now();
        await renewClaim(claim);
        // Somebody in another process may have followed it to the last, and left.
        if (this.#hadReader && this.#readers === 0) await this.#endIfUnread();
      }
    }
    const { code, stderr } = await gitEnds;
    const { size: length } = await this.file.stat();
    if (code === 0) return { length, failure: null };
    // Git names no reason on the wire where it cannot write.
    if (this.#isOutgrown || /No space left|Disk quota|File too large/i.test(stderr))
      return { length, failure: NO_ROOM };
    // Whom a signal ended had nothing to say about the request.
    return { length, failure: spokenReason(stderr) ?? BROKEN_OFF, ...(code > 0 && { stderr }) };
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  #writeClaim(end: AnswerEnd): Promise<void> {
    const { claim, partName: part } = this.#means;
    return writeClaim(claim, { pid: process.pid, part, length: end.length, failure: end.failure });
  }

  async #mayBeKept(length: number): Promise<boolean> {
    const { reservation } = this.#means;
    return (
      reservation.mayStay(length) &&
      (await endsInPack(this.file, length)) &&
      (await this.#wanted.stillHolds())
    );
  }

  async #keep(part: string, length: number): Promise<number> {
    const { key, name, folder, wants } = this.#wanted;
    const buffer = takeBuffer();
    try {
      await writeSeal(this.file, { key, length, wants: [...wants] }, buffer);
    } finally {
      giveBuffer(buffer);
    }
    this.#isStamped = true;
    await this.#means.shelf.stamp(part, this.#wasJoined);
    const path = join(folder, name);
    // Before anybody can find it, and change it.
    await examinedBySealing(path, this.file, { key, length });
    // Whoever dropped what this repository had took the part away, or its folder: then there is nothing to move.
    await rename(part, path);
    return length;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.file.close(), this.#means.claim.close()]);
  }
}
