/** What somebody reads from; the last one that leaves may end it. */
export interface Source {
  join?(): void;
  leave(): Promise<void>;
}

/**
 * Counts a reader in at once, and out when it is through, gives up or its client is gone, whether or not it ever came to
 * read a byte.
 */
export function reading(
  bytes: AsyncGenerator<Buffer>,
  source: Source,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let hasLeft = false;
  const leave = async (): Promise<void> => {
    if (hasLeft) return;
    hasLeft = true;
    signal.removeEventListener('abort', onAbort);
    await source.leave();
  };
  const onAbort = (): void => void leave().catch(() => {});
  source.join?.();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  return (async function* () {
    try {
      yield* bytes;
    } finally {
      await leave();
    }
  })();
}
