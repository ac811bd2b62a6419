import { hash } from 'node:crypto';
import { withinTime } from './within-time.ts';

const MOST_REMEMBERED = 1000;
/** Not for ever: on a busy host it may have been the others that took the time. */
const TRIED_AGAIN_AFTER = 10 * 60 * 1000;

/** What did not come to its end, by a digest, and until when that is taken for granted; the oldest first. */
const tooIntricate = new Map<string, number>();

/**
 * Does work that never awaits (`withinTime`); undefined where it failed or took longer, and for some time from then on,
 * since everybody else waits while it is tried.
 * @param what all that decides whether the work comes to its end
 */
export function unlessIntricate<Result>(
  milliseconds: number,
  what: readonly string[],
  work: () => Result,
): Result | undefined {
  const digest = hash('sha256', what.join('\0'), 'base64url');
  if ((tooIntricate.get(digest) ?? 0) > performance.now()) return undefined;
  try {
    return withinTime(milliseconds, work);
  } catch {
    tooIntricate.delete(digest);
    tooIntricate.set(digest, performance.now() + TRIED_AGAIN_AFTER);
    const [oldest] = tooIntricate.keys();
    if (tooIntricate.size > MOST_REMEMBERED && oldest !== undefined) tooIntricate.delete(oldest);
    return undefined;
  }
}
