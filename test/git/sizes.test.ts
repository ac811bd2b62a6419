import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RepositorySizes } from '../../src/git/sizes.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
beforeAll(async () => {
  built = await buildRepository();
});
afterAll(() => built.remove());

it('the size of a repository is measured once a minute, and anew when something was written', async () => {
  let now = 0;
  const sizes = new RepositorySizes(() => now);
  const empty = await sizes.of(built.handle);
  await writeFile(join(built.handle.path, 'more'), Buffer.alloc(1000));
  now = 59_999;
  expect(await sizes.of(built.handle)).toBe(empty);
  now = 60_000;
  expect(await sizes.of(built.handle)).toBe(empty + 1000);
  await writeFile(join(built.handle.path, 'more'), Buffer.alloc(2000));
  sizes.forget(built.handle);
  expect(await sizes.of(built.handle)).toBe(empty + 2000);
});
