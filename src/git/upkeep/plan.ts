import type { Shape } from './shape.ts';

/** What can be done to a repository, in the order in which it is done. */
export const TASKS = ['refs', 'whole repack', 'added repack', 'commit-graph'] as const;
export type Task = (typeof TASKS)[number];

/** When a repository was last kept in shape, as it is remembered beside it. */
export interface Past {
  /** In milliseconds; 0 for never. */
  readonly wholeAt: number;
}

/** Above these, reading gets slower than tidying costs; measured with Git 2.39, as docs/operations.md tells. */
const FRESH_PACKS = 4;
const LOOSE_OBJECTS = 100;
const LOOSE_REFS = 50;
/** A repository whose packs take less is packed as a whole: a bitmap over one pack serves best, and it costs seconds. */
const SMALL_BYTES = 64 * 1024 * 1024;
/** A pack below this is counted through as quickly as a bitmap is read. */
const WORTH_A_BITMAP_BYTES = 256 * 1024;
/** Of packs that were added, against all there is: beyond, they are folded into one. */
const ADDED_SHARE = 1 / 3;
const DAY_MS = 24 * 3600_000;
const WHOLE_AGAIN_MS = 7 * DAY_MS;
/** How long what no ref leads to is kept: a push that began before a ref was deleted may still build upon it. */
export const KEPT_UNREACHABLE_DAYS = 14;

/** What a repository of this shape needs now. */
export function tasksFor(shape: Shape, past: Past, now: number): readonly Task[] {
  const tasks: Task[] = [];
  if (shape.looseRefs >= LOOSE_REFS) tasks.push('refs');
  const repack = repackFor(shape, past, now);
  if (repack !== undefined) tasks.push(repack, 'commit-graph');
  return tasks;
}

function repackFor(shape: Shape, { wholeAt }: Past, now: number): Task | undefined {
  const { packs, packBytes, largestPackBytes, freshPacks, freshBytes, looseObjects } = shape;
  const needed =
    freshPacks >= FRESH_PACKS ||
    freshBytes > packBytes / 10 ||
    looseObjects >= LOOSE_OBJECTS ||
    (!shape.hasBitmap && (packs > 1 || packBytes >= WORTH_A_BITMAP_BYTES));
  const isOld = now - wholeAt > WHOLE_AGAIN_MS;
  const hasExpired =
    shape.unreachableSince !== null &&
    now - shape.unreachableSince > (KEPT_UNREACHABLE_DAYS + 1) * DAY_MS &&
    now - wholeAt > DAY_MS;
  if (!needed) return hasExpired ? 'whole repack' : undefined;
  const isScattered = packBytes - largestPackBytes > packBytes * ADDED_SHARE;
  return packBytes <= SMALL_BYTES || !shape.hasBitmap || isScattered || isOld || hasExpired
    ? 'whole repack'
    : 'added repack';
}
