import { setTimeout as delay } from 'node:timers/promises';
import { everythingKept, maintain, shapeOfKept, type Kept } from './acts/repositories/maintain.ts';
import { enterAsJob } from './entry/index.ts';
import { Refused } from './gate/index.ts';
import { lockMaintenance } from './lock.ts';
import type { Services } from './services.ts';

const HOST = [{ type: 'host' }] as const;
const LOOK_EVERY_MS = 2_000;
/** How long one waits while clones and pushes take all there is; then its turn has come, since tidying makes them cheaper. */
const LONGEST_WAIT_MS = 10 * 60_000;
/** Times written by others are a little behind. */
const OVERLAP_MS = 5_000;
/** Where pushes do not stop, their repository is not waited for for ever: so many times the quiet that is asked for. */
const MOST_PATIENCE = 6;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 6 * 3600_000;
/** Between two repositories, so that a look at all of them after a start is no load. */
const BREATH_MS = 5;

export interface MaintenanceState {
  /** How many repositories and wikis wait to be looked at. */
  readonly waiting: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly seconds: number;
}

export interface Maintenance {
  readonly state: MaintenanceState;
  /** Ends what runs; a repository is left as it was or as it was to be. */
  stop(): Promise<void>;
}

interface MaintenanceOptions {
  readonly folder: string;
  readonly quietMs: number;
  /** Whether clones and pushes take all there is. */
  readonly isBusy: () => boolean;
}

interface Due extends Kept {
  readonly firstAt: number;
  readonly at: number;
  /** How often in a row it could not even be seen what it needs, or be written down what was done. */
  readonly faults: number;
}

/**
 * Keeps repositories in shape by itself: each, some time after it was last pushed to, and all of them once after the
 * start. One at a time. What is to be done is seen from the repositories, so nothing is lost with the process.
 */
export function startMaintenance(services: Services, options: MaintenanceOptions): Maintenance {
  const worker = new Maintainer(services, options);
  const ended = options.quietMs === 0 ? Promise.resolve() : worker.run();
  return {
    get state() {
      return worker.state;
    },
    async stop() {
      worker.stop();
      await ended;
    },
  };
}

class Maintainer {
  readonly #services: Services;
  readonly #folder: string;
  readonly #quietMs: number;
  readonly #isBusy: () => boolean;
  readonly #stopping = new AbortController();
  readonly #due = new Map<string, Due>();
  /** The last change that was noted of each, as long as it can be seen again. */
  readonly #noted = new Map<string, number>();
  #lookedAt = 0;
  #succeeded = 0;
  #failed = 0;
  #seconds = 0;

  constructor(services: Services, { folder, quietMs, isBusy }: MaintenanceOptions) {
    this.#services = services;
    this.#folder = folder;
    this.#quietMs = quietMs;
    this.#isBusy = isBusy;
  }

  get state(): MaintenanceState {
    return {
      waiting: this.#due.size,
      succeeded: this.#succeeded,
      failed: this.#failed,
      seconds: this.#seconds,
    };
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#note();
        await this.#work();
      } catch (error) {
        if (!signal.aborted) this.#services.log.error({ error }, 'Repositories could not be maintained.');
      }
      await delay(LOOK_EVERY_MS, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  /** Notes what changed since the last look; the first time, everything there is. */
  async #note(): Promise<void> {
    const now = this.#services.clock();
    const since = this.#lookedAt === 0 ? undefined : this.#lookedAt - OVERLAP_MS;
    const grant = await enterAsJob(this.#services, 'maintain', 'host.inspect', HOST);
    const changed = await everythingKept(this.#services, grant, since);
    for (const [key, changedAt] of this.#noted) if (changedAt < (since ?? 0)) this.#noted.delete(key);
    for (const kept of changed) {
      const key = `${kept.data} ${kept.id}`;
      if (this.#noted.get(key) === kept.changedAt) continue;
      this.#noted.set(key, kept.changedAt);
      const firstAt = this.#due.get(key)?.firstAt ?? now;
      // A clock that was set back must not make a repository wait for the old time to come again.
      const quietAt = Math.min(kept.changedAt, now) + this.#quietMs;
      this.#due.set(key, {
        ...kept,
        firstAt,
        at: Math.min(quietAt, firstAt + MOST_PATIENCE * this.#quietMs),
        faults: this.#due.get(key)?.faults ?? 0,
      });
    }
    this.#lookedAt = now;
  }

  async #work(): Promise<void> {
    const due = [...this.#due.values()]
      .filter(({ at }) => at <= this.#services.clock())
      .toSorted((a, b) => a.at - b.at);
    for (const each of due) {
      this.#stopping.signal.throwIfAborted();
      let faults = 0;
      const again = await this.#maintain(each).catch((error: unknown) => {
        this.#stopping.signal.throwIfAborted();
        // Those behind it are not to wait for it.
        faults = each.faults + 1;
        this.#services.log.error({ error, name: each.name, data: each.data }, 'It could not be maintained.');
        return retryMs(faults);
      });
      // Whoever comes behind would find the same.
      if (again === 'busy') return;
      const key = `${each.data} ${each.id}`;
      // Pushed to meanwhile: that is another entry.
      if (this.#due.get(key) === each) {
        if (again === null) this.#due.delete(key);
        else this.#due.set(key, { ...each, at: this.#services.clock() + again, faults });
      }
      await delay(BREATH_MS);
    }
  }

  /** Brings it into shape, if it needs that. Returns in how many milliseconds it must be looked at again; null for not at all. */
  async #maintain(due: Due): Promise<number | 'busy' | null> {
    const services = this.#services;
    const grant = await enterAsJob(services, 'maintain', 'host.inspect', HOST);
    const { upkeep, needs } = await shapeOfKept(services, grant, due);
    if (!needs) return null;
    const wait = upkeep.at + retryMs(upkeep.failures) - services.clock();
    if (upkeep.failures > 0 && wait > 0) return Math.min(wait, LONGEST_RETRY_MS);
    if (this.#isBusy() && services.clock() < due.at + LONGEST_WAIT_MS) return 'busy';
    const unlock = lockMaintenance(this.#folder);
    if (unlock === undefined) return LOOK_EVERY_MS;
    try {
      return await this.#bringIntoShape(due);
    } catch (error) {
      // Deleted, or its wiki switched off, a moment ago.
      if (error instanceof Refused) return null;
      throw error;
    } finally {
      unlock();
    }
  }

  async #bringIntoShape({ id, data, name }: Kept): Promise<number | null> {
    const services = this.#services;
    const { signal } = this.#stopping;
    const target = [{ type: 'repository', workspace: '{}', repository: `{${id}}` }] as const;
    const { failure, tookMs, did } = await (data === 'wiki'
      ? maintain(services, await enterAsJob(services, 'maintain', 'wiki.maintain', target), { signal })
      : maintain(services, await enterAsJob(services, 'maintain', 'repository.maintain', target), {
          signal,
        }));
    this.#seconds += tookMs / 1000;
    if (failure === null) {
      this.#succeeded += 1;
      services.log.info({ name, data, did, milliseconds: tookMs }, 'A repository was brought into shape.');
      return null;
    }
    this.#failed += 1;
    services.log.warn({ name, data, failure }, 'A repository could not be brought into shape.');
    return FIRST_RETRY_MS;
  }
}

/** How long to leave alone what failed so often in a row. */
const retryMs = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1), LONGEST_RETRY_MS);
