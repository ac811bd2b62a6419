import { NotPlain } from './not-plain.ts';
import { isPlainId, isPlainRefName } from './ref-bytes.ts';
import type { Breath } from './breathe.ts';

export interface PackedRef {
  readonly name: string;
  readonly id: string;
  /** What its annotated tag leads to; null: it is none; undefined: the file does not say. */
  readonly peeled: string | null | undefined;
}

const HEADER = '# pack-refs with:';

/**
 * The file `packed-refs`, sorted by the bytes of names (gitrepository-layout(5); its peeled lines and traits stand in
 * git-pack-refs(1) only by name: `peeled` speaks for tags, `fully-peeled` for every ref). Throws `NotPlain` for whatever
 * Git would not have written.
 */
export async function parsePackedRefs(bytes: Buffer, idLength: number, breath: Breath): Promise<PackedRef[]> {
  const text = bytes.toString('latin1');
  if (text !== '' && !text.endsWith('\n')) throw new NotPlain('The last line of packed-refs has no end.');
  let start = 0;
  let traits: readonly string[] = [];
  if (text.startsWith('#')) {
    start = text.indexOf('\n') + 1;
    const header = text.slice(0, start - 1);
    if (!header.startsWith(HEADER)) throw new NotPlain('The header of packed-refs is unknown.');
    traits = header.slice(HEADER.length).split(' ');
  }
  const knows = traits.includes('fully-peeled') ? 'refs/' : traits.includes('peeled') ? 'refs/tags/' : null;
  const refs: PackedRef[] = [];
  while (start < text.length) {
    if (breath.isDue) await breath.take();
    const end = text.indexOf('\n', start);
    const id = text.slice(start, start + idLength);
    const name = text.slice(start + idLength + 1, end);
    if (text[start + idLength] !== ' ' || !isPlainId(id) || !isPlainRefName(name)) {
      throw new NotPlain('A line of packed-refs names no ref.');
    }
    start = end + 1;
    let peeled: string | null | undefined = knows !== null && name.startsWith(knows) ? null : undefined;
    if (text[start] === '^') {
      const lineEnd = text.indexOf('\n', start);
      peeled = text.slice(start + 1, lineEnd);
      if (peeled.length !== idLength || !isPlainId(peeled)) throw new NotPlain('A peeled line holds no id.');
      start = lineEnd + 1;
    }
    refs.push({ name, id, peeled });
  }
  return inOrder(refs, traits.includes('sorted'));
}

function inOrder(refs: PackedRef[], claimed: boolean): PackedRef[] {
  const sorted = claimed ? refs : refs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (let index = 1; index < sorted.length; index += 1) {
    if ((sorted[index - 1]?.name ?? '') >= (sorted[index]?.name ?? '')) {
      throw new NotPlain('packed-refs is not sorted, or names a ref twice.');
    }
  }
  return sorted;
}
