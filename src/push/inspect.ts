import { isZeroObjectId } from '../git/object-id.ts';
import type { PushCommand } from '../git/command-list.ts';
import type { RepositoryHandle } from '../git/handle.ts';
import { gitEnd, endGit, runGit, streamGit } from '../git/process.ts';
import {
  confinesPaths,
  judgePath,
  mustCommitAsSelf,
  type HeldBound,
  type RefChange,
  type Violation,
} from '../gate/index.ts';
import type { Confines, SeenRef } from './decide.ts';

/**
 * What can only be known by looking at the objects of a push, while they lie in quarantine: what happens to each ref,
 * which paths change and who committed.
 */
export interface Quarantine {
  readonly handle: RepositoryHandle;
  /** Absolute path of the quarantine, or empty where the push brought no objects. */
  readonly path: string;
}

/** The environment in which Git sees the quarantined objects beside those of the repository (git-receive-pack, QUARANTINE ENVIRONMENT). */
const seeing = ({ handle, path }: Quarantine): Record<string, string> =>
  path === ''
    ? {}
    : { GIT_OBJECT_DIRECTORY: path, GIT_ALTERNATE_OBJECT_DIRECTORIES: `${handle.path}/objects` };

/** What is known of a command without its objects: an update may still be either. */
export function changeOnList({ old, new: id }: PushCommand): 'create' | 'delete' | 'update' {
  if (isZeroObjectId(old)) return 'create';
  return isZeroObjectId(id) ? 'delete' : 'update';
}

/** What a command does to its ref. A tag that moves is forced, whichever way it moves: nobody expects tags to. */
export async function changeOf(quarantine: Quarantine, command: PushCommand): Promise<RefChange> {
  const known = changeOnList(command);
  if (known !== 'update') return known;
  if (!command.ref.startsWith('refs/heads/')) return 'force';
  const { code } = await runGit(
    quarantine.handle,
    ['merge-base', '--is-ancestor', '--end-of-options', command.old, command.new],
    { env: seeing(quarantine) },
  );
  return code === 0 ? 'fast-forward' : 'force';
}

/**
 * The paths that a command changes, each at least once, as they are found: (a) what differs between the old and the new
 * tip, and (b) what differs, in any commit that the repository does not have yet, from every parent of it. Renames are a
 * path that went and one that came; submodules are paths. Throws for a ref that leads to no commit, whose paths cannot
 * be judged.
 */
export async function* changedPaths(quarantine: Quarantine, command: PushCommand): AsyncGenerator<string> {
  const known = changeOnList(command);
  if (known === 'delete') return;
  const env = seeing(quarantine);
  const { handle } = quarantine;
  if (known === 'update') {
    yield* namesFrom(
      handle,
      ['diff-tree', ...COMPARING, '--end-of-options', `${command.old}^{tree}`, `${command.new}^{tree}`],
      env,
    );
  }
  const commits = await newCommits(quarantine, command);
  if (commits === '') return;
  // `-c` shows of a merge what differs from every parent, `--root` a first commit as all that it brings.
  yield* namesFrom(
    handle,
    ['diff-tree', ...COMPARING, '-c', '--root', '--no-commit-id', '--stdin'],
    env,
    commits,
  );
}

const COMPARING = ['-r', '-z', '--no-renames', '--name-only', '--ignore-submodules=none'];

async function newCommits(quarantine: Quarantine, { new: id }: PushCommand): Promise<string> {
  const { stdout, code, stderr } = await runGit(
    quarantine.handle,
    ['rev-list', '--not', '--all', '--not', `${id}^{commit}`],
    { env: seeing(quarantine), maxOutputBytes: MOST_COMMITS * 65 },
  );
  if (code !== 0) throw new NotACommit(stderr);
  return stdout.toString('latin1');
}

/** More new commits in one ref than this cannot be looked into one by one; such a push comes from an import. */
const MOST_COMMITS = 1_000_000;

/** A ref that leads to a tree or a blob: nothing of what it changes can be told. */
export class NotACommit extends Error {
  override readonly name = 'NotACommit';
}

async function* namesFrom(
  handle: RepositoryHandle,
  args: readonly string[],
  env: Record<string, string>,
  input = '',
): AsyncGenerator<string> {
  const child = streamGit(handle, args, { env });
  child.stdin.end(input);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let end = bytes.indexOf(0, from); end !== -1; end = bytes.indexOf(0, from)) {
        if (end > from) yield bytes.toString('utf8', from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
    const { code, stderr } = await gitEnd(child);
    if (code !== 0) throw new Error(`git diff-tree ended with code ${code}: ${stderr}`);
  } finally {
    endGit(child);
  }
}

/** The first new commit of a command whose committer has another e-mail address than `email`, or null. */
export async function foreignCommit(
  quarantine: Quarantine,
  command: PushCommand,
  email: string,
): Promise<{ readonly commit: string; readonly committer: string } | null> {
  if (changeOnList(command) === 'delete') return null;
  const commits = await newCommits(quarantine, command);
  // Without a commit to begin with, Git would begin with HEAD.
  if (commits === '') return null;
  const child = streamGit(
    quarantine.handle,
    ['log', '-z', '--no-walk=unsorted', '--stdin', '--format=%H %ce'],
    { env: seeing(quarantine) },
  );
  child.stdin.end(commits);
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    const lines = text.split('\0');
    text = lines.pop() ?? '';
    const foreign = lines
      .map(committerOf)
      .find(({ committer }) => committer.toLowerCase() !== email.toLowerCase());
    if (foreign !== undefined) {
      endGit(child);
      return foreign;
    }
  }
  await gitEnd(child);
  const last = text === '' ? undefined : committerOf(text);
  return last !== undefined && last.committer.toLowerCase() !== email.toLowerCase() ? last : null;
}

const committerOf = (line: string): { readonly commit: string; readonly committer: string } => ({
  commit: line.slice(0, line.indexOf(' ')),
  committer: line.slice(line.indexOf(' ') + 1),
});

/**
 * Looks at every ref of a push once, as far as the bounds ask for it. `email` is the address that commits must carry
 * where the credential may commit only as itself.
 */
export async function inspectPush(
  quarantine: Quarantine,
  commands: readonly PushCommand[],
  { bounds, restrictions }: Confines,
  email: string,
): Promise<ReadonlyMap<string, SeenRef>> {
  // Telling a fast-forward from a rewrite takes a process for each ref; most pushes need not know.
  const asked = restrictions.length > 0 || bounds.some(({ kind }) => kind === 'refs');
  const seen = new Map<string, SeenRef>();
  for (const command of commands) {
    seen.set(command.ref, {
      change: asked ? await changeOf(quarantine, command) : changeOnList(command),
      violation: await judgeObjects(quarantine, command, bounds, email),
    });
  }
  return seen;
}

async function judgeObjects(
  quarantine: Quarantine,
  command: PushCommand,
  bounds: readonly HeldBound[],
  email: string,
): Promise<Violation | null> {
  try {
    if (confinesPaths(bounds)) {
      for await (const path of changedPaths(quarantine, command)) {
        const violation = judgePath(bounds, path);
        if (violation !== null) return { ...violation, says: `${violation.says}, and this changes ${path}` };
      }
    }
    if (mustCommitAsSelf(bounds)) {
      const foreign = await foreignCommit(quarantine, command, email);
      if (foreign !== null) {
        return {
          bound: 'author',
          says: `it may push only commits whose committer is ${email}, and ${foreign.commit.slice(0, 12)} was committed by ${foreign.committer}`,
        };
      }
    }
    return null;
  } catch (error) {
    if (!(error instanceof NotACommit)) throw error;
    return {
      bound: 'paths',
      says: 'it is confined to certain files or committers, and this ref leads to no commit',
    };
  }
}
