/** How the destination of a pull request comes to have what is proposed, by Bitbucket's names. The first is the usual one. */
const STRATEGIES = {
  /** A commit with both as its parents. */
  merge_commit: { wantsFastForward: false, squashes: false },
  /** One commit on top of the destination, with everything in it. */
  squash: { wantsFastForward: false, squashes: true },
  /** The destination moves to the source: no commit is made. */
  fast_forward: { wantsFastForward: true, squashes: false },
  /** One commit with the files of the source, on top of a destination that has nothing of its own. */
  squash_fast_forward: { wantsFastForward: true, squashes: true },
} as const;

export type MergeStrategy = keyof typeof STRATEGIES;
export const MERGE_STRATEGIES = Object.keys(STRATEGIES) as readonly MergeStrategy[];
export const USUAL_STRATEGY: MergeStrategy = 'merge_commit';

export const isMergeStrategy = (name: string): name is MergeStrategy => Object.hasOwn(STRATEGIES, name);

/** What a strategy asks and does. */
export const strategyNamed = (
  name: MergeStrategy,
): {
  /** Whether the destination must have nothing that the source has not. */
  readonly wantsFastForward: boolean;
  /** Whether the commits of the source stay out of the history of the destination. */
  readonly squashes: boolean;
} => STRATEGIES[name];
