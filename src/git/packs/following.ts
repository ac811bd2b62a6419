import { randomBytes } from 'node:crypto';
import { link, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAbandoned, readClaim } from './claim.ts';
import type { AnswerEnd, GrowingAnswer } from './growing.ts';
import { claimPath, type WantedAnswer } from './making.ts';

const LOOK_MS = 20;
/** How often it is asked whether the process that makes the answer still lives. */
const ASK_EVERY = 50;

const GONE = 'The pack was given up while it was being made; fetch again.';

/** An answer that another process of this host makes. Undefined where it is there no more, or its maker is gone. */
export async function followOther(
  wanted: Pick<WantedAnswer, 'folder' | 'name'>,
): Promise<Following | undefined> {
  const claim = claimPath(wanted);
  const name = join(wanted.folder, `${wanted.name}.${randomBytes(6).toString('hex')}.follow`);
  try {
    await link(claim, name);
  } catch {
    return undefined;
  }
  let claimFile: FileHandle | undefined;
  try {
    claimFile = await open(name, 'r');
    for (let looks = 0; ; looks += 1) {
      if (looks % ASK_EVERY === 0 && (await isAbandoned(claimFile))) break;
      const read = await readClaim(claimFile);
      const file = read && (await open(join(wanted.folder, read.part), 'r').catch(() => undefined));
      if (file !== undefined) return new Following(name, claimFile, file);
      // Ended before it could be opened, or given up.
      if (read?.length != null) break;
      if ((await claimFile.stat()).nlink < 2) break;
      await delay(LOOK_MS);
    }
  } catch {
    // Dropped meanwhile.
  }
  await claimFile?.close();
  await rm(name, { force: true });
  return undefined;
}

class Following implements GrowingAnswer {
  readonly file: FileHandle;
  ended: AnswerEnd | undefined;
  readonly #name: string;
  readonly #claim: FileHandle;
  #looks = 0;

  constructor(name: string, claim: FileHandle, file: FileHandle) {
    this.#name = name;
    this.#claim = claim;
    this.file = file;
  }

  async changed(): Promise<void> {
    await delay(LOOK_MS);
    this.#looks += 1;
    if ((await this.lookForEnd()) !== undefined) return;
    if (this.#looks % ASK_EVERY === 0 && (await isAbandoned(this.#claim))) {
      this.ended = { length: (await this.file.stat()).size, failure: GONE };
    }
  }

  async lookForEnd(): Promise<AnswerEnd | undefined> {
    const claim = await readClaim(this.#claim);
    if (claim !== undefined && claim.length !== null) {
      this.ended = { length: claim.length, failure: claim.failure };
    }
    return this.ended;
  }

  async leave(): Promise<void> {
    await rm(this.#name, { force: true });
    await Promise.allSettled([this.file.close(), this.#claim.close()]);
  }
}
