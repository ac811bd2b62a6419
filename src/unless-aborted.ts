/**
 * What was begun, or the reason of the signal where that comes first. A race with a promise that lives long would keep
 * every value it was raced with for as long as that lives; this leaves nothing behind.
 */
export async function unlessAborted<T>(signal: AbortSignal, begun: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([begun, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
