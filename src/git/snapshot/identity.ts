import { statSync } from 'node:fs';
import { MovedWhileRead, NotPlain } from './not-plain.ts';

/** What tells one state of a file or folder from another without reading it. */
export interface Identity {
  readonly inode: number;
  readonly size: number;
  /** Milliseconds with their fraction, of the content and of the inode. */
  readonly modified: number;
  readonly changed: number;
}

/** File times may be as coarse as a tick of the kernel, and on some file systems as a second. */
const SETTLED_MS = 2_000;

/** Undefined where there is nothing. Blocks for some microseconds: a name that was looked up before is in memory. */
export function identityOf(path: string | Buffer): Identity | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    return { inode: found.ino, size: found.size, modified: found.mtimeMs, changed: found.ctimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw new NotPlain(error instanceof Error ? error.message : 'stat failed');
  }
}

export function sameIdentity(a: Identity | undefined, b: Identity | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified && a.changed === b.changed;
}

/**
 * Whether what was read at `now` can be told from everything that comes later: a second change within one tick of the
 * clock leaves the times as they are. What lies in the future never settles.
 */
const isSettled = (identity: Identity | undefined, now: number): boolean =>
  identity === undefined || now - Math.max(identity.modified, identity.changed) >= SETTLED_MS;

/**
 * Something read from the disk together with what it was then, so that it is read again only where it may have changed.
 * The identity is taken before the content: what changes in between is read once too often, never once too seldom.
 */
export class Kept<Value> {
  readonly #path: string | Buffer;
  #identity: Identity | undefined;
  #settled = false;
  #value: Value | undefined;

  constructor(path: string | Buffer) {
    this.#path = path;
  }

  /** The identity that must be read again, or null where what was read still stands. */
  stale(): { readonly identity: Identity | undefined } | null {
    const identity = identityOf(this.#path);
    return this.#settled && sameIdentity(identity, this.#identity) ? null : { identity };
  }

  keep(identity: Identity | undefined, now: number, value: Value): void {
    this.#identity = identity;
    this.#settled = isSettled(identity, now);
    this.#value = value;
  }

  /** What was read last, if anything was. */
  get known(): Value | undefined {
    return this.#value;
  }

  get value(): Value {
    if (this.#value === undefined) throw new MovedWhileRead('Nothing was read yet.');
    return this.#value;
  }
}
