type Cleanup = () => Promise<unknown>;

const cleanups: Cleanup[] = [];

/** Runs `cleanup` when the test file has ended, last registered first, whether its tests passed or not. */
export function atEndOfFile(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

/** Called once per test file, by setup.ts. One failure does not keep the others from running. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (let next = cleanups.pop(); next; next = cleanups.pop()) {
    await next().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Cleaning up after the test file failed.');
}
