import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlight, plainLines } from '../../../src/doors/web/highlight.ts';
import { html, render, type Html } from '../../../src/doors/web/html.ts';
import { renderMarkdown } from '../../../src/doors/web/markdown.ts';
import { piecesGallery } from '../../../src/doors/web/pieces/gallery.ts';
import * as pieces from '../../../src/doors/web/pieces/index.ts';

const now = new Date('2026-11-22T12:00:00Z');

describe('the pieces', () => {
  it('hold no inline style and no inline script, and give every id once', async () => {
    const page = render(await piecesGallery());
    expect(page).not.toMatch(/\sstyle=|\son[a-z]+=|<style|<script(?! src="\/)/i);
    const ids = Array.from(page.matchAll(/\sid="([^"]+)"/g), (match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(Buffer.byteLength(page)).toBeLessThan(60 * 1024);
  });

  it('show a hostile name as text everywhere', () => {
    const name = `"><img src=x onerror=alert(1)>'`;
    const page = render(
      pieces.page({
        title: name,
        user: { username: name, displayName: name },
        workspaces: [{ slug: name, name }],
        breadcrumbs: [{ label: name, href: name }],
        tabs: [{ label: name, href: 'javascript:alert(1)' }],
        search: name,
        body: html`${pieces.diffView({ files: pieces.parseUnifiedDiff(`diff --git a/${name} b/${name}\n@@ -0,0 +1 @@ ${name}\n+${name}\n`) })}${pieces.credentialList(name, [{ mark: 'oauth', label: name, publicId: name, scopes: [{ name, meaning: name }], bounds: name, lastUsed: { at: now, from: name }, expires: null, state: 'active', now }])}`,
      }),
    );
    expect(page).not.toContain('<img');
    expect(page).not.toContain('javascript:');
    expect(page.split('&lt;img').length).toBeGreaterThan(10);
  });

  it('put the cursor on the first error, keep what was typed, and never send a secret back', () => {
    const typed = {
      kind: 'secret',
      name: 'password',
      label: 'Password',
      autocomplete: 'current-password',
      value: 'hunter2',
      error: 'Wrong.',
    } as const;
    const shown = render(
      pieces.fields([
        { kind: 'text', name: 'user', label: 'User', value: 'ada' },
        typed,
        { kind: 'text', name: 'code', label: 'Code', error: 'Missing.' },
      ]),
    );
    expect(shown).toContain('value="ada"');
    expect(shown).not.toContain('hunter2');
    expect(shown.match(/autofocus/g)).toHaveLength(1);
    expect(shown).toMatch(
      /name="password"[^>]*autofocus[^>]*aria-invalid="true"[^>]*aria-describedby="field-password-error"/,
    );
  });

  it('give every avatar colour enough contrast for white letters', () => {
    const light = (hex: string): number => {
      const [red = 0, green = 0, blue = 0] = (hex.match(/[0-9a-f]{2}/g) ?? []).map((part) => {
        const value = Number.parseInt(part, 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (const colour of pieces.avatarColours)
      expect(1.05 / (light(colour) + 0.05), colour).toBeGreaterThanOrEqual(4.5);
  });

  it('say times as people do', () => {
    const at = (seconds: number): string =>
      pieces.relativeWords(new Date(now.getTime() + seconds * 1000), now);
    expect([at(-5), at(-90), at(-7200), at(-86_400), at(-40 * 86_400), at(3 * 86_400)]).toEqual([
      'just now',
      '1 minute ago',
      '2 hours ago',
      'yesterday',
      '13 Oct 2026',
      'in 3 days',
    ]);
  });
});

describe('marks that turn the text round', () => {
  const turned = 'if (admin) { /*\u202e } \u2066if (isAdmin)\u2069 */';

  it('are written out in code, which keeps its colours, and in diffs', async () => {
    const { lines } = await highlight(`const level = 1; // \u202e } \u2066\n`, { filename: 'a.js' });
    const code = render(pieces.codeView({ filename: 'a.js', lines }));
    expect(code).toContain('<span class="hljs-keyword">const</span>');
    expect(code).toContain('<span class="bidi" title="U+202E">⟨U+202E⟩</span> } <span class="bidi"');
    const files = pieces.parseUnifiedDiff(
      `diff --git a/\u202egpj.exe b/\u202egpj.exe\n@@ -0,0 +1 @@ ${turned}\n+${turned}\n`,
    );
    const diff = render(pieces.diffView({ files }));
    expect(diff.match(/title="U\+2066"/g)).toHaveLength(2);
    expect(diff).toContain('\ufffdgpj.exe');
    expect(code + diff).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it('leave markup that only looks like one of them alone', () => {
    const shown = render(pieces.codeView({ filename: 'a', lines: [html`${'⟨U+202E⟩ <b> שלום'}`] }));
    expect(shown).toContain('<span class="line-text">⟨U+202E⟩ &lt;b&gt; שלום\n</span>');
  });
});

describe('a diff that was cut', () => {
  it('counts no lines of the file in which it was cut, and those of the files before it', () => {
    const file = (name: string) => `diff --git a/${name} b/${name}\n@@ -0,0 +1,2 @@\n+one\n+two\n`;
    const files = pieces.parseUnifiedDiff(file('whole') + file('cut'));
    const counts = (partial: boolean) =>
      render(pieces.diffView({ files, partial })).match(/<span class="diff-plus">\+\d+/g);
    expect(counts(false)).toEqual([4, 2, 2].map((lines) => `<span class="diff-plus">+${lines}`));
    expect(counts(true)).toEqual(['<span class="diff-plus">+2']);
  });
});

describe('parseUnifiedDiff', () => {
  it('reads hunks by their counts, so that a removed "-- x" is no header', () => {
    const [file, ...rest] = pieces.parseUnifiedDiff(
      'diff --git a/q.sql b/q.sql\n--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n same\n',
    );
    expect(rest).toEqual([]);
    expect(file).toMatchObject({ path: 'q.sql', change: 'modified', added: 1, removed: 1 });
    expect(file?.hunks[0]?.lines.map((line) => [line.kind, line.text, line.before, line.after])).toEqual([
      ['removed', '-- old', 1, null],
      ['added', '++ new', null, 1],
      ['context', 'same', 2, 2],
    ]);
  });

  it('reads renames, new, deleted, binary and quoted names, and survives rubbish', () => {
    const files = pieces.parseUnifiedDiff(
      'diff --git a/a b/b\nrename from a\nrename to b\ndiff --git "a/caf\\303\\251" "b/caf\\303\\251"\nnew file mode 100644\nBinary files /dev/null and b/x differ\ndiff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n',
    );
    expect(files.map((file) => [file.path, file.oldPath, file.change, file.binary])).toEqual([
      ['b', 'a', 'renamed', false],
      ['café', null, 'added', true],
      ['gone', null, 'deleted', false],
    ]);
    expect(pieces.parseUnifiedDiff('@@ what\n+++\n')).toEqual([]);
  });

  it('finds the name of any file, whatever is in it', () => {
    const part = fc.oneof(
      fc.constantFrom(' b/', 'a/', ' "b/', '"', ' ', '/', '\\', '\u2028', '\r', '\t', 'é'),
      fc.string({ maxLength: 5 }),
    );
    const name = fc
      .array(part, { minLength: 1, maxLength: 10 })
      .map((parts) => parts.join('').replaceAll('\n', ''))
      .filter((text) => text !== '');
    /** As Git writes a name: in quotes where it must, here in all the ways that it may. */
    const written = (path: string, quoted: boolean) =>
      quoted || /["\\\0-\x1f\x7f]/.test(path)
        ? `"${path.replace(/["\\\0-\x1f\x7f-\u{10ffff}]/gu, (sign) => [...Buffer.from(sign)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''))}"`
        : path;
    fc.assert(
      fc.property(name, name, fc.boolean(), (path, other, quoted) => {
        const heading = `diff --git ${written(`a/${path}`, quoted)} ${written(`b/${path}`, quoted)}\n`;
        const tab = path.includes(' ') ? '\t' : '';
        const rename = `diff --git ${written(`a/${other}`, quoted)} ${written(`b/${path}`, quoted)}\nrename from ${written(other, quoted)}\nrename to ${written(path, quoted)}\n`;
        const changed = `${heading}--- ${written(`a/${path}`, quoted)}${tab}\n+++ ${written(`b/${path}`, quoted)}${tab}\n`;
        const [mode, moved, edited] = pieces.parseUnifiedDiff(
          `${heading}old mode 100644\nnew mode 100755\n${rename}${changed}`,
        );
        expect(mode).toMatchObject({ path, oldPath: null });
        expect(moved).toMatchObject({ path, oldPath: other, change: 'renamed' });
        expect(edited).toMatchObject({ path, oldPath: null });
      }),
    );
  });

  it('reads a very long name in no time, and any rubbish', () => {
    const path = `${'yyyyyyyyyyyyyyyy b/'.repeat(20_000)}x\u2028`;
    const start = performance.now();
    const files = pieces.parseUnifiedDiff(`diff --git a/${path} b/${path}\nnew file mode 100644\n`);
    expect(files).toMatchObject([{ path, change: 'added' }]);
    expect(performance.now() - start).toBeLessThan(2000);
    const line = fc.oneof(
      fc.constantFrom('diff --git ', 'diff --git a b', '--- ', '+++ b/', 'rename to ', '@@ -1 +1 @@', '"\\'),
      fc.string(),
    );
    fc.assert(fc.property(fc.array(line), (lines) => void pieces.parseUnifiedDiff(lines.join('\n'))));
  });
});

describe('renderMarkdown', () => {
  const show = async (text: string): Promise<string> =>
    render(
      await renderMarkdown(text, {
        resolve: ({ purpose, url }) => (url.includes('secret') ? null : `/${purpose}/${url}`),
      }),
    );

  it('obeys no markup, follows no script, and rewrites relative addresses only', async () => {
    const shown = await show(
      '<script>x</script> [a](javascript:x) [b](b.md) [c](https://c.test/) [d](#part) ![e](e.png) ![f](https://f.test/f.png) [g](secret.md)\n\n<img src=x>',
    );
    expect(shown).not.toMatch(/<script|<img src=x|href="javascript|src="https/);
    expect(shown).toContain('href="/link/b.md"');
    expect(shown).toContain('href="https://c.test/" rel="nofollow noopener noreferrer"');
    expect(shown).toContain('href="#doc-part"');
    expect(shown).toContain('src="/image/e.png" alt="e"');
    expect(shown).toContain('<a>g</a>');
  });

  it('leaves out comments, and nothing else', async () => {
    const shown = await show(
      [
        'Before <!-- one -->after, `<!-- code -->` and \\<!-- escaped -->.',
        '',
        '    <!-- kept as code -->',
        '',
        '<!-- two',
        '',
        'lines --> gone',
        'Paragraph',
        '<!-- three -->',
        '- item <!-- four -->',
        '',
        '```',
        '<!-- in a fence -->',
        '```',
        '',
        'Open <!-- five',
        '',
        '<!-- to the end',
        'of it',
      ].join('\n'),
    );
    expect(shown).toContain('Before after, <code>&lt;!-- code --&gt;</code> and &lt;!-- escaped --&gt;.');
    expect(shown).toContain('kept as code');
    expect(shown).toContain('in a fence');
    expect(shown).toContain('Open &lt;!-- five');
    expect(shown).not.toMatch(/one|two|lines|gone|three|four|to the end|of it/);
    const started = performance.now();
    await show('<!-- '.repeat(50_000));
    await show(`a ${'<!-- '.repeat(50_000)}`);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('gives headings ids of their own, marks tasks, aligns without style, and shows the overlong plain', async () => {
    const shown = await show('# Part\n\n# Part\n\n- [x] done\n\n|a|\n|-:|\n|1|\n');
    expect(shown).toContain('<h2 id="doc-part">');
    expect(shown).toContain('<h2 id="doc-part-1">');
    expect(shown).toContain('aria-label="done"');
    expect(shown).toContain('<td class="end">');
    expect(shown).not.toContain('style=');
    expect(await show(`# x\n${'<b>'.repeat(100_000)}`)).not.toMatch(/<b>|<h2/);
  });
});

describe('highlight', () => {
  it('makes no page of a hundred megabytes of what opens very much over very many lines', async () => {
    const size = ({ lines }: { lines: readonly Html[] }) =>
      lines.reduce((sum, line) => sum + render(line).length, 0);
    const opened = `${'`${'.repeat(100)}\n`.repeat(3);
    const source = `${opened}${'\n'.repeat(600)}`;
    const hostile = await highlight(source, { filename: 'x.js' });
    expect(hostile.language).toBeNull();
    expect(hostile.lines.map(render)).toEqual(plainLines(source).map(render));
    const comment = `/*\n${' *\n'.repeat(3000)} */\n`;
    const real = await highlight(comment, { filename: 'x.js' });
    expect(real.language).toBe('js');
    expect(size(real)).toBeLessThan(20 * comment.length);
    for (const depth of [1, 2, 5, 10, 100, 1000]) {
      const text = `${'`${'.repeat(depth)}${'\n'.repeat(3000)}`;
      expect(size(await highlight(text, { filename: 'x.js' }))).toBeLessThan(20 * text.length + 100_000);
    }
  });

  it('closes and opens colours at every line, escapes, and stays plain for what it does not know', async () => {
    const known = await highlight('/* a\n<b> */ let c;\n', { filename: 'x.ts' });
    expect(known.language).toBe('ts');
    expect(known.lines.map(render)).toEqual([
      '<span class="hljs-comment">/* a</span>',
      '<span class="hljs-comment">&lt;b&gt; */</span> <span class="hljs-keyword">let</span> c;',
    ]);
    const nested = await highlight('`a${`b\n\n${1}`}`\n', { filename: 'x.js' });
    expect(nested.lines.map(render)).toEqual([
      expect.stringMatching(/^<span class="hljs-string">`a<span .*`b<\/span><\/span><\/span>$/),
      expect.stringMatching(/^(<span [^>]*>){3}(<\/span>){3}$/),
      expect.stringMatching(/^(<span [^>]*>){3}<span [^>]*>\$\{.*<\/span>$/),
    ]);
    const unknown = await highlight('<i>\n', { filename: 'x.unknown' });
    expect([unknown.language, unknown.lines.map(render)]).toEqual([null, ['&lt;i&gt;']]);
    expect((await highlight('a'.repeat(600_000), { filename: 'x.ts' })).language).toBeNull();
  });
});
