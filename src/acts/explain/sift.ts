import type { CountedSoFar, Window } from '../paged.ts';

/** How many are judged together. */
const TOGETHER = 500;
/** How many of those that come through are counted, and of how many: nobody leafs through more, and judging all would take as long as they are many. */
const COUNTED = 1000;
const JUDGED = 3000;

/**
 * A page of those of many candidates that come through where only judging them says which: they are judged some hundreds at a
 * time, until the page is full and enough were counted or judged.
 *
 * @param next the candidates in a fixed order
 * @param judge those of them that come through, in their order
 */
export async function sift<Candidate, Row>(
  next: (window: Window) => Promise<readonly Candidate[]>,
  judge: (candidates: readonly Candidate[]) => Promise<readonly Row[]>,
  { offset, limit }: Window,
): Promise<CountedSoFar<Row>> {
  const end = offset + limit;
  const enough = Math.max(COUNTED, end);
  const through: Row[] = [];
  for (let judged = 0; ; judged += TOGETHER) {
    const candidates = await next({ offset: judged, limit: TOGETHER });
    through.push(...(await judge(candidates)));
    const rows = through.slice(offset, end);
    if (candidates.length < TOGETHER) return { rows, size: through.length, isMore: false };
    // One beyond what is said has come through: more than that there are indeed.
    if (through.length > (judged < JUDGED ? enough : end))
      return { rows, size: Math.min(enough, through.length - 1), isMore: true };
  }
}
