import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writingHandle } from '../../src/git/handle.ts';
import { keepObjectFolders, letLeftFoldersGo } from '../../src/git/object-folders.ts';
import { gitOk, workFolder } from '../support/git.ts';
import { buildRepository, type BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let count = 0;
const objects = (...names: string[]): string => join(built.handle.path, 'objects', ...names);
const keep = (quarantine: string) =>
  keepObjectFolders(writingHandle('one', 'repository', built.handle.path), quarantine);
const quarantineOf = (...names: string[]): string => {
  const folder = workFolder(`quarantine-${(count += 1)}`);
  for (const name of names) mkdirSync(join(folder, name), { recursive: true });
  return folder;
};
const prunePacked = () => gitOk(['-C', built.handle.path, 'prune-packed', '--quiet']);

beforeEach(async () => {
  built = await buildRepository();
});
afterEach(() => built.remove());

it('keeps the folders that objects will be moved to, until they are let go', async () => {
  mkdirSync(objects('cd'));
  const letGo = await keep(quarantineOf('ab', 'cd', 'pack'));
  await prunePacked();
  expect([existsSync(objects('ab')), existsSync(objects('cd'))]).toEqual([true, true]);
  expect(await gitOk(['-C', built.handle.path, 'fsck', '--full', '--strict'])).toBe('');
  await letGo();
  await letGo();
  expect([readdirSync(objects('ab')), readdirSync(objects('cd'))]).toEqual([[], []]);
  await prunePacked();
  expect([existsSync(objects('ab')), existsSync(objects('cd'))]).toEqual([false, false]);
});

it('is found by the next start where a process was killed, and nothing else is', async () => {
  const left = [objects('tmp_obj_Ab3dE9'), objects('ab', 'tmp_obj_Ab3dE9'), objects('ab', 'c'.repeat(38))];
  await keep(quarantineOf('ab', 'cd'));
  await keep(quarantineOf('ef'));
  for (const file of left) writeFileSync(file, '');
  expect(readdirSync(objects()).filter((name) => name.startsWith('tmp_'))).toHaveLength(3);
  // What a push keeps that began meanwhile, as one through the system's OpenSSH does.
  await letLeftFoldersGo(built.handle.path, new Date(Date.now() - 60_000));
  expect(readdirSync(objects()).filter((name) => name.startsWith('tmp_'))).toHaveLength(3);
  await letLeftFoldersGo(built.handle.path, new Date(Date.now() + 60_000));
  const after = readdirSync(objects(), { recursive: true, withFileTypes: true });
  const files = after.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(files.filter((file) => !/\/(?:pack|info)\//.test(file)).sort()).toEqual(left.sort());
});

it('keeps them beside one repack after another', async () => {
  let isOver = false;
  const removing = (async () => {
    while (!isOver) await prunePacked();
  })();
  for (let round = 0; round < 100; round += 1) {
    const letGo = await keep(quarantineOf('ab'));
    expect(readdirSync(objects('ab'))).toHaveLength(1);
    await letGo();
  }
  isOver = true;
  await removing;
});

it('makes nothing for a pack, for no quarantine, or in a repository that is there no more', async () => {
  const before = readdirSync(objects());
  for (const quarantine of [quarantineOf('pack'), workFolder('none'), '']) await (await keep(quarantine))();
  expect(readdirSync(objects())).toEqual(before);
  rmSync(built.handle.path, { recursive: true });
  await (await keep(quarantineOf('ab')))();
  expect(existsSync(built.handle.path)).toBe(false);
});
