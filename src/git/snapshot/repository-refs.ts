import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hexLength, type ObjectFormat } from '../object-id.ts';
import { Breath } from './breathe.ts';
import { identityOf, Kept } from './identity.ts';
import { KnownObjects } from './known-objects.ts';
import { LooseRefs } from './loose-refs.ts';
import { MovedWhileRead, NotPlain } from './not-plain.ts';
import { parsePackedRefs, type PackedRef } from './packed-refs.ts';
import { plainFormat } from './plain-config.ts';
import { parseRefValue, type RefValue } from './ref-bytes.ts';
import { RefSnapshot, type SnapshotHead, type SnapshotRef } from './snapshot.ts';
import type { RepositoryHandle } from '../handle.ts';
import type { ObjectReader } from '../object-reader.ts';

const MOST_TRIES = 4;
/** As many refs as Git reads on the way from a name to a value (SYMREF_MAXDEPTH). */
const LONGEST_CHAIN = 5;
const LARGEST_TEXT_BYTES = 64 * 1024;

/** What is other in this repository than in those that we make. Their presence is looked for at every question. */
const FOREIGN = ['shallow', 'commondir'] as const;
const NEEDED = ['objects', 'refs'] as const;
const ALTERNATES = 'objects/info/alternates';

/**
 * The refs of one repository, held against the disk at every question: by the identity of `config`, `HEAD`, `packed-refs`
 * and every folder and file below `refs/`. So a ref that any process wrote is seen by the next question, and what did
 * not change is not read again.
 */
export class RepositoryRefs {
  readonly #handle: RepositoryHandle;
  readonly #clock: () => number;
  readonly #config: Kept<ObjectFormat>;
  readonly #head: Kept<RefValue>;
  readonly #packed: Kept<readonly PackedRef[]>;
  readonly #objects: KnownObjects;
  #loose: LooseRefs | undefined;
  #format: ObjectFormat | undefined;
  #snapshot: RefSnapshot | undefined;
  /** Something was read that the snapshot does not know of. */
  #changed = true;

  constructor(handle: RepositoryHandle, reader: ObjectReader, clock: () => number) {
    this.#handle = handle;
    this.#clock = clock;
    this.#config = new Kept(this.#path('config'));
    this.#head = new Kept(this.#path('HEAD'));
    this.#packed = new Kept(this.#path('packed-refs'));
    this.#objects = new KnownObjects(handle, reader);
  }

  /** The format of a repository that is as we make them. Throws `NotPlain` for every other one. */
  nature(): ObjectFormat {
    for (const name of FOREIGN) {
      if (identityOf(this.#path(name)) !== undefined) throw new NotPlain(`There is a file ${name}.`);
    }
    for (const name of NEEDED) {
      if (identityOf(this.#path(name)) === undefined) throw new NotPlain(`There is no folder ${name}.`);
    }
    const format = this.#readConfig();
    this.#readHead(hexLength[format]);
    return format;
  }

  /** The refs as they are now. Throws `NotPlain`. */
  async read(): Promise<RefSnapshot> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#read();
      } catch (error) {
        // What was read before it broke off counts as read, and would not be seen to have changed.
        this.#changed = true;
        if (!(error instanceof MovedWhileRead) || tries >= MOST_TRIES) throw error;
      }
    }
  }

  get weight(): number {
    return this.#snapshot?.weight ?? 0;
  }

  async #read(): Promise<RefSnapshot> {
    const breath = new Breath();
    const format = this.nature();
    const idLength = hexLength[format];
    if (this.#loose === undefined || format !== this.#format) {
      this.#loose = new LooseRefs(this.#handle.path, idLength);
      this.#format = format;
      this.#changed = true;
    }
    // Loose refs before packed ones, as Git does: a ref that is being packed is then found in one place at least.
    if (await this.#loose.refresh(this.#clock(), breath)) this.#changed = true;
    await this.#readPacked(idLength, breath);
    const hasAlternates = identityOf(this.#path(ALTERNATES)) !== undefined;
    const kept = this.#snapshot;
    if (kept !== undefined && !this.#changed && kept.hasAlternates === hasAlternates) return kept;
    const values = this.#loose.values();
    // Before: `nature` may find another HEAD while this is built, and is then the only one to see that it is another.
    this.#changed = false;
    this.#snapshot = await this.#build({ format, hasAlternates, values, breath });
    return this.#snapshot;
  }

  #readConfig(): ObjectFormat {
    const now = this.#clock();
    const stale = this.#config.stale();
    if (stale !== null) {
      const format = plainFormat(textOf(this.#path('config'), stale.identity));
      if (format === undefined) throw new NotPlain('config says something of its own.');
      this.#config.keep(stale.identity, now, format);
    }
    return this.#config.value;
  }

  #readHead(idLength: number): void {
    const now = this.#clock();
    const stale = this.#head.stale();
    if (stale === null) return;
    const value = parseRefValue(textOf(this.#path('HEAD'), stale.identity), idLength);
    const before = this.#head.known;
    this.#head.keep(stale.identity, now, value);
    if (before?.id !== value.id || before?.to !== value.to) this.#changed = true;
  }

  async #readPacked(idLength: number, breath: Breath): Promise<void> {
    const now = this.#clock();
    const stale = this.#packed.stale();
    if (stale === null) return;
    const bytes = stale.identity === undefined ? Buffer.alloc(0) : await readFile(this.#path('packed-refs'));
    const refs = await parsePackedRefs(bytes, idLength, breath);
    const before = this.#packed.known;
    this.#packed.keep(stale.identity, now, refs);
    if (before === undefined || !sameRefs(before, refs)) this.#changed = true;
  }

  async #build(state: {
    readonly format: ObjectFormat;
    readonly hasAlternates: boolean;
    readonly values: ReadonlyMap<string, RefValue>;
    readonly breath: Breath;
  }): Promise<RefSnapshot> {
    const { format, hasAlternates, values, breath } = state;
    const packed = this.#packed.value;
    const resolve = (value: RefValue) => resolveValue(value, values, packed);
    const head = resolve(this.#head.value);
    const listed = merge(values, packed).map(({ name, value, peeled }) => ({
      name,
      peeled,
      ...resolve(value),
    }));
    const ids = new Set<string>();
    if (head.id !== null) ids.add(head.id);
    for (const { id } of listed) if (id !== null) ids.add(id);
    await this.#objects.renew(ids);
    const refs: SnapshotRef[] = [];
    for (const { name, id, peeled, symbolic } of listed) {
      if (breath.isDue) await breath.take();
      // A name for a ref that does not exist: Git does not list it.
      if (id === null) continue;
      refs.push({
        name,
        id,
        symbolic,
        type: this.#objects.typeOf(id),
        peeled: peeled === undefined ? await this.#objects.peel(id) : peeled,
      });
    }
    return new RefSnapshot({ format, refs, hasAlternates, head: await this.#withPeeled(head) });
  }

  async #withPeeled(head: Omit<SnapshotHead, 'peeled'>): Promise<SnapshotHead> {
    return { ...head, peeled: head.id === null ? null : await this.#objects.peel(head.id) };
  }

  #path(name: string): string {
    return `${this.#handle.path}/${name}`;
  }
}

function textOf(path: string, identity: { readonly size: number } | undefined): string {
  if (identity === undefined || identity.size > LARGEST_TEXT_BYTES)
    throw new NotPlain(`${path} is not as Git has it.`);
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new MovedWhileRead(error instanceof Error ? error.message : path);
  }
}

/** Follows names to a value: loose refs before packed ones. */
function resolveValue(
  value: RefValue,
  loose: ReadonlyMap<string, RefValue>,
  packed: readonly PackedRef[],
): { readonly symbolic: string | null; readonly id: string | null } {
  let current = value;
  let symbolic: string | null = null;
  for (let reads = 1; reads <= LONGEST_CHAIN; reads += 1) {
    if (current.to === undefined) return { symbolic, id: current.id };
    symbolic = current.to;
    const next = loose.get(symbolic) ?? findPacked(packed, symbolic);
    if (next === undefined) return { symbolic, id: null };
    current = next.id === undefined ? { to: next.to } : { id: next.id };
  }
  throw new NotPlain('A symbolic ref leads through too many others.');
}

function findPacked(packed: readonly PackedRef[], name: string): PackedRef | undefined {
  let low = 0;
  let high = packed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((packed[middle]?.name ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return packed[low]?.name === name ? packed[low] : undefined;
}

interface Merged {
  readonly name: string;
  readonly value: RefValue;
  /** What packed-refs says; undefined where it says nothing or the ref is loose. */
  readonly peeled: string | null | undefined;
}

/** Both kinds in one order; a loose ref hides a packed one of its name. */
function merge(loose: ReadonlyMap<string, RefValue>, packed: readonly PackedRef[]): Merged[] {
  const merged: Merged[] = [];
  const names = [...loose.keys()].sort();
  let position = 0;
  const takeLoose = (until: string | undefined) => {
    for (; position < names.length; position += 1) {
      const name = names[position] ?? '';
      if (until !== undefined && name >= until) break;
      const value = loose.get(name);
      if (value !== undefined) merged.push({ name, value, peeled: undefined });
    }
  };
  for (const { name, id, peeled } of packed) {
    takeLoose(name);
    if (!loose.has(name)) merged.push({ name, value: { id }, peeled });
  }
  takeLoose(undefined);
  return merged;
}

const sameRefs = (a: readonly PackedRef[], b: readonly PackedRef[]): boolean =>
  a.length === b.length &&
  a.every((ref, index) => {
    const other = b[index];
    return ref.name === other?.name && ref.id === other.id && ref.peeled === other.peeled;
  });
