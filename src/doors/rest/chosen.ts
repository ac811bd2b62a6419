import { unsortable } from './paging.ts';
import { parseFilter, passes, type FieldValue } from './query-language.ts';

/** What of a list can be asked for, by the names of its fields. */
export interface Choices<One> {
  readonly fields: Readonly<Record<string, (one: One) => FieldValue>>;
  /** Those of `fields` that are times. */
  readonly times: readonly string[];
  readonly sorts: Readonly<Record<string, (one: One) => string | number>>;
}

/** Cuts a list that is at hand to what `q` says, in the order that `sort` says. Throws `Problem` at once for what it cannot be. */
export function chooserOf<One>(
  { fields, times, sorts }: Choices<One>,
  { q, sort }: { readonly q?: string | undefined; readonly sort?: string | undefined },
): (all: readonly One[]) => readonly One[] {
  const filter = q === undefined ? undefined : parseFilter(q, Object.keys(fields), times);
  const ordered = sort === undefined ? undefined : orderOf(sorts, sort);
  return (all) => {
    const chosen =
      filter === undefined
        ? all
        : all.filter((one) => passes(filter, (field) => fields[field]?.(one) ?? null));
    return ordered === undefined ? chosen : chosen.toSorted(ordered);
  };
}

function orderOf<One>(sorts: Choices<One>['sorts'], sort: string): (a: One, b: One) => number {
  const name = sort.replace(/^-/, '');
  const valueOf = Object.hasOwn(sorts, name) ? sorts[name] : undefined;
  if (valueOf === undefined) throw unsortable(sort);
  const sign = sort.startsWith('-') ? -1 : 1;
  return (a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    return sign * (left < right ? -1 : left > right ? 1 : 0);
  };
}
