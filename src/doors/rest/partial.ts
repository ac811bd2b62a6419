import { invalid } from '../../problem.ts';

/**
 * Partial answers: `fields=` as Bitbucket has it. A plain name keeps only what is named, `-name` leaves out, `+name` adds
 * back; dots go into objects, lists are gone through, `*` is every name of its level. Applied to what the response schema
 * has let through, so nothing can be asked for that would not have been answered.
 */
export interface Selection {
  readonly only: readonly Path[];
  readonly without: readonly Path[];
  readonly add: readonly Path[];
}

type Path = readonly string[];

const MAXIMAL_FIELDS = 200;
const MAXIMAL_DEPTH = 20;
// A plus that was not percent-encoded arrives as a space.
const FIELD = /^([-+ ]?)([A-Za-z0-9_*]+(?:\.[A-Za-z0-9_*]+)*)$/;

/** What the query of a request asks for; undefined where it asks for no fields. Throws `Problem` for what is no list of them. */
export function selectionOf(query: unknown): Selection | undefined {
  const { fields } = (query ?? {}) as { fields?: string | readonly string[] };
  return fields === undefined ? undefined : parseFields([fields].flat().join(','));
}

/**
 * Whether something at this path, such as `values.size`, may be in the answer: what is left out in any case need not be found
 * out.
 */
export function isAsked(selection: Selection | undefined, name: string): boolean {
  if (selection === undefined) return true;
  const path = name.split('.');
  const leadsThere = (paths: readonly Path[]) => paths.some((each) => meet(each, path));
  if (leadsThere(selection.add)) return true;
  const isLeftOut = selection.without.some((each) => each.length <= path.length && meet(each, path));
  return !isLeftOut && (selection.only.length === 0 || leadsThere(selection.only));
}

/** Whether something at this path is asked for by name: what is left out of lists unless somebody wants it. */
export const isNamed = (selection: Selection | undefined, name: string): boolean =>
  [...(selection?.add ?? []), ...(selection?.only ?? [])].some(
    (path) => path.length > 1 && meet(path, name.split('.')),
  );

/** Whether one leads to the other, or to something in it. */
const meet = (one: Path, other: Path): boolean =>
  one.every((key, at) => at >= other.length || key === '*' || key === other[at]);

/** Throws `Problem` for what is no list of fields. */
export function parseFields(text: string): Selection {
  const only: Path[] = [];
  const without: Path[] = [];
  const add: Path[] = [];
  const fields = text.split(',').filter((field) => field.trim() !== '');
  if (fields.length > MAXIMAL_FIELDS) throw badFields(`at most ${MAXIMAL_FIELDS} fields`);
  for (const field of fields) {
    const [, sign, name] = FIELD.exec(field.trimEnd()) ?? [];
    if (name === undefined)
      throw badFields('names with dots between them, such as values.name,-links,%2Bowner');
    const path = name.split('.');
    if (path.length > MAXIMAL_DEPTH) throw badFields(`at most ${MAXIMAL_DEPTH} names in a row`);
    (sign === '' ? only : sign === '-' ? without : add).push(path);
  }
  return { only, without, add };
}

const badFields = (right: string) => invalid('fields', `The parameter fields takes ${right}.`);

export function applySelection(value: unknown, { only, without, add }: Selection): unknown {
  const kept = remove(only.length > 0 ? pick(value, only) : value, without);
  return add.length > 0 ? merge(kept, pick(value, add)) : kept;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is left of the paths that lead through this key. */
const behind = (paths: readonly Path[], key: string): Path[] =>
  paths.filter(([head]) => head === key || head === '*').map((path) => path.slice(1));

function pick(value: unknown, paths: readonly Path[]): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, paths));
  if (!isObject(value)) return undefined;
  const entries: [string, unknown][] = [];
  for (const [key, child] of Object.entries(value)) {
    const rest = behind(paths, key);
    if (rest.length === 0) continue;
    const picked = rest.some((path) => path.length === 0) ? child : pick(child, rest);
    if (picked !== undefined) entries.push([key, picked]);
  }
  return Object.fromEntries(entries);
}

function remove(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0) return value;
  if (Array.isArray(value)) return value.map((item) => remove(item, paths));
  if (!isObject(value)) return value;
  const entries: [string, unknown][] = [];
  for (const [key, child] of Object.entries(value)) {
    const rest = behind(paths, key);
    if (!rest.some((path) => path.length === 0)) entries.push([key, remove(child, rest)]);
  }
  return Object.fromEntries(entries);
}

/** Both are parts of one value, so lists have the same length. */
function merge(a: unknown, b: unknown): unknown {
  if (b === undefined) return a;
  if (Array.isArray(a) && Array.isArray(b)) return b.map((item, index) => merge(a[index], item));
  if (!isObject(a) || !isObject(b)) return b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, key in b ? merge(a[key], b[key]) : a[key]]));
}
