import { describe, expect, it } from 'vitest';
import { tasksFor } from '../../../src/git/upkeep/index.ts';
import type { Shape } from '../../../src/git/upkeep/index.ts';

const MB = 1024 * 1024;
const DAY = 24 * 3600_000;
const NOW = 1_800_000_000_000;

const tidy: Shape = {
  packs: 1,
  packBytes: 300 * MB,
  largestPackBytes: 300 * MB,
  freshPacks: 0,
  freshBytes: 0,
  looseObjects: 0,
  looseRefs: 0,
  hasBitmap: true,
  hasCommitGraph: true,
  unreachableSince: null,
};
const plan = (change: Partial<Shape>, wholeAt = NOW) => tasksFor({ ...tidy, ...change }, { wholeAt }, NOW);

describe('what a repository needs', () => {
  it.each<[string, Partial<Shape>, readonly string[]]>([
    ['nothing when it is tidy', {}, []],
    ['nothing when it is empty', { packs: 0, packBytes: 0, largestPackBytes: 0, hasBitmap: false }, []],
    ['nothing after one small push', { looseObjects: 3, looseRefs: 1 }, []],
    ['its refs packed', { looseRefs: 50 }, ['refs']],
    ['a whole pack when small', { packBytes: 20 * MB, freshPacks: 4 }, ['whole repack', 'commit-graph']],
    ['what was added packed when large', { freshPacks: 4 }, ['added repack', 'commit-graph']],
    ['the same with loose objects', { looseObjects: 100 }, ['added repack', 'commit-graph']],
    ['a bitmap when it has none', { hasBitmap: false }, ['whole repack', 'commit-graph']],
    [
      'a whole pack when most lies beside the largest',
      { packs: 9, packBytes: 500 * MB, freshPacks: 4 },
      ['whole repack', 'commit-graph'],
    ],
    ['what is unreachable for long taken out', { unreachableSince: NOW - 16 * DAY }, []],
  ])('%s', (_says, change, tasks) => {
    expect(plan(change)).toEqual(tasks);
  });

  it('takes out what is unreachable for long, once a day', () => {
    expect(plan({ unreachableSince: NOW - 16 * DAY }, NOW - 2 * DAY)).toEqual([
      'whole repack',
      'commit-graph',
    ]);
    expect(plan({ unreachableSince: NOW - 13 * DAY }, NOW - 2 * DAY)).toEqual([]);
  });

  it('packs a large one as a whole once a week, if it needs packing at all', () => {
    expect(plan({ freshPacks: 4 }, NOW - 8 * DAY)).toEqual(['whole repack', 'commit-graph']);
    expect(plan({}, 0)).toEqual([]);
  });
});
