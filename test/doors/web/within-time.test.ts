import { Script } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { highlight } from '../../../src/doors/web/highlight.ts';
import { render } from '../../../src/doors/web/html.ts';
import { renderMarkdown } from '../../../src/doors/web/markdown.ts';
import { unlessIntricate } from '../../../src/doors/web/too-intricate.ts';
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

describe('work that was too intricate', () => {
  const endless = () => {
    for (;;);
  };

  it('is not tried again for some time, whoever asks for it', () => {
    const later = vi.spyOn(performance, 'now');
    const work = vi.fn(endless);
    const ask = (text = 'endless') => unlessIntricate(20, ['a', text], work);
    expect([ask(), ask(), ask()]).toEqual([undefined, undefined, undefined]);
    expect(work).toHaveBeenCalledTimes(1);
    ask('another');
    expect(work).toHaveBeenCalledTimes(2);
    expect(unlessIntricate(1000, ['b', 'endless'], () => 'of another kind')).toBe('of another kind');
    later.mockReturnValue(performance.now() + 11 * 60 * 1000);
    work.mockImplementation(() => 'in time' as never);
    expect([ask(), ask()]).toEqual(['in time', 'in time']);
    later.mockRestore();
  });

  it('is remembered up to so many', () => {
    const work = vi.fn(() => {
      throw new RangeError('too deep');
    });
    for (let index = 0; index <= 1000; index += 1) unlessIntricate(1000, ['deep', `${index}`], work);
    work.mockClear();
    unlessIntricate(1000, ['deep', '1'], work);
    expect(work).not.toHaveBeenCalled();
    unlessIntricate(1000, ['deep', '0'], work);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('is tried once in a file or document, however often its page is opened', async () => {
    const script = vi.spyOn(Script.prototype, 'runInContext');
    const text = `${'b'.repeat(4990)}\n`.repeat(40);
    const fenced = `\`\`\`cpp\n${text}\`\`\`\n`;
    for (let time = 0; time < 3; time += 1) {
      expect((await highlight(text, { filename: `${time}.cpp` })).language).toBeNull();
      expect(render(await renderMarkdown(fenced))).toContain('shown as it was written');
    }
    expect(script).toHaveBeenCalledTimes(2);
    script.mockRestore();
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
