import { holesOf } from './html-context.ts';
import type { Hole } from './html-context.ts';

const seal = Symbol('only this module makes Html');

/** Markup that is safe to send: only the {@link html} tag and {@link trustedHtml} can make one. */
export class Html {
  readonly #markup: string;

  constructor(key: typeof seal, markup: string) {
    if (key !== seal) throw new TypeError('Html is made by the html tag, never by hand');
    this.#markup = markup;
  }

  static markup(value: Html): string {
    return value.#markup;
  }
}

/** What may stand in a hole of a template. `null`, `undefined` and `false` leave nothing behind; arrays are joined without a separator. */
export type Renderable = Html | string | number | boolean | null | undefined | readonly Renderable[];

/**
 * Builds markup in which every value is escaped for the place it stands in.
 *
 * Text and quoted attributes take any value. A hole directly inside a tag (`<input ${…}>`) takes only nothing or
 * Html, made by `html` or {@link attributes}. A hole at the start of a URL attribute drops addresses whose scheme
 * could run code. Throws a TypeError when a template has a hole where no escaping can be safe (unquoted attributes,
 * tag names, scripts, styles): that is a mistake in the program and shows the first time the template is used.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  const holes = holesOf(strings);
  let markup = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    markup += fill(holes[index] ?? 'forbidden', value) + (strings[index + 1] ?? '');
  }
  return new Html(seal, markup);
}

/** Marks markup as safe without looking at it. For the output of the Markdown renderer, the highlighter and what `visible.ts` makes of it, and for nothing else. */
export function trustedHtml(markup: string): Html {
  return new Html(seal, markup);
}

/** The text to send. */
export function render(value: Html): string {
  return Html.markup(value);
}

const attributeName = /^[a-z][a-z0-9:-]*$/i;
const forbiddenAttribute = /^(on|style$|srcdoc$)/i;

/** Attributes for a hole inside a tag: `true` gives a bare attribute; `false`, `null` and `undefined` leave it out. */
export function attributes(
  values: Readonly<Record<string, string | number | boolean | null | undefined>>,
): Html {
  const written: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === false) continue;
    if (!attributeName.test(name) || forbiddenAttribute.test(name))
      throw new TypeError(`Not an attribute name we write: ${name}`);
    const plain = urlAttributes.has(name.toLowerCase()) ? safeUrl(String(value)) : String(value);
    written.push(value === true ? name : `${name}="${escape(plain)}"`);
  }
  return new Html(seal, written.join(' '));
}

const urlAttributes = new Set(['href', 'src', 'action', 'formaction']);
const safeSchemes = new Set(['http', 'https', 'mailto', 'ssh', 'git']);

/** The same address, or `#` when its scheme is not one that only leads somewhere. Browsers skip blanks and controls inside a scheme, so we do too. */
function safeUrl(url: string): string {
  const scheme = /^([^/?#:]*):/.exec(url.replace(/[\u0000-\u0020\u007f-\u009f]/g, ''))?.[1];
  return scheme === undefined || safeSchemes.has(scheme.toLowerCase()) ? url : '#';
}

function fill(hole: Hole, value: Renderable): string {
  if (value === null || value === undefined || value === false) return '';
  if (hole === 'text') return text(value);
  if (hole === 'tag') {
    if (value instanceof Html) return Html.markup(value);
    throw new TypeError('Inside a tag only attributes made by html`…` or attributes({…}) may stand');
  }
  const plain = plainText(value);
  return escape(hole === 'url' ? safeUrl(plain) : plain);
}

function text(value: Renderable): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return Html.markup(value);
  if (isList(value)) return value.map(text).join('');
  return escape(String(value));
}

function plainText(value: Renderable): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html)
    throw new TypeError('Markup cannot stand in an attribute value; pass plain text');
  if (isList(value)) return value.map(plainText).join('');
  return String(value);
}

function isList(value: Renderable): value is readonly Renderable[] {
  return Array.isArray(value);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  // A NUL is not allowed in HTML; parsers disagree about it, so it is shown as what it is: unreadable.
  '\u0000': '\ufffd',
};

function escape(value: string): string {
  return value.replace(/[&<>"'`\u0000]/g, (character) => entities[character] ?? '');
}
