import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

/** What is told of every request that was answered, and of every refusal. */
export interface RequestObserver {
  /** `operation` as the route declares it, null where no route was found; never anything that the caller wrote. */
  answered(request: {
    readonly door: string;
    readonly operation: string | null;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** The code of a `Refusal`. */
  refused(code: string): void;
}

/** What can be read of each process of a running host at any time, without cost. */
export interface ProcessState {
  readonly packAnswers: Readonly<Record<'kept' | 'shared' | 'made' | 'direct', number>>;
  /** Commands of Git that run now for this process. */
  readonly git: readonly string[];
}

/** What there is once for all of them. */
export interface HostState {
  readonly packQueue: { readonly running: number; readonly waiting: number };
  readonly helper: { readonly isRunning: boolean; readonly starts: number };
  readonly workers: number;
  readonly maintenance: {
    readonly waiting: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly seconds: number;
  };
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const LONGEST_COMMAND = 32;

/** The metrics of one process, as it hands them to another. */
export type Reported = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Values of labels come from tables of the code alone, so there are so many and no more, and none is of a person. */
export class Metrics implements RequestObserver {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'latchkey_requests_total',
    help: 'HTTP requests that were answered, by door, operation of the gate and outcome.',
    labelNames: ['door', 'operation', 'outcome'],
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'latchkey_request_seconds',
    help: 'Time from the headers of an HTTP request to the last byte of its answer, by door.',
    labelNames: ['door'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'latchkey_refusals_total',
    help: 'HTTP requests that the gate refused, by reason.',
    labelNames: ['code'],
    registers: [this.#registry],
  });

  /** Both are read each time that somebody asks; a worker has no state of the host. */
  constructor(ofProcess: () => ProcessState, ofHost?: () => HostState) {
    collectDefaultMetrics({ register: this.#registry });
    for (const described of OF_PROCESS) this.#show(described, ofProcess);
    if (ofHost !== undefined) for (const described of OF_HOST) this.#show(described, ofHost);
  }

  #show<State>({ read, labelNames = [], ...described }: Described<State>, state: () => State): void {
    const options = { ...described, labelNames, registers: [this.#registry] };
    if (described.name.endsWith('_total')) {
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const [labels, value] of read(state())) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [labels, value] of read(state())) this.set(labels, value);
        },
      });
    }
  }

  answered({ door, operation, status, seconds }: Parameters<RequestObserver['answered']>[0]): void {
    this.#requests.inc({ door, operation: operation ?? 'none', outcome: outcomeOf(status) });
    this.#seconds.observe({ door }, seconds);
  }

  refused(code: string): void {
    this.#refusals.inc({ code });
  }

  report(): Promise<Reported> {
    return this.#registry.getMetricsAsJSON();
  }

  /** As Prometheus reads them, together with those of other processes: counts are added up. */
  async text(others: readonly Reported[]): Promise<{ readonly type: string; readonly body: string }> {
    const type = this.#registry.contentType;
    if (others.length === 0) return { type, body: await this.#registry.metrics() };
    const all = [await this.report(), ...others].map((metrics) => [...metrics]);
    return { type, body: await AggregatorRegistry.aggregate(all).metrics() };
  }
}

interface Described<State> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: string[];
  readonly read: (state: State) => readonly (readonly [Record<string, string>, number])[];
}

const one = (value: number) => [[{}, value]] as const;
const by = (label: string, counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([name, value]) => [{ [label]: name }, value] as const);

const OF_PROCESS: readonly Described<ProcessState>[] = [
  {
    name: 'latchkey_pack_answers_total',
    help: 'Answers to clones and fetches since the start: kept before, shared with one that was being made, made and kept, or direct for want of room.',
    labelNames: ['from'],
    read: ({ packAnswers }) => by('from', packAnswers),
  },
  {
    name: 'latchkey_git_processes',
    help: 'Processes of Git that run now, kept readers of objects included, by command.',
    labelNames: ['command'],
    read: ({ git }) => by('command', counted(git)),
  },
];

const OF_HOST: readonly Described<HostState>[] = [
  {
    name: 'latchkey_workers',
    help: 'Processes that answer requests now.',
    read: ({ workers }) => one(workers),
  },
  {
    name: 'latchkey_pack_jobs_running',
    help: 'Fetches that nothing kept answers, and pushes, that run now.',
    read: ({ packQueue }) => one(packQueue.running),
  },
  {
    name: 'latchkey_pack_jobs_waiting',
    help: 'Fetches and pushes that wait for their turn.',
    read: ({ packQueue }) => one(packQueue.waiting),
  },
  {
    name: 'latchkey_process_helper_up',
    help: '1 while the helper that starts Git is there.',
    read: ({ helper }) => one(helper.isRunning ? 1 : 0),
  },
  {
    name: 'latchkey_process_helper_starts_total',
    help: 'How often the helper that starts Git was started; more than once means that it ended by itself.',
    read: ({ helper }) => one(helper.starts),
  },
  {
    name: 'latchkey_maintenance_waiting',
    help: 'Repositories and wikis that wait to be looked at.',
    read: ({ maintenance }) => one(maintenance.waiting),
  },
  {
    name: 'latchkey_maintenance_runs_total',
    help: 'Repositories and wikis that were brought into shape, or could not be.',
    labelNames: ['outcome'],
    read: ({ maintenance: { succeeded, failed } }) => by('outcome', { succeeded, failed }),
  },
  {
    name: 'latchkey_maintenance_seconds_total',
    help: 'Time that was spent on bringing repositories into shape.',
    read: ({ maintenance }) => one(maintenance.seconds),
  },
];

function counted(commands: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const command of commands) {
    const name = command.slice(0, LONGEST_COMMAND);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function outcomeOf(status: number): string {
  if (status < 400) return 'answered';
  if (status === 401 || status === 403 || status === 404) return 'refused';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'invalid' : 'failed';
}
