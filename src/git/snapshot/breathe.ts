import { setImmediate } from 'node:timers/promises';

const LONGEST_MS = 4;

/** Lets others run when work that is done in one go has taken some milliseconds. Call it often; it costs next to nothing. */
export class Breath {
  #since = performance.now();

  /** True where it is time for `await breath.take()`. */
  get isDue(): boolean {
    return performance.now() - this.#since > LONGEST_MS;
  }

  async take(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
