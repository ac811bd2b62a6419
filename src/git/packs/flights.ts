import type { Making } from './making.ts';

/** How the beginning of an answer came out: it is being made, there is no room, or another process makes it. */
export type Made = Making | 'no room' | 'claimed';

interface Flight {
  readonly made: Promise<Made>;
  readonly folder: string;
  readonly wants: readonly string[];
  readonly nobodyWaits: AbortController;
  waiting: number;
}

interface Flown {
  readonly key: string;
  readonly folder: string;
  readonly wants: readonly string[];
}

/** What this process makes now, by key, and who waits for it to begin. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Lets an answer be made; false where it is already. `make` is told when nobody waits for it to begin any more. */
  begin({ key, folder, wants }: Flown, make: (nobodyWaits: AbortSignal) => Promise<Made>): boolean {
    if (this.#flights.has(key)) return false;
    const nobodyWaits = new AbortController();
    const flight: Flight = { made: make(nobodyWaits.signal), folder, wants, nobodyWaits, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.made.then((made) => {
      if (typeof made === 'string') forget();
      else made.finished.then(forget, forget);
    }, forget);
    return true;
  }

  /** Waits until it begins. Undefined where it must be asked for again: it was given up before. */
  async join(key: string, signal: AbortSignal): Promise<Made | undefined> {
    const flight = this.#flights.get(key);
    if (flight === undefined) return undefined;
    let isWaiting = true;
    const leave = () => {
      if (!isWaiting) return;
      isWaiting = false;
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.nobodyWaits.abort();
    };
    flight.waiting += 1;
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    try {
      return await flight.made;
    } catch (error) {
      // Everybody before us had gone.
      if (flight.nobodyWaits.signal.aborted && !signal.aborted) return undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
      if (isWaiting) flight.waiting -= 1;
    }
  }

  /** Nobody who comes later joins this one. */
  async forgetMade(key: string, made: Making): Promise<void> {
    const flight = this.#flights.get(key);
    if ((await flight?.made) === made && this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** Nobody who comes later joins what is made in this folder, or only what was asked for by one of these ids. */
  forget(folder: string, wants?: ReadonlySet<string>): void {
    for (const [key, flight] of this.#flights) {
      const concerns = wants === undefined || flight.wants.some((want) => wants.has(want));
      if (flight.folder === folder && concerns) this.#flights.delete(key);
    }
  }
}
