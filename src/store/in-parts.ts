/** Databases take so many values in one statement, and more. */
const AT_ONCE = 500;

/** The rows of many ids, read of some of them at a time; in the order of the ids as far as the parts go. */
export async function inParts<Row, Id extends string | number>(
  ids: readonly Id[],
  read: (part: readonly Id[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE)
    rows.push(...(await read(ids.slice(start, start + AT_ONCE))));
  return rows;
}
