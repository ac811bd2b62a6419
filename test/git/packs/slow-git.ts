import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realGit } from '../../support/git.ts';

/** A Git in the search path that can be held up, kept from writing, and asked how often it was started. */
export class SlowGit {
  readonly folder: string;
  readonly path: string;
  readonly #before = process.env['PATH'] ?? '';

  constructor(folder: string) {
    this.folder = folder;
    this.path = `${folder}:${this.#before}`;
    mkdirSync(folder, { recursive: true });
    const real = realGit();
    writeFileSync(
      join(folder, 'git'),
      `#!/bin/sh
case "$*" in
*--http-backend-info-refs*) exec '${real}' "$@" ;;
upload-pack*|*receive-pack*) echo "$*" >>'${folder}/started' ;;
*) exec '${real}' "$@" ;;
esac
if [ -e '${folder}/limit' ]; then trap '' XFSZ; ulimit -f "$(cat '${folder}/limit')"; fi
if [ -e '${folder}/held' ]; then
  '${real}' "$@" | { head -c 70000; while [ -e '${folder}/held' ]; do sleep 0.02; done; cat; }
  exit
fi
exec '${real}' "$@"
`,
      { mode: 0o755 },
    );
  }

  /** For processes that this one starts. */
  use(): void {
    process.env['PATH'] = this.path;
  }

  /** Its answers stop after 70,000 bytes until it is let go. */
  hold(): void {
    writeFileSync(join(this.folder, 'held'), '');
  }

  letGo(): void {
    rmSync(join(this.folder, 'held'), { force: true });
  }

  /** No file may grow beyond so many blocks of 512 bytes; undefined: any. */
  limit(blocks: number | undefined): void {
    if (blocks === undefined) rmSync(join(this.folder, 'limit'), { force: true });
    else writeFileSync(join(this.folder, 'limit'), String(blocks));
  }

  /** How often it was started to serve what this text names. */
  started(text: string): number {
    const file = join(this.folder, 'started');
    if (!existsSync(file)) return 0;
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(text)).length;
  }
}
