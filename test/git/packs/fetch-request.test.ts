import { describe, expect, it } from 'vitest';
import { cacheableFetch } from '../../../src/git/packs/index.ts';
import { requestIn } from '../wire/request-in.ts';
import { requestBytes } from './asking.ts';

const id = (digit: string): string => digit.repeat(40);
const want = `want ${id('1')}`;

async function isSnapshot(args: readonly string[]): Promise<boolean | undefined> {
  const request = await requestIn(requestBytes([...args, 'ofs-delta', 'done']));
  return request && cacheableFetch(request)?.isSnapshot;
}

describe('a request for one state of the files', () => {
  it.each([
    ['a shallow clone', [want, 'deepen 1']],
    ['one of a single branch, with tags', [want, want, 'deepen 1', 'include-tag']],
    ['one without the contents of files', [want, 'deepen 1', 'filter blob:none']],
  ])('is %s', async (_what, args) => expect(await isSnapshot(args)).toBe(true));

  it.each([
    ['a full clone', [want]],
    ['a deeper one', [want, 'deepen 2']],
    ['one of several branches', [want, `want ${id('2')}`, 'deepen 1']],
    ['a fetch into a repository that has something', [want, 'deepen 1', `have ${id('3')}`]],
    ['a fetch into a shallow repository', [want, 'deepen 1', `shallow ${id('3')}`]],
    ['one since a date', [want, 'deepen-since 1700000000']],
  ])('is not %s', async (_what, args) => expect(await isSnapshot(args)).toBe(false));
});
