import type { Worker } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { PackTurns } from '../limits/pack-queue.ts';
import type { Reported } from '../metrics/index.ts';
import { Calls } from './calls.ts';
import { Counted } from './counted.ts';
import { forkWorker } from './fork.ts';
import { LeasedPackTurns } from './pack-turns.ts';
import type { Beginning, Report } from './worker.ts';

/** One that ends sooner is begun again only after this time. */
const SHORTEST_LIFE_MS = 1_000;
/** More than a server gives to what runs when it is told to stop. */
const STOP_MS = 45_000;
const REPORT_MS = 2_000;

export interface WorkerMeans {
  /** The queue of the host. */
  readonly packQueue: PackTurns;
  /** One ended without having been told to. */
  readonly lost: (sentence: string) => void;
}

/**
 * The processes that answer requests. They listen at the same addresses: the first process accepts connections and hands
 * them on in turn (`node:cluster`). One that ends is replaced.
 */
export class Workers {
  readonly #count: number;
  readonly #folder: string;
  readonly #means: WorkerMeans;
  readonly #seats: Seat[];

  /** Begins loading the first, unless that was begun early (`fork.ts`); it waits for what it begins with. */
  constructor(count: number, folder: string, means: WorkerMeans) {
    this.#count = count;
    this.#folder = folder;
    this.#means = means;
    this.#seats = [new Seat(folder, this.#meansOfSeats, 'start')];
  }

  get #meansOfSeats(): SeatMeans {
    return { ...this.#means, writeUses: () => this.writeUses() };
  }

  /** How many answer requests now. */
  get ready(): number {
    return this.#seats.filter(({ isReady }) => isReady).length;
  }

  /**
   * Resolves when the first listens, and throws its sentence when it cannot. The others come behind it: where cores are
   * few, they would only make it late.
   */
  async begin(beginning: Beginning): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.begin(beginning)));
    while (this.#seats.length < this.#count) {
      const seat = new Seat(this.#folder, this.#meansOfSeats, 'running');
      this.#seats.push(seat);
      seat.begin(beginning).catch(() => {});
    }
  }

  /** What they count, and counted before they ended; one that does not answer in time stands with what it told last. */
  async metrics(): Promise<Reported[]> {
    await Promise.all(
      this.#seats.map((seat) => Promise.race([seat.report(), delay(REPORT_MS, undefined, { ref: false })])),
    );
    return this.#seats.flatMap(({ counted }) => counted.reports);
  }

  /** Ids of the pushes that they are at. */
  async pushes(): Promise<ReadonlySet<string>> {
    const reports = await Promise.all(this.#seats.map((seat) => seat.report()));
    return new Set(reports.flatMap((report) => report?.pushes ?? []));
  }

  /** Has all of them write what uses of credentials they know of. One that does not answer in time is not waited for. */
  async writeUses(): Promise<void> {
    await Promise.all(
      this.#seats.map((seat) =>
        Promise.race([seat.writeUses(), delay(REPORT_MS, undefined, { ref: false })]),
      ),
    );
  }

  /** They take no new requests, let what runs finish, and end. */
  async stop(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.stop()));
  }
}

interface SeatMeans extends WorkerMeans {
  readonly writeUses: () => Promise<void>;
}

/** The place of one worker, whoever fills it. */
class Seat {
  isReady = false;
  readonly counted = new Counted();
  readonly #folder: string;
  readonly #means: SeatMeans;
  readonly #beginning = Promise.withResolvers<Beginning>();
  readonly #first = Promise.withResolvers<void>();
  #worker!: Worker;
  #calls!: Calls;
  #written = Promise.resolve();
  #writtenNext: Promise<void> | undefined;
  #isStopping = false;
  /** While the host starts, one that cannot listen is the end of the start; later it is replaced. */
  #stage: 'start' | 'running';

  constructor(folder: string, means: SeatMeans, stage: 'start' | 'running') {
    this.#folder = folder;
    this.#means = means;
    this.#stage = stage;
    this.#first.promise.catch(() => {});
    this.#fill();
  }

  begin(beginning: Beginning): Promise<void> {
    this.#beginning.resolve(beginning);
    return this.#first.promise;
  }

  /** Undefined where nobody is here, or leaves before answering. */
  async report(): Promise<Report | undefined> {
    if (!this.isReady) return undefined;
    const report = await (this.#calls.ask('report') as Promise<Report>).catch(() => undefined);
    if (report?.metrics) this.counted.tell(report.metrics);
    return report;
  }

  /** Who asks while it writes waits for the next time, with all others who do: of one that hangs, it is not asked again and again. */
  writeUses(): Promise<void> {
    this.#writtenNext ??= this.#written.then(() => {
      this.#writtenNext = undefined;
      this.#written = this.#askForUses();
      return this.#written;
    });
    return this.#writtenNext;
  }

  async #askForUses(): Promise<void> {
    if (this.isReady) await this.#calls.ask('writeOwnUses').catch(() => {});
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const worker = this.#worker;
    if (worker.isDead()) return;
    // Not `once`, which gives up where the channel breaks first.
    const exit = new Promise((resolve) => {
      worker.once('exit', resolve);
    });
    this.#calls.tell('stop');
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), STOP_MS);
    // One that has not begun does not listen yet.
    if (!this.isReady) worker.process.kill('SIGKILL');
    await exit;
    clearTimeout(timer);
  }

  #fill(): void {
    const began = performance.now();
    const turns = new LeasedPackTurns(this.#means.packQueue);
    const worker = forkWorker(this.#folder);
    let reason = '';
    const calls = new Calls(worker, {
      ...turns.handlers,
      writeUses: () => this.#means.writeUses(),
      begin: () => this.#beginning.promise,
      ready: () => {
        this.isReady = true;
        this.#stage = 'running';
        this.#first.resolve();
      },
      failed: (sentence: string) => {
        reason = sentence;
      },
    });
    const ended = (code: number | null, signal: string | null): void => {
      this.isReady = false;
      calls.end();
      this.counted.end();
      turns.endAll();
      const sentence = reason || `A worker ended (${signal ?? `code ${code}`}).`;
      this.#first.reject(new Error(sentence));
      if (this.#stage === 'running' && !this.#isStopping)
        void this.#refill(sentence, performance.now() - began);
    };
    worker.once('exit', ended);
    // One that could not be started at all never exits.
    worker.on('error', () => {
      if (worker.process.pid === undefined) ended(worker.process.exitCode, null);
    });
    this.#worker = worker;
    this.#calls = calls;
  }

  async #refill(sentence: string, lifeMs: number): Promise<void> {
    this.#means.lost(sentence);
    if (lifeMs < SHORTEST_LIFE_MS) await delay(SHORTEST_LIFE_MS - lifeMs, undefined, { ref: false });
    if (!this.#isStopping) this.#fill();
  }
}
