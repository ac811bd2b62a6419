/** Which rows of a list. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

/** A page of a list, and how many rows there are in all. */
export interface Paged<Row> {
  readonly rows: readonly Row[];
  readonly size: number;
}

/** A page of a list whose rows can only be counted by judging each: where there are very many, they are counted so far. */
export interface CountedSoFar<Row> extends Paged<Row> {
  /** Whether there are more than `size`. */
  readonly isMore: boolean;
}
