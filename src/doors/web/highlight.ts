import type { HLJSApi } from 'highlight.js';
import { html, trustedHtml } from './html.ts';
import type { Html } from './html.ts';
import { unlessIntricate } from './too-intricate.ts';

/** Above these a text is shown plain: colouring costs time in proportion, and a minified line of 100 KB is nobody's reading. */
const largestText = 512 * 1024;
const longestLine = 5000;
/** Some grammars take seconds for a line of one letter: then the text is shown plain. */
const longestMilliseconds = 500;
/** In characters: so much larger than the text a page may become because what is open is opened in each line anew. */
const ROOM_PER_CHARACTER = 16;
const LEAST_ROOM = 4096;

/** What decides the language: the name given (a Markdown fence, an attribute) before the file's name. */
export interface LanguageHint {
  readonly filename?: string | undefined;
  readonly language?: string | undefined;
}

/** A text as lines of markup, without their line ends. `language` is null where nothing was coloured. */
export interface HighlightedText {
  readonly lines: readonly Html[];
  readonly language: string | null;
}

export type Highlight = (text: string, hint: LanguageHint) => HighlightedText;

let library: Promise<HLJSApi> | undefined;

/**
 * The highlighter, its languages loaded the first time somebody asks and never at start. What it does takes as long as it
 * takes: call it inside `unlessIntricate`.
 */
export async function loadHighlighter(): Promise<Highlight> {
  const hljs = await loadLibrary();
  return (text, hint) => highlightAs(hljs, text, languageOf(hljs, hint));
}

function loadLibrary(): Promise<HLJSApi> {
  library ??= import('highlight.js/lib/common').then((module) => prepared(module.default));
  return library;
}

/** Colours a file or snippet on the server; never fails, and falls back to plain lines. */
export async function highlight(text: string, hint: LanguageHint): Promise<HighlightedText> {
  const hljs = await loadLibrary();
  const language = languageOf(hljs, hint);
  const work = () => highlightAs(hljs, text, language);
  return (
    unlessIntricate(longestMilliseconds, [language ?? '', text], work) ?? {
      lines: plainLines(text),
      language: null,
    }
  );
}

/** A grammar is compiled at its first use; cut off in the middle of that, it would stay half-compiled. */
function prepared(hljs: HLJSApi): HLJSApi {
  for (const language of hljs.listLanguages()) hljs.highlight('', { language });
  return hljs;
}

/** Lines without colour, for texts too large or of no known language. */
export function plainLines(text: string): readonly Html[] {
  return splitLines(text).map((line) => html`${line}`);
}

function highlightAs(hljs: HLJSApi, text: string, language: string | null): HighlightedText {
  if (
    language === null ||
    text.length > largestText ||
    splitLines(text).some((line) => line.length > longestLine)
  ) {
    return { lines: plainLines(text), language: null };
  }
  try {
    const markup = hljs.highlight(text, { language, ignoreIllegals: true }).value;
    const lines = balancedLines(splitLines(markup), LEAST_ROOM + ROOM_PER_CHARACTER * text.length);
    return lines === undefined ? { lines: plainLines(text), language: null } : { lines, language };
  } catch {
    return { lines: plainLines(text), language: null };
  }
}

/** Names whose ending says nothing, or says something that highlight.js does not know. */
const byName: Readonly<Record<string, string>> = {
  makefile: 'makefile',
  gnumakefile: 'makefile',
  gemfile: 'ruby',
  rakefile: 'ruby',
  vagrantfile: 'ruby',
  '.bashrc': 'bash',
  '.profile': 'bash',
  '.gitconfig': 'ini',
  '.gitmodules': 'ini',
  '.editorconfig': 'ini',
  'cargo.lock': 'ini',
  'go.mod': 'go',
};
const byEnding: Readonly<Record<string, string>> = {
  svg: 'xml',
  vue: 'xml',
  conf: 'ini',
  mts: 'typescript',
  cts: 'typescript',
};

function languageOf(hljs: HLJSApi, hint: LanguageHint): string | null {
  const name = (hint.filename ?? '').split('/').at(-1)?.toLowerCase() ?? '';
  const ending = name.includes('.') ? (name.split('.').at(-1) ?? '') : '';
  for (const candidate of [hint.language?.toLowerCase(), byName[name], byEnding[ending], ending]) {
    if (candidate && hljs.getLanguage(candidate)) return candidate;
  }
  return null;
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * A comment or string over several lines is one span over them; each line gets its own, so that lines can stand alone.
 * Undefined where that takes more than `room`, as where a thousand templates in one another go on over a thousand lines.
 */
function balancedLines(lines: readonly string[], room: number): Html[] | undefined {
  const open: string[] = [];
  const balanced: Html[] = [];
  let left = room;
  for (const line of lines) {
    const before = open.join('');
    for (const tag of line.match(/<span[^>]*>|<\/span>/g) ?? []) {
      if (tag === '</span>') open.pop();
      else open.push(tag);
    }
    const after = '</span>'.repeat(open.length);
    left -= before.length + after.length;
    if (left < 0) return undefined;
    balanced.push(trustedHtml(before + line + after));
  }
  return balanced;
}
