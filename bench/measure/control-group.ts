import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A control group of our own counts the CPU time of everything that ever ran in it to the nanosecond, whoever waited for
 * it. There is none where this user may not make one; then /proc has to do.
 */
export interface ControlGroup {
  readonly folder: string;
  cpuSeconds(): number;
  members(): number[];
  remove(): void;
}

let made = 0;

export function makeControlGroup(): ControlGroup | undefined {
  for (const { parent, read } of candidates()) {
    if (!existsSync(join(parent, 'cgroup.procs'))) continue;
    const folder = join(parent, `latchkey-bench-${process.pid}-${++made}`);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    return {
      folder,
      cpuSeconds: () => read(folder),
      members: () =>
        readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number),
      remove: () => {
        try {
          rmdirSync(folder);
        } catch {
          // Something in it still ends; an empty group costs nothing.
        }
      },
    };
  }
  return undefined;
}

interface Candidate {
  readonly parent: string;
  readonly read: (folder: string) => number;
}

function candidates(): Candidate[] {
  const lines = existsSync('/proc/self/cgroup') ? readFileSync('/proc/self/cgroup', 'utf8').split('\n') : [];
  return lines.flatMap((line): Candidate[] => {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes('cpuacct')) {
      return [{ parent: join('/sys/fs/cgroup', controllers, path), read: readVersion1 }];
    }
    return controllers === '' ? [{ parent: join('/sys/fs/cgroup', path), read: readVersion2 }] : [];
  });
}

const readVersion1 = (folder: string): number =>
  Number(readFileSync(join(folder, 'cpuacct.usage'), 'utf8')) / 1e9;
const readVersion2 = (folder: string): number =>
  Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))?.[1] ?? 0) / 1e6;
