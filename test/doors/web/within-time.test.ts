import { describe, expect, it } from 'vitest';
import { highlight } from '../../../src/doors/web/highlight.ts';
import { render } from '../../../src/doors/web/html.ts';
import { renderMarkdown } from '../../../src/doors/web/markdown.ts';
import { withinTime } from '../../../src/doors/web/within-time.ts';

describe('work within time', () => {
  it('gives what the work gives, and throws what it throws', () => {
    expect(withinTime(1000, () => [1, 2])).toEqual([1, 2]);
    expect(() =>
      withinTime(1000, () => {
        throw new RangeError('of its own');
      }),
    ).toThrow(RangeError);
  });

  it('ends what does not end by itself, a regular expression included', () => {
    expect(() => withinTime(20, () => /^(?:a|aa|aaa)*$/.test(`${'a'.repeat(200)}!`))).toThrow(/timed out/);
    expect(withinTime(1000, () => 'still works')).toBe('still works');
  });
});

/** Each of these takes the library several seconds, in which nobody else would be answered. */
describe('what somebody wrote to keep the host busy', () => {
  it.each(['a.cpp', 'a.cs', 'A.java'])(
    'is shown without colours in %s, and what is ordinary keeps them',
    async (filename) => {
      const line = 'a'.repeat(4990);
      const { lines, language } = await highlight(`${line}\n`.repeat(40), { filename });
      expect(language).toBeNull();
      expect(lines.map(render)).toEqual(Array.from({ length: 40 }, () => line));
      expect((await highlight('class A { int b = 1; }', { filename })).language).not.toBeNull();
    },
  );

  it('is shown as it was written in a document', async () => {
    const text = `${'a'.repeat(4990)}\n`.repeat(40);
    const page = render(await renderMarkdown(`# Title\n\n\`\`\`cpp\n${text}\`\`\`\n`));
    expect(page).toContain('shown as it was written');
    expect(page).not.toContain('<h2');
    expect(render(await renderMarkdown('# Title'))).toContain('<h2');
  });
});
