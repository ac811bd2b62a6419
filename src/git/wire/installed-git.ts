import { mkdtemp, rm } from 'node:fs/promises';
import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runGitChecked } from '../process.ts';
import { identityOf, sameIdentity, type Identity } from '../snapshot/identity.ts';
import type { KeptSpoken } from './kept-spoken.ts';
import { learn, type Spoken } from './learn.ts';
import type { ObjectFormat } from '../object-id.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * What the installed Git says of itself, learned from it when it is first needed, once for each object format, and anew
 * when another Git has taken its place.
 */
export class InstalledGit {
  readonly #kept: KeptSpoken;
  readonly #onError: (error: unknown) => void;
  readonly #learned = new Map<ObjectFormat, Promise<Spoken | undefined>>();
  #executable: Identity | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(kept: KeptSpoken, onError: (error: unknown) => void) {
    this.#kept = kept;
    this.#onError = onError;
  }

  /** Undefined where it could not be learned, or our own answers differ from its: then Git itself is asked always. */
  speaks(format: ObjectFormat): Promise<Spoken | undefined> {
    this.#look();
    const known = this.#learned.get(format);
    if (known !== undefined) return known;
    const learning = this.#recall(format, this.#executable);
    this.#learned.set(format, learning);
    return learning;
  }

  async #recall(format: ObjectFormat, executable: Identity | undefined): Promise<Spoken | undefined> {
    const version = await runGitChecked(tmpdir(), ['version']).catch(() => undefined);
    if (executable === undefined || version === undefined) return this.#learn(format);
    const git = { executable, version: version.toString() };
    const kept = await this.#kept.read(format, git);
    if (kept !== undefined) return kept;
    const spoken = await this.#learn(format);
    // Without it the next start learns again, and nothing else.
    if (spoken !== undefined) await this.#kept.write(format, git, spoken).catch(() => {});
    return spoken;
  }

  async #learn(format: ObjectFormat): Promise<Spoken | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-learn-'));
    try {
      return await learn(folder, format);
    } catch (error) {
      this.#onError(error);
      return undefined;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const found = executableIdentity();
    if (!sameIdentity(found, this.#executable)) this.#learned.clear();
    this.#executable = found;
  }
}

/** Of the file that a command `git` runs. */
function executableIdentity(): Identity | undefined {
  for (const folder of (process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)) {
    const path = join(folder, 'git');
    if (isProgram(path)) return identityOf(path);
  }
  return undefined;
}

/** What lies in a folder that may not be entered is passed over, as by whoever starts a command. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
