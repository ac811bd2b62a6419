import { isZeroObjectId } from '../git/object-id.ts';
import type { PushCommand } from '../git/command-list.ts';
import type { RepositoryHandle } from '../git/handle.ts';
import { gitEnd, endGit, runGit, streamGit } from '../git/process.ts';
import { tagPrefix } from '../git/ref-name.ts';
import { symbolicTarget } from '../git/refs.ts';
import {
  confinesPaths,
  encodeBound,
  judgePath,
  mustCommitAsSelf,
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

/**
 * What a command does to its ref. A tag that moves is forced, whichever way it moves: nobody expects tags to. What Git
 * cannot tell is a rewrite: that is the stricter answer.
 */
export async function changeOf(quarantine: Quarantine, command: PushCommand): Promise<RefChange> {
  const known = changeOnList(command);
  if (known !== 'update') return known;
  if (command.ref.startsWith(tagPrefix)) return 'force';
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
 * path that went and one that came; submodules are paths. Throws `NotACommit` for a ref that leads or led to something
 * else, of which no change can be told.
 */
export async function* changedPaths(quarantine: Quarantine, command: PushCommand): AsyncGenerator<string> {
  const known = changeOnList(command);
  if (known === 'delete') return;
  // First, since it is what finds a ref that leads to no commit.
  yield* records(quarantine, [
    'log',
    // Of a merge `-c` shows what differs from every parent, `--root` a first commit as all that it brings.
    '-c',
    '--root',
    '--format=',
    ...COMPARING,
    ...newTo(command),
  ]);
  if (known === 'update') {
    const tips = [`${command.old}^{tree}`, `${command.new}^{tree}`];
    yield* records(quarantine, ['diff-tree', '-r', ...COMPARING, '--end-of-options', ...tips]);
  }
}

const COMPARING = ['-z', '--no-renames', '--name-only', '--ignore-submodules=none', '--no-ext-diff'];

/** Commits that no ref of the repository leads to yet. */
const newTo = ({ new: id }: PushCommand): string[] => ['--not', '--all', '--not', `${id}^{commit}`];

/** A ref that leads to a tree or a blob: nothing of what it changes can be told. */
export class NotACommit extends Error {
  override readonly name = 'NotACommit';
}

/** What Git says of `id^{commit}` and `id^{tree}` where the object is something else. */
const OTHER_TYPE = /expected \w+ type|bad revision|unknown revision|ambiguous argument/;

/** What Git prints, parted by zero bytes, empty records left out. Nothing that Git could not finish passes for complete. */
async function* records(quarantine: Quarantine, args: readonly string[]): AsyncGenerator<string> {
  const child = streamGit(quarantine.handle, args, { env: seeing(quarantine) });
  child.stdin.end();
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
    if (rest.length > 0) yield rest.toString('utf8');
    const { code, stderr } = await gitEnd(child);
    if (code !== 0 && OTHER_TYPE.test(stderr)) throw new NotACommit(stderr);
    if (code !== 0) throw new Error(`git ${args[0]} ended with code ${code}: ${stderr}`);
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
  const wanted = email.toLowerCase();
  for await (const line of records(quarantine, ['log', '-z', '--format=%H %ce', ...newTo(command)])) {
    const commit = line.slice(0, line.indexOf(' '));
    const committer = line.slice(commit.length + 1);
    if (committer.toLowerCase() !== wanted) return { commit, committer };
  }
  return null;
}

/** What the bounds ask to be looked at, as a text to compare: objects that were looked at for less have to be looked at again. */
export function inspectionFor({ bounds, restrictions, email }: Confines): string {
  const byObjects = bounds.filter(({ kind }) => kind === 'paths');
  return JSON.stringify([
    looksAtRefs({ bounds, restrictions }),
    byObjects.map((bound) => (bound.kind === 'unknown' ? bound.name : encodeBound(bound))),
    mustCommitAsSelf(bounds) ? email : null,
  ]);
}

/** Telling a fast-forward from a rewrite takes a process for each ref; most pushes need not know. */
const looksAtRefs = ({ bounds, restrictions }: Pick<Confines, 'bounds' | 'restrictions'>): boolean =>
  restrictions.length > 0 || bounds.some(({ kind }) => kind === 'refs' || kind === 'unknown');

/** Looks at every ref of a push once, as far as the bounds ask for it. */
export async function inspectPush(
  quarantine: Quarantine,
  commands: readonly PushCommand[],
  confines: Confines,
): Promise<ReadonlyMap<string, SeenRef>> {
  const asked = looksAtRefs(confines);
  const seen = new Map<string, SeenRef>();
  for (const command of commands) {
    const change = asked ? await changeOf(quarantine, command) : changeOnList(command);
    const alias = asked ? await symbolicTarget(quarantine.handle, command.ref) : undefined;
    seen.set(command.ref, {
      change,
      violation: alias === undefined ? await judgeObjects(quarantine, command, confines) : anotherName(alias),
    });
  }
  return seen;
}

/** A push to a symbolic ref moves the ref that it names, about which nobody was asked. */
const anotherName = (target: string): Violation => ({
  bound: 'refs',
  says: `this ref is only another name for ${target}: push to that one`,
});

async function judgeObjects(
  quarantine: Quarantine,
  command: PushCommand,
  { bounds, email }: Confines,
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
      bound: confinesPaths(bounds) ? 'paths' : 'author',
      says: 'it is confined to certain files or committers, so it may push only what leads to commits, and this ref leads or led to something else',
    };
  }
}
