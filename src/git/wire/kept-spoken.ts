import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { identityOf, type Identity } from '../snapshot/identity.ts';
import type { ObjectFormat } from '../object-id.ts';
import type { Spoken } from './learn.ts';

/** Which Git is installed. */
export interface GitProgram {
  readonly executable: Identity;
  /** What it says of itself: behind one and the same script there may be another one by now. */
  readonly version: string;
}

/**
 * What was learned from the installed Git, kept from one start to the next: learning it takes twenty processes. A file
 * stands for one Git and one bundle of ours, whose settings decide what Git says; of any other it is nothing. Where the
 * sources run themselves nothing is kept, for a change in one of them does not show.
 */
export class KeptSpoken {
  readonly #folder: string;
  readonly #program: string;

  /** @param program the file of ours that runs */
  constructor(folder: string, program: string) {
    this.#folder = folder;
    this.#program = program;
  }

  /** Undefined where nothing was kept, of another Git or bundle, or not whole. */
  async read(format: ObjectFormat, git: GitProgram): Promise<Spoken | undefined> {
    const key = this.#key(git);
    if (key === undefined) return undefined;
    try {
      const kept = deserialize(await readFile(this.#path(format))) as { key: string; spoken: Spoken };
      return kept.key === key ? kept.spoken : undefined;
    } catch {
      return undefined;
    }
  }

  /** Several processes may at once. Throws where the disk does. */
  async write(format: ObjectFormat, git: GitProgram, spoken: Spoken): Promise<void> {
    const key = this.#key(git);
    if (key === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(format);
    const beside = `${path}.${randomBytes(6).toString('hex')}`;
    try {
      await writeFile(beside, serialize({ key, spoken }));
      await rename(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
  }

  #path(format: ObjectFormat): string {
    return join(this.#folder, format);
  }

  #key(git: GitProgram): string | undefined {
    const ours = this.#program.endsWith('.js') ? identityOf(this.#program) : undefined;
    return ours === undefined ? undefined : JSON.stringify([git, ours]);
  }
}
