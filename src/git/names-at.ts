import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import { runGitChecked } from './process.ts';
import { branchPrefix, shortRefName, tagPrefix } from './ref-name.ts';
import { isNameable, textOf } from './ref-list.ts';
import { readHead, type RefSource } from './refs.ts';
import { Breath } from './snapshot/breathe.ts';
import type { SnapshotRef } from './snapshot/snapshot.ts';

/** The branches and tags that lead to one commit. */
export interface NamesAt {
  /** Short names: the default branch, then branches and then tags by name. */
  readonly names: readonly string[];
  /** How many there are besides. */
  readonly more: number;
}

type Leading = Pick<SnapshotRef, 'name' | 'id' | 'peeled'>;

/** What each of these commits is called, at most `most` names of each. */
export async function namesAt(
  source: RefSource,
  handle: RepositoryHandle,
  commits: readonly ObjectId[],
  most: number,
): Promise<ReadonlyMap<ObjectId, NamesAt>> {
  const found = new Map(commits.map((id) => [id, { names: [] as string[], more: 0 }]));
  if (found.size === 0) return found;
  const snapshot = await source.refs.snapshot(handle);
  const [head, refs] =
    snapshot === undefined
      ? [bytesOf(readHead(handle) ?? ''), await leadingByGit(handle, [...found.keys()])]
      : [snapshot.head.symbolic, [...snapshot.range(branchPrefix), ...snapshot.range(tagPrefix)]];
  const breath = new Breath();
  for (const { name, id, peeled } of refs) {
    if (breath.isDue) await breath.take();
    const at = found.get(peeled ?? id);
    if (at === undefined || !isNameable(name)) continue;
    const short = shortRefName(textOf(name));
    if (name === head) at.names.unshift(short);
    else at.names.push(short);
    if (at.names.length > most) {
      at.names.pop();
      at.more += 1;
    }
  }
  return found;
}

/** As names are held in a snapshot. */
const bytesOf = (name: string): string => Buffer.from(name).toString('latin1');

async function leadingByGit(handle: RepositoryHandle, commits: readonly ObjectId[]): Promise<Leading[]> {
  const output = await runGitChecked(handle, [
    'for-each-ref',
    '--format=%(objectname) %(*objectname) %(refname)',
    ...commits.map((id) => `--points-at=${id}`),
    branchPrefix,
    tagPrefix,
  ]);
  const lines = output.toString('latin1').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [id = '', peeled = '', name = ''] = line.split(' ', 3);
    return { name, id, peeled: peeled === '' ? null : peeled };
  });
}
