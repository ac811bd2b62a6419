import type { Reported } from '../metrics/index.ts';

type Described = Reported[number];
type Value = Described['values'][number] & { readonly metricName?: string };

/**
 * What the workers of one seat counted, one after the other, as far as they told it. A count that goes back is a new start
 * for Prometheus: so who does not answer stands with what it told last, and who ended leaves its counts to the seat.
 */
export class Counted {
  #last: Reported = [];
  /** Of those that ended. */
  #before: Reported = [];

  tell(reported: Reported): void {
    this.#last = reported;
  }

  /** The worker is gone, and its states (memory, processes of Git) with it; its counts stay. */
  end(): void {
    this.#before = sumOfCounts([...this.#before, ...this.#last]);
    this.#last = [];
  }

  get reports(): readonly Reported[] {
    return [this.#before, this.#last].filter(({ length }) => length > 0);
  }
}

function sumOfCounts(metrics: readonly Described[]): Reported {
  const sums = new Map<string, { readonly described: Described; readonly values: Map<string, Value> }>();
  for (const described of metrics) {
    // Declared as a number, and a word in fact.
    if (!['counter', 'histogram'].includes(String(described.type))) continue;
    const { values } = sums.get(described.name) ?? { values: new Map<string, Value>() };
    for (const value of described.values as Value[]) {
      const key = JSON.stringify([value.metricName, value.labels]);
      values.set(key, { ...value, value: (values.get(key)?.value ?? 0) + value.value });
    }
    sums.set(described.name, { described, values });
  }
  return [...sums.values()].map(({ described, values }) => ({ ...described, values: [...values.values()] }));
}
