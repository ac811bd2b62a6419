import { sizeOnDisk } from './create.ts';
import type { RepositoryHandle } from './handle.ts';

const KEPT_MS = 60_000;
const MOST_REPOSITORIES = 10_000;

interface Measured {
  readonly at: number;
  readonly bytes: Promise<number>;
}

/**
 * How much each repository takes on the disk, measured at most once a minute: it takes a look at every file. A push makes
 * it be measured anew.
 */
export class RepositorySizes {
  /** By path, the one that was measured longest ago first. */
  readonly #measured = new Map<string, Measured>();
  readonly #clock: () => number;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Bytes of all files of the repository, a minute ago or later. */
  of({ path }: RepositoryHandle): Promise<number> {
    const known = this.#measured.get(path);
    const now = this.#clock();
    if (known !== undefined && now - known.at < KEPT_MS) return known.bytes;
    const measured = { at: now, bytes: sizeOnDisk(path) };
    this.#measured.delete(path);
    this.#measured.set(path, measured);
    measured.bytes.catch(() => this.#measured.delete(path));
    for (const oldest of this.#measured.keys()) {
      if (this.#measured.size <= MOST_REPOSITORIES) break;
      this.#measured.delete(oldest);
    }
    return measured.bytes;
  }

  /** Something was written to this repository. */
  forget({ path }: RepositoryHandle): void {
    this.#measured.delete(path);
  }
}
