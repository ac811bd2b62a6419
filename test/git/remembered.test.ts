import { expect, it, vi } from 'vitest';
import { Remembered } from '../../src/git/remembered.ts';

const remembered = (mostBytes = 1000): Remembered<string> =>
  new Remembered(mostBytes, ({ length }) => length);

it('asks once, for all who ask meanwhile and later', async () => {
  const answers = remembered();
  let give: (answer: string) => void = () => {};
  const find = vi.fn(() => new Promise<string>((resolve) => (give = resolve)));
  const first = answers.get('question', find);
  const second = answers.get('question', find);
  give('answer');
  expect(await Promise.all([first, second])).toEqual(['answer', 'answer']);
  expect(await answers.get('question', find)).toBe('answer');
  expect(find).toHaveBeenCalledTimes(1);
  expect(await answers.get('another', async () => 'other')).toBe('other');
});

it('asks again where finding failed, for everybody who waited', async () => {
  const answers = remembered();
  const fail = vi.fn(async () => Promise.reject<string>(new Error('No.')));
  const asked = [answers.get('question', fail), answers.get('question', fail)];
  await Promise.all(asked.map((each) => expect(each).rejects.toThrow('No.')));
  expect(fail).toHaveBeenCalledTimes(1);
  expect(await answers.get('question', async () => 'answer')).toBe('answer');
});

it('asks again where an answer may not stay', async () => {
  const answers = remembered();
  const find = vi.fn(async () => 'answer');
  await answers.get('question', find, () => false);
  await answers.get('question', find, () => true);
  await answers.get('question', find);
  expect(find).toHaveBeenCalledTimes(2);
});

it('keeps no more than is allowed, questions included', async () => {
  const answers = remembered(100);
  const find = vi.fn(async () => '12345');
  const long = 'q'.repeat(96);
  await answers.get(long, find);
  await answers.get(long, find);
  expect(find).toHaveBeenCalledTimes(2);
  find.mockClear();
  for (const question of ['first', 'second', 'q'.repeat(80), 'second', 'first']) {
    await answers.get(question, find);
  }
  // "first" had to leave for the long one, and "second", which was asked for later, did not.
  expect(find).toHaveBeenCalledTimes(4);
});
