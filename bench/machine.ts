import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { makeControlGroup } from './measure/control-group.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const printed = (command: string, args: readonly string[]): string => {
  try {
    return execFileSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch {
    return 'unknown';
  }
};

/** What it was measured on, in one line. */
export function machine(): string {
  const group = makeControlGroup();
  group?.remove();
  const model = cpus()[0]?.model.trim();
  return [
    `${availableParallelism()} cores${model === undefined || model === 'unknown' || model === '' ? '' : ` (${model})`}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `Linux ${release()}`,
    printed('git', ['--version']),
    `Node ${process.versions.node}`,
    `node-git-server ${versionOf('node-git-server')}`,
    `CPU time counted by ${group === undefined ? '/proc, over the tree of processes' : 'a control group for each server'}`,
  ].join(', ');
}

function versionOf(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(`${root}/node_modules/${name}/package.json`, 'utf8'));
  return (manifest as { readonly version: string }).version;
}

/** The commit that was measured, with a star where the source was changed since. */
export const measuredCommit = (): string =>
  printed('git', ['rev-parse', '--short', 'HEAD']) +
  (printed('git', ['status', '--porcelain', 'src']) === '' ? '' : '*');
