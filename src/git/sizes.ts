import { Grant } from '../gate/index.ts';
import { Turns } from '../limits/turns.ts';
import { sizeOnDisk } from './create.ts';
import type { RepositoryHandle } from './handle.ts';
import type { RepositoryStorage } from './storage.ts';

const KEPT_MS = 60_000;
/** In a list, of what was not pushed to since. */
const KEPT_FOR_LISTS_MS = 600_000;
const MOST_REPOSITORIES = 10_000;
/** Each looks at one file after the other: more at once would keep those waiting who read and write. */
const MEASURED_AT_ONCE = 4;

interface Measured {
  readonly at: number;
  readonly bytes: Promise<number>;
}

/** A repository that a list showed. */
interface Listed {
  readonly id: string;
  /** Of the last push, among other changes. */
  readonly updatedAt: number;
}

/**
 * How much each repository takes on the disk. It takes a look at every file, so it is remembered for a while; what this
 * process writes to one makes it be measured anew.
 */
export class RepositorySizes {
  /** By path, the one that was measured longest ago first. */
  readonly #measured = new Map<string, Measured>();
  readonly #turns = new Turns(MEASURED_AT_ONCE, MOST_REPOSITORIES);
  readonly #clock: () => number;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Bytes of all files of the repository, a minute ago or later. */
  of({ path }: RepositoryHandle): Promise<number> {
    return this.#since(path, this.#clock() - KEPT_MS);
  }

  /**
   * The same of those that a list showed under this grant, by their ids: after the last push, whichever process took it, and ten
   * minutes ago or later. One that cannot be read has none. Throws `TypeError` for anything that is no genuine grant to list
   * repositories.
   */
  async ofListed(
    storage: RepositoryStorage,
    grant: Grant<'repository.list'>,
    repositories: readonly Listed[],
  ): Promise<ReadonlyMap<string, number>> {
    Grant.expect(grant, 'repository.list');
    const sizes = new Map<string, number>();
    const oldest = this.#clock() - KEPT_FOR_LISTS_MS;
    await Promise.all(
      repositories.map(async ({ id, updatedAt }) => {
        const path = storage.pathOf(id, 'repository');
        const size = await this.#since(path, Math.max(oldest, updatedAt)).catch(() => undefined);
        if (size !== undefined) sizes.set(id, size);
      }),
    );
    return sizes;
  }

  /** Something was written to this repository. */
  forget({ path }: RepositoryHandle): void {
    this.#measured.delete(path);
  }

  /** Measured after this moment. */
  #since(path: string, moment: number): Promise<number> {
    const known = this.#measured.get(path);
    if (known !== undefined && known.at > moment) return known.bytes;
    const bytes = this.#turns.take(() => sizeOnDisk(path));
    const measured = { at: this.#clock(), bytes };
    this.#measured.delete(path);
    this.#measured.set(path, measured);
    bytes.catch(() => {
      if (this.#measured.get(path) === measured) this.#measured.delete(path);
    });
    for (const oldest of this.#measured.keys()) {
      if (this.#measured.size <= MOST_REPOSITORIES) break;
      this.#measured.delete(oldest);
    }
    return bytes;
  }
}
