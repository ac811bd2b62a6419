import { expect, test } from 'vitest';
import { digestOf, RenderedAnswers, RenderedEntries } from '../../../src/doors/rest/rendered-answers.ts';

const MEGABYTE = 1024 * 1024;

test('the same parts are rendered once, others by themselves', () => {
  const answers = new RenderedAnswers();
  let count = 0;
  const render = () => `answer ${(count += 1)}`;
  expect(answers.of(['a', { b: 1 }], render).body.toString()).toBe('answer 1');
  expect(answers.of(['a', { b: 1 }], render)).toEqual(answers.of(['a', { b: 1 }], render));
  expect(answers.of(['a', { b: 2 }], render).body.toString()).toBe('answer 2');
  expect(count).toBe(2);
});

test('a large part is told by its content, which is looked at once', () => {
  let looks = 0;
  const digest = (part: readonly string[]) =>
    digestOf(part, () => {
      looks += 1;
      return part.join();
    });
  const part = ['a', 'b'];
  expect(digest(part)).toBe(digest(part));
  expect(looks).toBe(1);
  expect(digest(['a', 'b'])).toBe(digest(part));
  expect(digest(['a', 'c'])).not.toBe(digest(part));
});

test('the longest unused leaves first, and one larger than all room is not kept, nor takes it', () => {
  const answers = new RenderedAnswers();
  const rendered: string[] = [];
  const ask = (name: string, megabytes = 3) =>
    answers.of([name], () => {
      rendered.push(name);
      return name.repeat(megabytes * MEGABYTE);
    });
  ask('a');
  ask('b');
  ask('a');
  ask('c');
  ask('a');
  expect(rendered).toEqual(['a', 'b', 'c']);
  ask('b');
  expect(rendered).toEqual(['a', 'b', 'c', 'b']);
  expect(ask('d', 9).body).toHaveLength(9 * MEGABYTE);
  ask('a');
  ask('b');
  expect(rendered).toEqual(['a', 'b', 'c', 'b', 'd']);
  ask('d', 9);
  expect(rendered).toEqual(['a', 'b', 'c', 'b', 'd', 'd']);
});

test('a render that fails leaves nothing behind', () => {
  const answers = new RenderedAnswers();
  const fail = () => {
    throw new Error('no');
  };
  expect(() => answers.of(['a'], fail)).toThrow('no');
  expect(answers.of(['a'], () => 'yes').body.toString()).toBe('yes');
});

test('an entry is rendered once, the longest unused leaves first, and one that fails leaves nothing behind', () => {
  const entries = new RenderedEntries();
  const rendered: string[] = [];
  const ask = (name: string) =>
    entries.of(name, () => {
      rendered.push(name);
      return name.repeat(900_000);
    });
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) expect(ask(name)).toHaveLength(900_000);
  expect(rendered).toEqual(['a', 'b', 'c', 'b']);
  const fail = () => {
    throw new Error('no');
  };
  expect(() => entries.of('d', fail)).toThrow('no');
  expect(entries.of('d', () => 'yes')).toBe('yes');
});
