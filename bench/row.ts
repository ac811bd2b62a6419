import { median, pairedRatio, ratioOfRounds, type Ratio } from './measure/statistics.ts';

export type Unit = 'requests/s' | 's' | 'ms' | 'µs' | 'MB' | 'MB/s' | 'processes';

export interface Bar {
  readonly is: 'at least' | 'at most' | 'below';
  readonly limit: number;
}

/** One line of the table. */
export interface Row {
  /** What was done. */
  readonly work: string;
  readonly measure: string;
  /** Which repository, and in which state. */
  readonly repository: string;
  readonly unit: Unit;
  readonly ours: number;
  /** The yardstick and what it took; undefined where the bar is an absolute figure. */
  readonly against?: { readonly name: string; readonly value: number };
  /** Ours to theirs. */
  readonly ratio?: Ratio;
  /** Smallest and largest of our own rounds, where there is no yardstick. */
  readonly range?: readonly [low: number, high: number];
  readonly bar?: Bar;
  /** How the measurements were put side by side. */
  readonly rounds: string;
}

interface About extends Pick<Row, 'work' | 'measure' | 'repository' | 'unit'> {
  readonly bar?: Bar;
}

/** Measured in turn, round by round: medians, and the smallest and largest ratio of one round. */
export const compared = (
  about: About,
  ours: readonly number[],
  against: string,
  theirs: readonly number[],
): Row => ({
  ...about,
  ours: median(ours),
  against: { name: against, value: median(theirs) },
  ratio: ratioOfRounds(ours, theirs),
  rounds: `${ours.length} rounds`,
});

/** Measured in pairs A B B A: medians, and the ratio of the means with its 90 % bounds. */
export const paired = (
  about: About,
  ours: readonly number[],
  against: string,
  theirs: readonly number[],
): Row => ({
  ...about,
  ours: median(ours),
  against: { name: against, value: median(theirs) },
  ratio: pairedRatio(ours, theirs),
  rounds: `${ours.length} pairs`,
});

/** Measured alone, against a figure. */
export const alone = (about: About, ours: readonly number[]): Row => ({
  ...about,
  ours: median(ours),
  range: [Math.min(...ours), Math.max(...ours)],
  rounds: `${ours.length} rounds`,
});

/** Whether the bar is met: of pairs by the bound of 90 %, otherwise by the medians. Undefined where there is none. */
export function isMet({ bar, ratio, ours, rounds }: Row): boolean | undefined {
  if (bar === undefined) return undefined;
  const inPairs = ratio !== undefined && rounds.endsWith('pairs');
  const value = inPairs ? (bar.is === 'at least' ? ratio.low : ratio.high) : (ratio?.ratio ?? ours);
  if (bar.is === 'at least') return value >= bar.limit;
  return bar.is === 'at most' ? value <= bar.limit : value < bar.limit;
}
