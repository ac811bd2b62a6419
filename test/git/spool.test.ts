import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Spool } from '../../src/git/spool.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-spool-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('has so many folders for those who come at once, and one more for each that is given back', async () => {
  const spool = new Spool(join(root, 'incoming'));
  const asked = await Promise.all(Array.from({ length: 50 }, () => spool.folder(0)));
  const folders = asked.filter((folder) => folder !== undefined);
  expect([folders.length, (await readdir(spool.root)).length]).toEqual([32, 32]);
  expect(await spool.folder(0)).toBeUndefined();
  const [first = ''] = folders;
  await spool.giveBack(first);
  expect(existsSync(first)).toBe(false);
  expect(await spool.folder(0)).toMatch(/request-/);
});

it('has none for more than the disk holds, which takes the place of nobody', async () => {
  const spool = new Spool(join(root, 'full'));
  for (let count = 0; count < 40; count++)
    expect(await spool.folder(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  expect(await readdir(spool.root)).toEqual([]);
  expect(await spool.folder(0)).toMatch(/request-/);
});
