import type { Services } from '../services.ts';

/** For one of several things of which none must keep the host from the others: where it fails, the log says what was not done. */
export async function orLog(
  { log }: Pick<Services, 'log'>,
  failed: string,
  work: () => Promise<unknown>,
  about: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ ...about, error }, failed);
  }
}
