import type { DueWebhook } from '../../webhooks/index.ts';

export type { DueWebhook } from '../../webhooks/index.ts';

/** In all, and of one repository. */
const MOST_AT_ONCE = 16;
const MOST_OF_REPOSITORY = 4;
/** As many stand in line; whoever comes beyond is looked for again when there is room. */
const LONGEST_LINE = 500;

/** Webhooks behind an id, in the order of their ids, and no more than so many. */
interface Part {
  readonly after: string;
  readonly limit: number;
}

/**
 * Whose turn it is of the webhooks for which something is due. Each has one turn at a time, those of one repository take a
 * part of all turns and no more, and whoever had a turn stands at the end of the line again: a server that is slow or gone
 * keeps back nobody but those who are told by it.
 */
export class Turns {
  readonly #line = new Map<string, DueWebhook>();
  readonly #running = new Map<string, DueWebhook>();
  #after = '';

  /** What to look for next: those behind an id, and as many as may join. */
  get part(): Part {
    return { after: this.#after, limit: LONGEST_LINE - this.#line.size };
  }

  /**
   * Whoever stands in line keeps the place, and whoever has a turn joins after it.
   *
   * @param found what is due of that part, in the order of the ids: where it is all, the next look begins anew
   */
  join(found: readonly DueWebhook[], { after, limit }: Part): void {
    this.#after = found.length < limit ? '' : (found.at(-1)?.id ?? after);
    for (const webhook of found) if (!this.#running.has(webhook.id)) this.#line.set(webhook.id, webhook);
  }

  /** The first that may have its turn now, which it has until `ended`. */
  next(): DueWebhook | undefined {
    if (this.#running.size >= MOST_AT_ONCE) return undefined;
    for (const webhook of this.#line.values()) {
      if (this.#runningOf(webhook.repositoryId) >= MOST_OF_REPOSITORY) continue;
      this.#line.delete(webhook.id);
      this.#running.set(webhook.id, webhook);
      return webhook;
    }
    return undefined;
  }

  ended({ id }: DueWebhook): void {
    this.#running.delete(id);
  }

  #runningOf(repositoryId: string): number {
    let count = 0;
    for (const webhook of this.#running.values()) if (webhook.repositoryId === repositoryId) count += 1;
    return count;
  }
}
