interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
  readonly weight: number;
}

/** What was used lately, as far as it weighs no more together than is allowed: the longest unused leaves first. */
export class RecentlyUsed<Value> {
  readonly #mostWeight: number;
  /** In the order of use. */
  readonly #entries = new Map<string, Entry<Value>>();
  #weight = 0;

  constructor(mostWeight: number) {
    this.#mostWeight = mostWeight;
  }

  get(key: string): Value | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    // Under the key that was weighed: the asker's, which is alike, may be a piece of a text that it would keep in memory.
    this.#entries.set(found.key, found);
    return found.value;
  }

  /** In place of what the key stood for before. What alone weighs more than is allowed is not kept. */
  set(key: string, value: Value, weight: number): void {
    this.delete(key);
    if (weight > this.#mostWeight) return;
    this.#entries.set(key, { key, value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#mostWeight) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
