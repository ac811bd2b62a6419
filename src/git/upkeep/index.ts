/** Keeping repositories in shape: what they look like, what they need, doing it, and removing what nothing leads to. */
export { removeLeftovers } from './leftovers.ts';
export { tasksFor, type Past, type Task } from './plan.ts';
export { lastPruned, prunedSince, pruneNow } from './pruning.ts';
export { readUpkeep, type Upkeep } from './record.ts';
export { keepInShape, type UpkeepReport } from './run.ts';
export { shapeOf, type Shape } from './shape.ts';
