import { expect, it, vi } from 'vitest';
import { Remembered, type Found } from '../../src/git/remembered.ts';

const remembered = (mostBytes = 1000): Remembered<string> =>
  new Remembered(mostBytes, ({ length }) => length);

const found = (answer: string, stays = true): Found<string> => ({ answer, stays });

it('asks once, for all who ask meanwhile and later', async () => {
  const answers = remembered();
  let give: (answer: string) => void = () => {};
  const find = vi.fn(
    () => new Promise<Found<string>>((resolve) => (give = (answer) => resolve(found(answer)))),
  );
  const first = answers.get('question', find);
  const second = answers.get('question', find);
  give('answer');
  expect(await Promise.all([first, second])).toEqual(['answer', 'answer']);
  expect(await answers.get('question', find)).toBe('answer');
  expect(find).toHaveBeenCalledTimes(1);
  expect(await answers.get('another', async () => found('other'))).toBe('other');
});

it('asks again where finding failed, for everybody who waited', async () => {
  const answers = remembered();
  const fail = vi.fn(async () => Promise.reject<Found<string>>(new Error('No.')));
  const asked = [answers.get('question', fail), answers.get('question', fail)];
  await Promise.all(asked.map((each) => expect(each).rejects.toThrow('No.')));
  expect(fail).toHaveBeenCalledTimes(1);
  expect(await answers.get('question', async () => found('answer'))).toBe('answer');
});

it('asks again where an answer may not stay', async () => {
  const answers = remembered();
  const find = vi.fn(async () => found('answer')).mockResolvedValueOnce(found('passing', false));
  expect(await answers.get('question', find)).toBe('passing');
  expect(await answers.get('question', find)).toBe('answer');
  expect(await answers.get('question', find)).toBe('answer');
  expect(find).toHaveBeenCalledTimes(2);
});

it('keeps no more than is allowed, questions included', async () => {
  const answers = remembered(100);
  const find = vi.fn(async () => found('12345'));
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
