import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRepository } from '../../src/git/create.ts';
import { writingHandle } from '../../src/git/handle.ts';
import { runGitChecked } from '../../src/git/process.ts';
import type { WritableRepositoryHandle } from '../../src/git/handle.ts';
import type { ObjectFormat, ObjectId } from '../../src/git/object-id.ts';

export type BuiltFile = {
  /** Latin-1 characters stand for bytes, so that a name need not be UTF-8. */
  readonly path: string;
  /** Undefined deletes the file. */
  readonly content: string | Buffer | undefined;
  readonly mode?: '100644' | '100755' | '120000' | '160000';
};

export type BuiltCommit = {
  readonly branch: string;
  readonly files: readonly BuiltFile[];
  readonly message?: string | Buffer;
  readonly author?: string | Buffer;
  /** A branch to begin at, or none to begin anew; default: the branch itself. */
  readonly from?: string;
  readonly merge?: readonly string[];
  readonly encoding?: string;
};

/** A real repository in a temporary folder, filled with `git fast-import`. */
export class BuiltRepository {
  readonly folder: string;
  readonly handle: WritableRepositoryHandle;
  #seconds = 1_700_000_000;

  constructor(folder: string, handle: WritableRepositoryHandle) {
    this.folder = folder;
    this.handle = handle;
  }

  /** Makes one commit, a minute later than the one before. */
  async commit(commit: BuiltCommit): Promise<ObjectId> {
    this.#seconds += 60;
    const parts: (string | Buffer)[] = [`commit refs/heads/${commit.branch}\n`];
    const author = commit.author ?? 'Ada Example <ada@example.org>';
    parts.push('author ', author, ` ${this.#seconds} +0530\n`);
    parts.push(`committer Carl Example <carl@example.org> ${this.#seconds} -0330\n`);
    if (commit.encoding) parts.push(`encoding ${commit.encoding}\n`);
    parts.push(...data(commit.message ?? `Commit at ${this.#seconds}\n`));
    const start = commit.from ?? ((await this.has(`refs/heads/${commit.branch}`)) ? commit.branch : '');
    if (start !== '') parts.push(`from ${await this.id(start)}\n`);
    for (const branch of commit.merge ?? []) parts.push(`merge ${await this.id(branch)}\n`);
    for (const { path, content, mode = '100644' } of commit.files) {
      const quoted = `"${path.replace(/[^\w./-]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
      if (content === undefined) parts.push(`D ${quoted}\n`);
      else if (mode === '160000') parts.push(`M ${mode} ${String(content)} ${quoted}\n`);
      else parts.push(`M ${mode} inline ${quoted}\n`, ...data(content));
    }
    await this.git(
      ['fast-import', '--quiet', '--force', '--date-format=raw-permissive'],
      Buffer.concat(parts.map(bytes)),
    );
    return this.id(`refs/heads/${commit.branch}`);
  }

  /** An annotated tag. */
  async tag(name: string, target: string, message: string): Promise<ObjectId> {
    const input = `tag ${name}\nfrom ${await this.id(target)}\ntagger Tina Example <tina@example.org> ${this.#seconds} +0100\n`;
    await this.git(['fast-import', '--quiet'], Buffer.concat([input, ...data(message)].map(bytes)));
    return this.id(`refs/tags/${name}`);
  }

  async id(revision: string): Promise<ObjectId> {
    return (await this.git(['rev-parse', '--verify', revision])).toString().trim();
  }

  async has(ref: string): Promise<boolean> {
    return (await this.git(['for-each-ref', ref])).length > 0;
  }

  git(args: readonly string[], input: Buffer | string = ''): Promise<Buffer> {
    return runGitChecked(this.handle, args, { input });
  }

  /** All refs with their values, to see what changed and what did not. */
  async state(): Promise<string> {
    return (await this.git(['for-each-ref'])).toString();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function buildRepository(format: ObjectFormat = 'sha1'): Promise<BuiltRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-git-'));
  const path = join(folder, 'repository.git');
  await createRepository(path, { format });
  return new BuiltRepository(folder, writingHandle('test', 'repository', path));
}

function bytes(part: string | Buffer): Buffer {
  return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
}

function data(content: string | Buffer): (string | Buffer)[] {
  const raw = typeof content === 'string' ? Buffer.from(content) : content;
  return [`data ${raw.length}\n`, raw, '\n'];
}
