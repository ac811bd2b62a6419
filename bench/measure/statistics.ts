/** Numbers from measurements: medians, ratios with their spread, and paired ratios with their bounds. */

/** The middle one, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param share from 0 to 1; between two values the line between them is taken */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Median over median, with the smallest and the largest ratio of one round: both sides measured the same number of rounds, in turn. */
export function ratioOfRounds(ours: readonly number[], theirs: readonly number[]): Ratio {
  const rounds = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { ratio: median(ours) / median(theirs), low: Math.min(...rounds), high: Math.max(...rounds) };
}

/** Two-sided, so that 90 % lie between both bounds. */
const NORMAL_90 = 1.645;

/** The ratio of the means of pairs with its 90 % bounds, from the differences within the pairs. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Ratio {
  const base = mean(theirs);
  const differences = ours.map((value, pair) => value - (theirs[pair] ?? Number.NaN));
  const center = mean(differences);
  const variance =
    mean(differences.map((value) => (value - center) ** 2)) * (differences.length / (differences.length - 1));
  const spread = NORMAL_90 * Math.sqrt(variance / differences.length);
  const at = (difference: number): number => 1 + difference / base;
  return { ratio: at(center), low: at(center - spread), high: at(center + spread) };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
