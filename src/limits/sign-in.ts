import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../problem.ts';

const WINDOW_SECONDS = 15 * 60;
const FAILURES_OF_A_NAME_FROM_AN_ADDRESS = 10;
const FAILURES_FROM_AN_ADDRESS = 100;

/**
 * Slows down who guesses passwords. Counts failures for each name *from each address*, so that whoever guesses elsewhere
 * does not lock the owner of the name out; and for each address over all names, so that one cannot go through the names.
 * Names are counted as they were typed, whether or not anybody is called so: being slowed down says nothing about that.
 */
export class SignInThrottle {
  readonly #perName: RateLimiterMemory;
  readonly #perAddress: RateLimiterMemory;

  constructor(
    limits = { perName: FAILURES_OF_A_NAME_FROM_AN_ADDRESS, perAddress: FAILURES_FROM_AN_ADDRESS },
  ) {
    this.#perName = new RateLimiterMemory({ points: limits.perName, duration: WINDOW_SECONDS });
    this.#perAddress = new RateLimiterMemory({ points: limits.perAddress, duration: WINDOW_SECONDS });
  }

  /**
   * Counts one try before it is judged, so that many at once count as many. Call what it returns when the try succeeded.
   * Throws `Problem` with the code `unavailable` when there were too many.
   */
  async begin(name: string, address: string): Promise<() => Promise<void>> {
    const key = `${address} ${name.trim().toLowerCase().slice(0, 300)}`;
    await consume(this.#perAddress, address);
    await consume(this.#perName, key);
    return async () => {
      await this.#perName.delete(key);
      await this.#perAddress.reward(address, 1);
    };
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const minutes = Math.max(1, Math.ceil(error.msBeforeNext / 60_000));
    throw new Problem(
      'unavailable',
      `Too many tries failed from here. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`} and try again.`,
      { data: { retryAfterSeconds: Math.ceil(error.msBeforeNext / 1000) } },
    );
  }
}
