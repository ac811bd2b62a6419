import type { Shape, Upkeep } from '../../git/upkeep/index.ts';

const many = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** What a repository looks like on the disk. `was` stands behind the number of packs. */
export const shapeInWords = (shape: Shape, was = ''): string =>
  [
    `${many(shape.packs, 'pack')}${was}`,
    many(shape.looseObjects, 'loose object'),
    shape.hasBitmap ? 'bitmap' : 'no bitmap',
    ...(shape.looseRefs === 0 ? [] : [many(shape.looseRefs, 'loose ref')]),
  ].join(', ');

export function upkeepInWords({ at, failure }: Upkeep): string {
  if (at === 0) return 'never tidied';
  const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return failure === null ? `tidied ${when}` : `tidying failed ${when}: ${failure}`;
}
