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
