/** What the two databases say when a unique index refuses a row. */
const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && error.code === '23505') || error.message.startsWith('UNIQUE constraint failed'));

/**
 * For the `catch` of a write under a unique name. On PostgreSQL two who take one name at once both find it free when they
 * look, and the index decides: the one who comes second is told what they would have been told a moment later.
 */
export const orTaken =
  (problem: () => Error) =>
  (error: unknown): never => {
    throw isUniqueViolation(error) ? problem() : error;
  };
