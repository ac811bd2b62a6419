import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of one process (proc(5)); Linux only. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Minor page faults of children that have ended and were waited for: it grows whenever one ends. */
  readonly childFaults: number;
  /** Of the process and of its children that have ended and were waited for. */
  readonly cpuSeconds: number;
}

/** `getconf CLK_TCK`, which has been 100 on every Linux for two decades. */
const TICKS_PER_SECOND = 100;

/** Undefined when it has ended. */
export function processStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, between brackets, may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0);
  return {
    pid,
    parent: fields[1] ?? 0,
    childFaults: fields[8] ?? 0,
    cpuSeconds: ticks / TICKS_PER_SECOND,
  };
}

/** A process and everything below it that runs now. */
export function processTree(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processStat(Number(name)) ?? []);
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** Proportional set size: memory shared by several processes counts once over all of them. 0 when it has ended. */
export function pssBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
