import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributes, Html, html, render, trustedHtml } from '../../../src/doors/web/html.ts';

describe('html', () => {
  it('escapes values, flattens lists and leaves nothing for nothing', () => {
    expect(
      render(html`<p title="${'"a"'}">${'<b>&'}${[1, [html`<i>x</i>`, null]]}${false}${undefined}</p>`),
    ).toBe('<p title="&quot;a&quot;">&lt;b&gt;&amp;1<i>x</i></p>');
    expect(render(html`${0}${true}`)).toBe('0true');
  });

  it('lets no input leave text, a quoted attribute, a title or a list of attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (input) => {
        const inText = render(html`<p>${input}</p>`).slice(3, -4);
        expect(inText).not.toMatch(/[<>"'`\u0000]/);
        const quoted = render(html`<p title="${input}">`);
        expect(quoted.match(/"/g)).toHaveLength(2);
        expect(quoted.match(/[<>]/g)).toHaveLength(2);
        expect(render(html`<title>${input}</title>`).match(/</g)).toHaveLength(2);
        expect(render(html`<input ${attributes({ value: input })}>`).match(/"/g)).toHaveLength(2);
        // Everything can be read back: nothing but a NUL is lost.
        expect(decode(inText)).toBe(input.replaceAll('\u0000', '\ufffd'));
      }),
      {
        numRuns: 500,
        examples: [['"><script>'], ["' onload='x"], ['</title><script>'], ['&#34;'], ['\u0000<']],
      },
    );
  });

  it('never writes an address that runs code', () => {
    for (const address of [
      'javascript:alert(1)',
      ' JaVa\tscript:x',
      '\u0001javascript:x',
      'data:text/html,x',
      'vbscript:x',
    ]) {
      expect(render(html`<a href="${address}">`)).toBe('<a href="#">');
      expect(render(html`<a class="${'x'}" href="${address}">`)).toBe('<a class="x" href="#">');
      expect(render(html`<form ${attributes({ action: address })}>`)).toBe('<form action="#">');
    }
    for (const address of ['/a:b', 'https://x.test/?a=1:2', '#L1', '?q=a:b', 'mailto:a@b.test', 'src/a:b']) {
      expect(render(html`<a href="${address}">`)).not.toContain('"#"');
    }
    expect(render(html`<a href="/at/${'x:y'}">`)).toBe('<a href="/at/x:y">');
  });

  it('refuses holes where no escaping is safe', () => {
    expect(() => html`<p title=${'x'}>`).toThrow(TypeError);
    expect(() => html`<${'x'}>`).toThrow(TypeError);
    expect(() => html`<script>${'x'}</script>`).toThrow(TypeError);
    expect(() => html`<style>${'x'}</style>`).toThrow(TypeError);
    expect(() => html`<!-- ${'x'} -->`).toThrow(TypeError);
    expect(() => html`<p ${'onclick=x'}>`).toThrow(TypeError);
    expect(() => html`<p title="${html`"`}">`).toThrow(TypeError);
    expect(() => attributes({ onclick: 'x' })).toThrow(TypeError);
    expect(() => attributes({ style: 'x' })).toThrow(TypeError);
    expect(render(html`<p ${html`hidden`} class="a">`)).toBe('<p hidden class="a">');
  });

  it('cannot be made by hand', () => {
    // @ts-expect-error the key is private to the module
    expect(() => new Html(Symbol('other'), '<b>')).toThrow(TypeError);
    expect(render(trustedHtml('<b>'))).toBe('<b>');
  });
});

function decode(markup: string): string {
  const back: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' };
  return markup.replace(/&(#?\w+);/g, (whole, name: string) => back[name] ?? whole);
}
