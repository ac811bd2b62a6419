import type { RepositoryHandle } from './handle.ts';
import { runGitChecked } from './process.ts';
import { isValidRefName, shortRefName } from './ref-name.ts';
import { readRefsByGit, withTarget, type Ref, type RefSource } from './refs.ts';
import { Remembered, type Found } from './remembered.ts';
import { Breath } from './snapshot/breathe.ts';
import type { RefSnapshot, SnapshotRef } from './snapshot/snapshot.ts';

export type RefSort = 'name' | '-name' | 'date' | '-date';

export type RefQuery = {
  readonly prefix: 'refs/heads/' | 'refs/tags/' | 'refs/notes/' | 'refs/';
  readonly offset: number;
  readonly limit: number;
  readonly sort?: RefSort;
  /** Sees the short name. */
  readonly matches?: (name: string) => boolean;
};

const sortKeys: Readonly<Record<RefSort, string>> = {
  name: 'refname',
  '-name': '-refname',
  date: 'creatordate',
  '-date': '-creatordate',
};

/** One page of refs, and how many there are in all. Dates are those of commits and tags; ties go by name. */
export async function listRefs(
  source: RefSource,
  handle: RepositoryHandle,
  query: RefQuery,
): Promise<{ refs: Ref[]; total: number }> {
  const { prefix, sort = 'name', matches, offset, limit } = query;
  const snapshot = await source.refs.snapshot(handle);
  if (snapshot === undefined) return listRefsByGit(handle, query);
  const inOrder = await refsInOrder(handle, snapshot, prefix, sort);
  const all = await matching(inOrder, ({ name }) => textOf(name), matches);
  const page = all.slice(offset, offset + limit).filter(({ name }) => isNameable(name));
  const refs = page.map((ref) => withTarget(source.objects, handle, textOf(ref.name), ref));
  return { refs: await Promise.all(refs), total: all.length };
}

/** Those whose name somebody wants, who may ask much of each: others run meanwhile. */
async function matching<One>(
  all: readonly One[],
  nameOf: (one: One) => string,
  matches: RefQuery['matches'],
): Promise<readonly One[]> {
  if (matches === undefined) return all;
  const breath = new Breath();
  const chosen: One[] = [];
  for (const one of all) {
    if (breath.isDue) await breath.take();
    if (matches(shortRefName(nameOf(one)))) chosen.push(one);
  }
  return chosen;
}

/** The text of a name that is held as bytes; most are plain ASCII, and are the same. */
export const textOf = (name: string): string =>
  /^[\0-\x7f]*$/.test(name) ? name : Buffer.from(name, 'latin1').toString();

/** Whether the text of a name leads back to it. */
export const isNameable = (name: string): boolean => {
  const text = textOf(name);
  return isValidRefName(text) && (text === name || Buffer.from(text).toString('latin1') === name);
};

/** All orders of one snapshot together. */
const ORDERS_BYTES = 16 * 1024 * 1024;
const BYTES_PER_PLACE = 8;
/** Of two million refs or so. */
const LARGEST_LIST = 256 * 1024 * 1024;
const datedOrders = new WeakMap<RefSnapshot, Remembered<readonly SnapshotRef[]>>();

async function refsInOrder(
  handle: RepositoryHandle,
  snapshot: RefSnapshot,
  prefix: string,
  sort: RefSort,
): Promise<readonly SnapshotRef[]> {
  const byName = snapshot.range(prefix);
  if (sort === 'name') return byName;
  if (sort === '-name') return byName.toReversed();
  let orders = datedOrders.get(snapshot);
  if (orders === undefined) {
    orders = new Remembered(ORDERS_BYTES, ({ length }) => length * BYTES_PER_PLACE);
    datedOrders.set(snapshot, orders);
  }
  return orders.get(`${sort} ${prefix}`, () => orderByDate(handle, snapshot, prefix, sort, byName.length));
}

/** Git has the dates; refs that came after the snapshot are not listed, and those that went neither. */
async function orderByDate(
  handle: RepositoryHandle,
  snapshot: RefSnapshot,
  prefix: string,
  sort: RefSort,
  size: number,
): Promise<Found<readonly SnapshotRef[]>> {
  const lines = await sortedByGit(handle, prefix, sort, '%(objectname) %(refname)');
  const refs: SnapshotRef[] = [];
  let same = 0;
  for (const line of lines) {
    const end = line.indexOf(' ');
    const ref = snapshot.find(line.slice(end + 1));
    if (ref === undefined) continue;
    refs.push(ref);
    if (ref.id === line.slice(0, end)) same += 1;
  }
  // Where Git found the refs as they are in the snapshot.
  return { answer: refs, stays: same === lines.length && same === size };
}

async function listRefsByGit(
  handle: RepositoryHandle,
  { prefix, sort = 'name', matches, offset, limit }: RefQuery,
): Promise<{ refs: Ref[]; total: number }> {
  const names = (await sortedByGit(handle, prefix, sort, '%(refname)')).map(textOf);
  const all = await matching(names, (name) => name, matches);
  const page = all.slice(offset, offset + limit);
  const found = await readRefsByGit(handle, page);
  // A ref deleted between the two readings is simply not listed.
  return { refs: page.map((name) => found.get(name)).filter((ref) => ref !== undefined), total: all.length };
}

/** A line for each ref, its bytes as Latin-1. */
async function sortedByGit(
  handle: RepositoryHandle,
  prefix: string,
  sort: RefSort,
  format: string,
): Promise<string[]> {
  const sorting = ['--sort=refname', `--sort=${sortKeys[sort]}`];
  const args = ['for-each-ref', ...sorting, `--format=${format}`, prefix];
  const output = await runGitChecked(handle, args, { maxOutputBytes: LARGEST_LIST });
  return output
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}
