import { hasCode } from './error-code.ts';

/**
 * Whether a process of that number runs, of whichever user. True where that cannot be told: it is asked before what the
 * process works on is taken away, and the system says "no such process" where it can be.
 */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}
