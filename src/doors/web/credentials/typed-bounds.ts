import type { Confinement } from '../../../acts/credentials/confinement.ts';
import { patternProblem } from '../../../gate/index.ts';
import { invalid } from '../../../problem.ts';
import type { FormInput } from '../form-input.ts';

/** Fields of text that say where a key may be used and on what; each is called as its problems are. */
export const WHERE_TEXTS = [
  'repository',
  'project',
  'workspace',
  'ref',
  'deny-ref',
  'path',
  'deny-path',
  'from',
  'uses',
  'max-bytes',
] as const;
/** All fields of text. */
export const BOUND_TEXTS = [...WHERE_TEXTS, 'window'] as const;
export type BoundText = (typeof BOUND_TEXTS)[number];

const BOUND_TICKS = ['observe', 'one-push', 'author-self'] as const;
export type BoundTick = (typeof BOUND_TICKS)[number];

/** What was typed where a key is confined, for acting on it and for showing it again. */
export interface TypedBounds {
  readonly texts: Readonly<Record<BoundText, string>>;
  readonly ticks: readonly BoundTick[];
}

export const typedBounds = (form: FormInput): TypedBounds => {
  const text = (name: BoundText): string => form.text(name).replaceAll('\r\n', '\n');
  return {
    texts: {
      repository: text('repository'),
      project: text('project'),
      workspace: text('workspace'),
      ref: text('ref'),
      'deny-ref': text('deny-ref'),
      path: text('path'),
      'deny-path': text('deny-path'),
      from: text('from'),
      uses: text('uses'),
      'max-bytes': text('max-bytes'),
      window: text('window'),
    },
    ticks: BOUND_TICKS.filter((name) => form.ticked(name)),
  };
};

/** The same as hidden fields of a form that sends it again. */
export const hiddenBounds = ({ texts, ticks }: TypedBounds): Readonly<Record<string, string>> => ({
  ...texts,
  ...Object.fromEntries(ticks.map((name) => [name, 'on'])),
});

/** What stands in a field of several lines, one on each. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/**
 * What was typed, as the acts that confine take it. Throws `Problem` at the field for what only this form could have
 * meant otherwise; the acts judge the rest.
 */
export function confinementIn({ texts, ticks }: TypedBounds): Confinement {
  const uses = wholeNumber(texts.uses, 'uses', 'how often it may be used');
  const maximumBytes = bytesIn(texts['max-bytes']);
  const deniedRefs = linesOf(texts['deny-ref']).map((line) => refPattern(line, 'deny-ref'));
  const deniedPaths = linesOf(texts['deny-path']).map((line) => goodPattern(line, 'deny-path'));
  return {
    repositoryNames: linesOf(texts.repository),
    projectNames: linesOf(texts.project),
    workspaceNames: linesOf(texts.workspace),
    refs: linesOf(texts.ref),
    deniedRefs,
    paths: linesOf(texts.path),
    deniedPaths,
    networks: linesOf(texts.from),
    windows: linesOf(texts.window),
    observe: ticks.includes('observe'),
    authorSelf: ticks.includes('author-self'),
    ...(uses !== undefined && { uses }),
    ...(ticks.includes('one-push') && { pushes: 1 }),
    ...(maximumBytes !== undefined && { maximumBytes }),
  };
}

/** The pattern, when it is one. Throws `Problem` at the field that it stands in. */
export function goodPattern(text: string, field: string): string {
  const problem = patternProblem(text);
  if (problem === undefined) return text;
  throw invalid(field, `The pattern “${text.slice(0, 100)}” cannot be used: ${problem}.`);
}

function refPattern(text: string, field: string): string {
  if (/^refs\/(?:heads|tags|notes)\//.test(text)) return goodPattern(text, field);
  throw invalid(
    field,
    `“${text.slice(0, 100)}” matches no ref that can be pushed: write refs/heads/… for a branch or refs/tags/… for a tag.`,
  );
}

function wholeNumber(text: string, field: string, what: string): number | undefined {
  const typed = text.trim();
  if (typed === '') return undefined;
  if (/^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw invalid(field, `Say ${what} as a whole number of at least 1, such as 20.`);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

function bytesIn(text: string): number | undefined {
  const typed = text.trim();
  if (typed === '') return undefined;
  const [, number = '', unit = ''] = /^([1-9]\d{0,11}) ?([KMG]B)?$/i.exec(typed) ?? [];
  const bytes = Number(number) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  if (number !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw invalid('max-bytes', 'Say the most that a push may bring in bytes, or as 20 MB.');
}
