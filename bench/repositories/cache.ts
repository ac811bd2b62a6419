import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../measure/git-client.ts';

/**
 * The repositories that are measured with, generated once and kept below the system's folder for temporary files.
 *
 * - `large`: 50,000 commits, 5,000 refs, 200 MB in one pack with a bitmap and a commit-graph
 * - `pushed`: the same as one push leaves it: one pack, no bitmap, no commit-graph
 * - `pushes`: the history of its main branch in 61 pushes: 61 packs
 * - `polled`: 2,000 commits and 400 refs
 * - `tiny`: 30 commits, 2 refs
 */
export const REPOSITORY_NAMES = ['large', 'pushed', 'pushes', 'polled', 'tiny'] as const;
export type RepositoryName = (typeof REPOSITORY_NAMES)[number];

/** Raised when what is generated changes, so that older ones are not taken for it. */
const EDITION = 2;
export const PUSHES = 61;
export const cacheFolder = join(tmpdir(), 'latchkey-bench');

const PLANS: Readonly<
  Partial<Record<RepositoryName, readonly [commits: number, refs: number, megabytes: number]>>
> = {
  large: [50_000, 5_000, 200],
  polled: [2_000, 400, 6],
  tiny: [30, 2, 1],
};

/** Where the repositories of this run lie; `given` stands for the large one. */
export class RepositoryCache {
  readonly #given: string | undefined;

  constructor(given: string | undefined) {
    this.#given = given;
  }

  /** Its path; it is made when it is not there yet, which takes one to two minutes for the large ones. */
  async path(name: RepositoryName): Promise<string> {
    if (name === 'large' && this.#given !== undefined) return this.#given;
    const mark =
      this.#given === undefined || PLANS[name] !== undefined
        ? ''
        : `-${createHash('sha256').update(this.#given).digest('hex').slice(0, 8)}`;
    const path = join(cacheFolder, `${name}-${EDITION}${mark}.git`);
    if (existsSync(path)) return path;
    await mkdir(cacheFolder, { recursive: true });
    process.stderr.write(`Making the repository "${name}" once, in ${path}\n`);
    const stage = `${path}.${process.pid}`;
    try {
      await this.#make(name, stage);
      await rename(stage, path);
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
    return path;
  }

  async #make(name: RepositoryName, path: string): Promise<void> {
    const plan = PLANS[name];
    if (plan !== undefined) return generate(path, plan);
    const large = await this.path('large');
    await git(['init', '--quiet', '--bare', '--initial-branch=main', path]);
    await git(['-C', path, 'config', 'receive.unpackLimit', '1']);
    await git(['-C', path, 'config', 'receive.autogc', 'false']);
    for (const refspecs of name === 'pushed' ? [EVERYTHING] : await pushSteps(large)) {
      await git(['-C', large, 'push', '--quiet', path, ...refspecs]);
    }
  }
}

export const EVERYTHING = ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*'] as const;

/** What each of the 61 pushes brings: the next part of the main line, and a branch that stays there. */
export async function pushSteps(repository: string): Promise<string[][]> {
  const line = (await git(['-C', repository, 'rev-list', '--first-parent', '--reverse', 'HEAD'])).split('\n');
  return Array.from({ length: PUSHES }, (_, step) => {
    const commit = line[Math.floor(((step + 1) * line.length) / PUSHES) - 1] ?? '';
    return [`${commit}:refs/heads/main`, `${commit}:refs/heads/step-${step + 1}`];
  });
}

function generate(
  path: string,
  [commits, refs, megabytes]: readonly [number, number, number],
): Promise<void> {
  const program = fileURLToPath(new URL('../generate-repository.ts', import.meta.url));
  const sizes = ['--commits', commits, '--refs', refs, '--megabytes', megabytes].map(String);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, '--out', path, ...sizes], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The generator ended with code ${code}.`)),
    );
  });
}
