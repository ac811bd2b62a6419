import type { CountedSoFar, Window } from '../paged.ts';

/** How many are judged together. */
const TOGETHER = 500;
/** How many of those that come through are counted: nobody leafs through more, and judging all would take as long as they are many. */
const COUNTED = 1000;

/**
 * A page of those of many candidates that come through where only judging them says which: they are judged some hundreds at a
 * time, until the page is full and enough were counted.
 *
 * @param next the candidates in a fixed order
 * @param judge those of them that come through, in their order
 */
export async function sift<Candidate, Row>(
  next: (window: Window) => Promise<readonly Candidate[]>,
  judge: (candidates: readonly Candidate[]) => Promise<readonly Row[]>,
  { offset, limit }: Window,
): Promise<CountedSoFar<Row>> {
  const enough = Math.max(COUNTED, offset + limit);
  const through: Row[] = [];
  for (let start = 0; ; start += TOGETHER) {
    const candidates = await next({ offset: start, limit: TOGETHER });
    through.push(...(await judge(candidates)));
    const isLast = candidates.length < TOGETHER;
    if (!isLast && through.length <= enough) continue;
    return {
      rows: through.slice(offset, offset + limit),
      size: isLast ? through.length : enough,
      isMore: !isLast,
    };
  }
}
