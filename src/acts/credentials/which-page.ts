/** How many credentials one page of a list shows: with every scope and long bounds on each line, it stays under 60 KB. */
export const CREDENTIALS_PER_PAGE = 20;

/** Which page, from 1, of what lives or of what has ended. */
export interface WhichPage {
  readonly ended: boolean;
  readonly page: number;
}

/** The same as the database is asked for it. */
export const windowOf = ({ ended, page }: WhichPage) => ({
  ended,
  offset: (page - 1) * CREDENTIALS_PER_PAGE,
  limit: CREDENTIALS_PER_PAGE,
});
