import { unsortable } from './paging.ts';
import { parseFilter, passes, type FieldValue } from './query-language.ts';

/** What of a list that is read some rows at a time can be asked for, by the names of its fields. */
export interface RowChoices<Row> {
  readonly fields: Readonly<Record<string, (row: Row) => FieldValue>>;
  /** Those of `fields` that are times. */
  readonly times: readonly string[];
}

const SORTS = { id: 'id', created_on: 'created_at', updated_on: 'updated_at' } as const;

const isSort = (name: string): name is keyof typeof SORTS => Object.hasOwn(SORTS, name);

/** What `q` and `sort` ask of such a list. Throws `Problem` for what it cannot be asked. */
export function rowChooserOf<Row>(
  { fields, times }: RowChoices<Row>,
  { q, sort }: { readonly q?: string | undefined; readonly sort?: string | undefined },
): {
  readonly matches?: (row: Row) => boolean;
  readonly sort?: { readonly by: (typeof SORTS)[keyof typeof SORTS]; readonly descending: boolean };
} {
  const filter = q === undefined ? undefined : parseFilter(q, Object.keys(fields), times);
  return {
    ...(filter !== undefined && {
      matches: (row: Row) => passes(filter, (field) => fields[field]?.(row) ?? null),
    }),
    ...(sort !== undefined && { sort: orderOf(sort) }),
  };
}

function orderOf(sort: string) {
  const name = sort.replace(/^-/, '');
  if (!isSort(name)) throw unsortable(sort);
  return { by: SORTS[name], descending: sort.startsWith('-') };
}
