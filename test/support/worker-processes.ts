import { readdirSync, readFileSync } from 'node:fs';

/** The processes that answer requests for this one, from /proc. */
export const workersOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        const isWorker = command.some((word) => word.endsWith('/worker.js'));
        return Number(ppid) === parent && isWorker ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
