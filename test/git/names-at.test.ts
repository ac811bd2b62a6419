import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { namesAt } from '../../src/git/names-at.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { RefKeeper } from '../../src/git/snapshot/keeper.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;
let first: string;
let second: string;

beforeEach(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
  first = await built.commit({ branch: 'main', files: [{ path: 'a', content: '1' }] });
  second = await built.commit({ branch: 'main', files: [{ path: 'a', content: '2' }] });
  await built.git(['symbolic-ref', 'HEAD', 'refs/heads/wörk']);
  for (const name of ['heads/wörk', 'heads/a', 'heads/b', 'tags/light']) {
    await built.git(['update-ref', `refs/${name}`, second]);
  }
  await built.tag('noted', 'main', 'Says something\n');
  await built.git(['update-ref', '-d', 'refs/heads/main']);
  // Neither a branch nor a tag.
  await built.git(['update-ref', 'refs/notes/n', second]);
});

afterEach(async () => {
  reader.close();
  await built.remove();
});

describe.each([
  ['remembered', () => new RefKeeper(reader)],
  ['that Git is asked for', () => ({ snapshot: async () => undefined, nature: () => undefined })],
])('names of commits by refs %s', (_, refsNow) => {
  const at = (commits: readonly string[], most: number) =>
    namesAt({ refs: refsNow(), objects: reader }, built.handle, commits, most);

  it('begin with the default branch, and go on with branches and tags by name', async () => {
    const found = await at([first, second], 9);
    expect(found.get(second)).toEqual({ names: ['wörk', 'a', 'b', 'light', 'noted'], more: 0 });
    expect(found.get(first)).toEqual({ names: [], more: 0 });
  });

  it('are as many as were asked for, and the others counted', async () => {
    expect((await at([second], 2)).get(second)).toEqual({ names: ['wörk', 'a'], more: 3 });
    expect((await at([], 2)).size).toBe(0);
  });
});
