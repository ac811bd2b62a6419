import { describe, expect, it } from 'vitest';
import { disposition, rawType } from '../../../../src/doors/web/repositories/raw-type.ts';

const harmless =
  /^(?:text\/plain; charset=utf-8|application\/octet-stream|image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon))$/;

describe('the type of a raw file', () => {
  it.each(['html', 'HTM', 'xhtml', 'xml', 'js', 'mjs', 'pdf', 'swf', 'svg', 'svgz', 'mht', 'wasm', 'xsl'])(
    'is never one that runs: %s is saved',
    (ending) => {
      for (const binary of [true, false]) {
        const { contentType, attachment } = rawType(`a/b.${ending}`, binary);
        expect(attachment).toBe(true);
        if (ending !== 'svg' || binary) expect(contentType).toMatch(harmless);
      }
    },
  );

  it.each(['README', 'a.md', 'x.ts', 'noending.', '.html/inner', 'logo.PNG', 'photo.jpeg', 'a.unknown'])(
    '%s is shown as something harmless',
    (path) => {
      const { contentType, attachment } = rawType(path, false);
      expect(contentType).toMatch(harmless);
      expect(attachment).toBe(false);
    },
  );

  it('is bytes for what is not text', () => {
    expect(rawType('a.txt', true)).toEqual({ contentType: 'application/octet-stream', attachment: true });
  });
});

describe('the name it is saved by', () => {
  it('cannot end the header or leave the folder', () => {
    const header = disposition('docs/a";\r\nx: y\\..\u0000é\'(1).txt', true);
    expect(header).toMatch(/^attachment; filename\*=UTF-8''[A-Za-z0-9%._~!-]+$/);
    expect(header).not.toMatch(/%0D|%0A|%5C|%2F|%00/);
  });
});
