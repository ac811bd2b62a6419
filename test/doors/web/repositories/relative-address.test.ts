import { describe, expect, it } from 'vitest';
import { normalize, resolveIn } from '../../../../src/doors/web/repositories/relative-address.ts';

const resolve = resolveIn({
  folder: 'docs/guide',
  link: (path) => `src:${path}`,
  image: (path) => `raw:${path}`,
});
const link = (url: string) => resolve({ purpose: 'link', url });
const image = (url: string) => resolve({ purpose: 'image', url });

describe('relative addresses in a document', () => {
  it.each([
    ['a.txt', 'src:docs/guide/a.txt'],
    ['./a.txt', 'src:docs/guide/a.txt'],
    ['../b/c.ts#L3', 'src:docs/b/c.ts#L3'],
    ['/top.md', 'src:top.md'],
    ['../../', 'src:'],
    ['other.md#part-two', 'src:docs/guide/other.md#doc-part-two'],
    ['with%20space.txt', 'src:docs/guide/with space.txt'],
    ['page.txt?raw=1', 'src:docs/guide/page.txt'],
  ])('%s leads to %s', (url, expected) => {
    expect(link(url)).toBe(expected);
  });

  it.each(['../../../etc/passwd', '/../x', 'a%5cb', '%00', '%zz', 'a%0ab'])('%s leads nowhere', (url) => {
    expect(link(url)).toBeNull();
    expect(image(url)).toBeNull();
  });

  it('shows pictures by their bytes', () => {
    expect(image('../logo.png')).toBe('raw:docs/logo.png');
    expect(image('../../')).toBeNull();
  });
});

it('never climbs above the root', () => {
  expect(normalize('a/b', '../../..')).toBeNull();
  expect(normalize('', '..')).toBeNull();
  expect(normalize('a', '..')).toBe('');
  expect(normalize('a', '../../a/b')).toBeNull();
});
