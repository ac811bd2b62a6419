import { isZeroObjectId } from '../git/object-id.ts';
import { parseCommit } from '../git/commit.ts';
import type { PushCommand } from '../git/command-list.ts';
import type { RepositoryHandle } from '../git/handle.ts';
import { gitEnd, endGit, runGit, runGitChecked, streamGit } from '../git/process.ts';
import { tagPrefix } from '../git/ref-name.ts';
import { symbolicTarget } from '../git/refs.ts';
import {
  confinesPaths,
  encodeBound,
  judgePath,
  mustCommitAsSelf,
  PathsWithin,
  type HeldBound,
  type RefChange,
  type Violation,
} from '../gate/index.ts';
import type { Confines, SeenRef } from './decide.ts';
import { isAllowedLine } from './line.ts';

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
  // First: what is to be gone is a deletion, whether or not its client knows that it is gone already.
  if (isZeroObjectId(id)) return 'delete';
  return isZeroObjectId(old) ? 'create' : 'update';
}

/**
 * What a command does to its ref. A tag that moves is forced, whichever way it moves: nobody expects tags to. What Git
 * cannot tell is a rewrite: that is the stricter answer.
 */
async function changeOf(quarantine: Quarantine, command: PushCommand): Promise<RefChange> {
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

/** A ref that leads to a tree or a blob: nothing of what it changes can be told. */
class NotACommit extends Error {
  override readonly name = 'NotACommit';
}

/** What is to be looked at takes more memory than is given to it. */
class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

/** Beyond it Git gives up: trees that name each other many times over hold more paths than any machine has memory for. */
const MOST_MEMORY_MB = 2048;
const OUT_OF_MEMORY = /out of memory|mmap failed|unable to create thread/i;

/** What Git says of `id^{commit}` and `id^{tree}` where the object is something else. */
const OTHER_TYPE = /expected \w+ type|bad revision|unknown revision|ambiguous argument/;

/** What Git prints, parted by zero bytes, as many as come at once. Nothing that Git could not finish passes for complete. */
async function* records(quarantine: Quarantine, args: readonly string[]): AsyncGenerator<readonly string[]> {
  const child = streamGit(quarantine.handle, args, {
    env: seeing(quarantine),
    noInput: true,
    mostMemoryMb: MOST_MEMORY_MB,
  });
  try {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(0);
      // A waiting for each of thousands of paths would cost more than all that is done with them.
      if (end !== -1) yield bytes.toString('utf8', 0, end).split('\0');
      rest = bytes.subarray(end + 1);
    }
    const { code, stderr } = await gitEnd(child);
    if (code !== 0 && OTHER_TYPE.test(stderr)) throw new NotACommit(stderr);
    // Where it ran out of stack it says nothing.
    if (code < 0 || OUT_OF_MEMORY.test(stderr)) throw new TooMuch(stderr);
    if (code !== 0) throw new Error(`git ${args[0]} ended with code ${code}: ${stderr}`);
  } finally {
    endGit(child);
  }
}

const COMPARING = ['-z', '--no-renames', '--name-only', '--ignore-submodules=none', '--no-ext-diff'];

/** The commits of a command that no ref of the repository leads to yet, each followed by its paths where those are asked for. */
const walkOf = ({ new: id }: PushCommand, withPaths: boolean): readonly string[] => [
  'log',
  '-z',
  '--no-mailmap',
  '--no-notes',
  '--no-decorate',
  // As it stands in the commit: what another encoding makes of a line may be two.
  '--encoding=none',
  // Tells a commit from a path, which never begins with a slash.
  '--format=/%H %P|%ce',
  // Of a merge `-c` shows what differs from every parent, `--root` a first commit as all that it brings.
  ...(withPaths ? ['-c', '--root', ...COMPARING] : []),
  '--not',
  '--all',
  '--not',
  `${id}^{commit}`,
];

interface NewCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly committer: string;
}

function commitFrom(record: string): NewCommit {
  const bar = record.indexOf('|');
  const [id = '', ...parents] = record.slice(1, bar).trimEnd().split(' ');
  return { id, parents, committer: record.slice(bar + 1) };
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

/** Telling a fast-forward from a rewrite takes reading commits, at worst a process for each ref; most pushes need not know. */
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
    const alias = asked ? await symbolicTarget(quarantine.handle, command.ref) : undefined;
    const { change, violation } =
      (await inspectByReading(quarantine, command, confines)) ??
      (await inspectByGit(quarantine, command, confines));
    seen.set(command.ref, { change, violation: alias === undefined ? violation : anotherName(alias) });
  }
  return seen;
}

/** What is seen of a ref whose push is of the ordinary kind and allowed; undefined where Git is to be asked. */
export async function inspectByReading(
  quarantine: Quarantine,
  command: PushCommand,
  confines: Confines,
): Promise<SeenRef | undefined> {
  const { bounds, email } = confines;
  const byPath = confinesPaths(bounds);
  const asSelf = mustCommitAsSelf(bounds);
  const asked = looksAtRefs(confines);
  if (changeOnList(command) !== 'update' || !(byPath || asSelf || asked)) return undefined;
  const self = email.toLowerCase();
  const isLine = await isAllowedLine({
    handle: quarantine.handle,
    quarantine: quarantine.path,
    command,
    paths: byPath ? PathsWithin.of(bounds) : undefined,
    mayCommit: asSelf ? (committer) => committer.toLowerCase() === self : undefined,
  });
  return isLine ? { change: asked ? moved(command) : changeOnList(command), violation: null } : undefined;
}

/** What Git's walk sees of a ref. */
export async function inspectByGit(
  quarantine: Quarantine,
  command: PushCommand,
  confines: Confines,
): Promise<SeenRef> {
  const { violation, isLine } = await judgeObjects(quarantine, command, confines);
  if (!looksAtRefs(confines)) return { change: changeOnList(command), violation };
  return { change: isLine ? moved(command) : await changeOf(quarantine, command), violation };
}

/** What new commits on top of the old ones are to the ref. */
const moved = ({ ref }: PushCommand): RefChange => (ref.startsWith(tagPrefix) ? 'force' : 'fast-forward');

/** A push to a symbolic ref moves the ref that it names, about which nobody was asked. */
const anotherName = (target: string): Violation => ({
  bound: 'refs',
  says: `this ref is only another name for ${target}: push to that one`,
});

interface Judged {
  readonly violation: Violation | null;
  /** The new commits are one line from the old tip to the new one. */
  readonly isLine: boolean;
}

const UNSEEN: Judged = { violation: null, isLine: false };

async function judgeObjects(
  quarantine: Quarantine,
  command: PushCommand,
  confines: Confines,
): Promise<Judged> {
  const { bounds } = confines;
  const judges = confinesPaths(bounds) || mustCommitAsSelf(bounds);
  if (!judges || changeOnList(command) === 'delete') return UNSEEN;
  try {
    return await judgeCommits(quarantine, command, confines);
  } catch (error) {
    const says =
      error instanceof NotACommit
        ? 'it may push only what leads to commits, and this ref leads or led to something else'
        : error instanceof TooMuch
          ? 'it may push only what can be looked at, and this changes more than that'
          : undefined;
    if (says === undefined) throw error;
    const bound = confinesPaths(bounds) ? 'paths' : 'author';
    const violation = { bound, says: `it is confined to certain files or committers, so ${says}` } as const;
    return { violation, isLine: false };
  }
}

/**
 * The rule of paths: a push may not change one (a) between the old and the new tip, nor (b) in any new commit against
 * every parent of it. What new commits in one line from tip to tip change is all that the tips differ in, so that most
 * pushes are judged by one walk.
 */
async function judgeCommits(
  quarantine: Quarantine,
  command: PushCommand,
  { bounds, email }: Confines,
): Promise<Judged> {
  const byPath = confinesPaths(bounds);
  const self = mustCommitAsSelf(bounds) ? email.toLowerCase() : null;
  let next: string | undefined = command.new;
  let isFirst = false;
  const committed: string[] = [];
  for await (const batch of records(quarantine, walkOf(command, byPath))) {
    for (const record of batch) {
      if (!record.startsWith('/')) {
        // Git sets a newline before the first path of a commit; any other one belongs to a path.
        const path = isFirst && record.startsWith('\n') ? record.slice(1) : record;
        isFirst = false;
        const violation = path === '' ? null : judgeChanged(bounds, path);
        if (violation !== null) return { violation, isLine: false };
        continue;
      }
      isFirst = true;
      const { id, parents, committer } = commitFrom(record);
      if (self !== null && committer.toLowerCase() !== self) {
        return { violation: foreign(id, committer, email), isLine: false };
      }
      if (self !== null) committed.push(id);
      next = next === id && parents.length === 1 ? parents[0] : undefined;
    }
  }
  const other = self === null ? undefined : await otherCommitter(quarantine, committed, self);
  if (other !== undefined) return { violation: foreign(other.id, other.committer, email), isLine: false };
  const isLine = next === command.old && command.old !== command.new;
  if (byPath && !isLine && changeOnList(command) === 'update') {
    const tips = [`${command.old}^{tree}`, `${command.new}^{tree}`];
    const args = ['diff-tree', '-r', ...COMPARING, '--end-of-options', ...tips];
    for await (const batch of records(quarantine, args)) {
      for (const path of batch) {
        const violation = judgeChanged(bounds, path);
        if (violation !== null) return { violation, isLine: false };
      }
    }
  }
  return { violation: null, isLine };
}

const COMMITS_AT_ONCE = 100;

/**
 * The first commit that names somebody else as committer, or more than one, as it stands in its bytes: Git takes the last
 * of several lines and pages show the first.
 */
async function otherCommitter(
  quarantine: Quarantine,
  ids: readonly string[],
  self: string,
): Promise<{ readonly id: string; readonly committer: string } | undefined> {
  for (let start = 0; start < ids.length; start += COMMITS_AT_ONCE) {
    const some = ids.slice(start, start + COMMITS_AT_ONCE);
    const output = await runGitChecked(quarantine.handle, ['cat-file', '--batch'], {
      env: seeing(quarantine),
      input: `${some.join('\n')}\n`,
    });
    let at = 0;
    for (const id of some) {
      const line = output.toString('latin1', at, output.indexOf(0x0a, at));
      const size = Number(/ commit (\d+)$/.exec(line)?.[1] ?? Number.NaN);
      if (Number.isNaN(size)) throw new NotACommit(line);
      const raw = output.subarray(at + line.length + 1, at + line.length + 1 + size);
      at += line.length + size + 2;
      const committers = committersIn(id, raw);
      if (committers.length !== 1 || committers[0]?.toLowerCase() !== self) {
        return { id, committer: committers.join(' and ') || 'nobody' };
      }
    }
  }
  return undefined;
}

/** The addresses of all lines of a commit that name a committer. */
const committersIn = (id: string, raw: Buffer): string[] => {
  const header = raw.toString('latin1', 0, Math.max(0, raw.indexOf('\n\n')) + 1);
  const lines = header.match(/^committer .*$/gm) ?? [];
  return lines.map((line) => parseCommit(id, Buffer.from(`${line}\n\n`, 'latin1')).committer.email);
};

function judgeChanged(bounds: readonly HeldBound[], path: string): Violation | null {
  const violation = judgePath(bounds, path);
  return violation === null ? null : { ...violation, says: `${violation.says}, and this changes ${path}` };
}

const foreign = (commit: string, committer: string, email: string): Violation => ({
  bound: 'author',
  says: `it may push only commits whose committer is ${email}, and ${commit.slice(0, 12)} was committed by ${committer}`,
});
