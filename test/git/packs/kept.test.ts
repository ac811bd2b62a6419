import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, expect, it, vi } from 'vitest';
import {
  AnswerDamaged,
  examinedBySealing,
  openKept,
  readKept,
  stillExamined,
} from '../../../src/git/packs/kept.ts';
import { BLOCK, writeSeal } from '../../../src/git/packs/stored-answer.ts';
import { workFolder } from '../../support/git.ts';
import { all } from './asking.ts';

vi.mock('node:zlib', { spy: true });

const BLOCKS = 5;
const KEY = 'one';
const PIECE = 2 * BLOCK;
const signal = new AbortController().signal;
const content = randomBytes(BLOCKS * BLOCK - 100);
let count = 0;
let path: string;

beforeEach(async () => {
  count += 1;
  const folder = workFolder(`kept-${count}`);
  mkdirSync(folder);
  path = join(folder, 'answer');
  writeFileSync(path, content);
  const file = await open(path, 'r+');
  await writeSeal(file, { key: KEY, length: content.length, wants: [] }, Buffer.alloc(BLOCK));
  await file.close();
  vi.mocked(crc32).mockClear();
});

/** How many blocks were examined; a seal is shorter than any of ours. */
const examined = (): number =>
  vi.mocked(crc32).mock.calls.filter(([bytes]) => Buffer.byteLength(bytes) >= BLOCK - 100).length;

const opened = async () => {
  const kept = await openKept(path, KEY);
  if (kept === undefined) throw new Error('It was not found to be intact.');
  return kept;
};

const read = async (): Promise<Buffer> => all(readKept(await opened(), PIECE, signal));

const damage = (position: number): void => {
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};

it('examines each block once, however many read it, at once and later', async () => {
  for (const answer of await Promise.all(Array.from({ length: 8 }, read))) {
    expect(answer.equals(content)).toBe(true);
  }
  expect(examined()).toBe(BLOCKS);
  expect((await read()).equals(content)).toBe(true);
  expect(examined()).toBe(BLOCKS);
});

it('examines nothing of what it has sealed itself, as long as nobody changes it', async () => {
  const file = await open(path, 'r');
  await examinedBySealing(path, file, { key: KEY, length: content.length });
  await file.close();
  expect((await read()).equals(content)).toBe(true);
  expect(examined()).toBe(0);
  damage(BLOCK + 1);
  await expect(read()).rejects.toThrow(AnswerDamaged);
});

it('keeps what was found when we set the time of the file, in the middle of reading too', async () => {
  const kept = await opened();
  const answer = readKept(kept, PIECE, signal);
  await answer.next();
  utimesSync(path, 1_000, 1_000);
  await stillExamined(kept);
  await all(answer);
  await read();
  expect(examined()).toBe(BLOCKS);
});

it('examines everything again where anybody else set it', async () => {
  await read();
  utimesSync(path, 1_000, 1_000);
  await read();
  expect(examined()).toBe(2 * BLOCKS);
});

it('finds damage in a block that nobody examined, behind those that somebody did', async () => {
  const first = readKept(await opened(), PIECE, signal);
  await first.next();
  const second = await opened();
  damage(content.length - 1);
  await expect(all(readKept(second, PIECE, signal))).rejects.toThrow(AnswerDamaged);
  await expect(all(first)).rejects.toThrow(AnswerDamaged);
  expect(await openKept(path, KEY)).toBeUndefined();
});

it('finds damage in a block that was examined before', async () => {
  await read();
  damage(BLOCK + 1);
  await expect(read()).rejects.toThrow(AnswerDamaged);
  expect(await openKept(path, KEY)).toBeUndefined();
});

it('is read from the disk once by those who read it at the same time', async () => {
  const file = await open(path, 'r');
  const reading = vi.spyOn(Object.getPrototypeOf(file) as { read: typeof file.read }, 'read');
  await file.close();
  try {
    await Promise.all(Array.from({ length: 8 }, read));
    const pieces = reading.mock.calls.filter((words: readonly unknown[]) => words[2] === PIECE);
    expect(pieces).toHaveLength(Math.floor(content.length / PIECE));
  } finally {
    reading.mockRestore();
  }
});
