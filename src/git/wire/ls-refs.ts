import { PacketText } from './packets.ts';
import type { RefSnapshot } from '../snapshot/snapshot.ts';
import type { ProtocolRequest } from './request.ts';

/** The answer to `ls-refs` of protocol version 2, in the words of Git: gitprotocol-v2(5), "ls-refs". */

export interface ListRefsArguments {
  readonly peel: boolean;
  readonly symrefs: boolean;
  readonly unborn: boolean;
  /** Of names, as bytes; none: every ref. */
  readonly prefixes: readonly string[];
}

/** Above this Git itself is asked; it begins to ignore prefixes at 65,536. */
const MOST_PREFIXES = 10_000;
const PREFIX = 'ref-prefix ';

/** Undefined where Git would refuse an argument, or does something of its own with them. */
export function listRefsArguments({ args }: ProtocolRequest): ListRefsArguments | undefined {
  const flags = new Set<string>();
  const prefixes: string[] = [];
  for (const arg of args) {
    if (arg.startsWith(PREFIX)) prefixes.push(arg.slice(PREFIX.length));
    else if (arg === 'peel' || arg === 'symrefs' || arg === 'unborn') flags.add(arg);
    else return undefined;
  }
  if (prefixes.length > MOST_PREFIXES) return undefined;
  const has = (flag: string) => flags.has(flag);
  return { peel: has('peel'), symrefs: has('symrefs'), unborn: has('unborn'), prefixes };
}

/** Remembered with the snapshot by what was asked. */
export const answerListRefs = (snapshot: RefSnapshot, wanted: ListRefsArguments): Promise<Buffer> =>
  snapshot.answer(`ls-refs ${JSON.stringify(wanted)}`, () => listRefs(snapshot, wanted));

async function listRefs(snapshot: RefSnapshot, wanted: ListRefsArguments): Promise<Buffer> {
  const { peel, symrefs, unborn, prefixes } = wanted;
  const { head } = snapshot;
  const text = new PacketText();
  const line = (id: string, name: string, symbolic: string | null, peeled: string | null) => {
    const target = symrefs && symbolic !== null ? ` symref-target:${symbolic}` : '';
    text.add(`${id} ${name}${target}${peel && peeled !== null ? ` peeled:${peeled}` : ''}`);
  };
  // An unborn HEAD is told of to those only who can be told what it names.
  const isShown = head.id !== null || (unborn && symrefs && head.symbolic !== null);
  const isWanted = prefixes.length === 0 || prefixes.some((prefix) => 'HEAD'.startsWith(prefix));
  if (isShown && isWanted) line(head.id ?? 'unborn', 'HEAD', head.symbolic, head.peeled);
  for (const [start, end] of rangesOf(snapshot, prefixes)) {
    for (let index = start; index < end; index += 1) {
      if (text.isDue) await text.breathe();
      const ref = snapshot.refs[index];
      if (ref !== undefined) line(ref.id, ref.name, ref.symbolic, ref.peeled);
    }
  }
  return text.end();
}

/** Of two prefixes, either one begins with the other or no ref has both: the ranges lie within or beside each other. */
function rangesOf(snapshot: RefSnapshot, prefixes: readonly string[]): (readonly [number, number])[] {
  if (prefixes.length === 0) return [[0, snapshot.refs.length]];
  const ranges = [...new Set(prefixes)].map((prefix) => snapshot.rangeOf(prefix));
  ranges.sort(([startA, endA], [startB, endB]) => startA - startB || endB - endA);
  let last = 0;
  return ranges.filter(([, end]) => {
    const isWithin = end <= last;
    if (!isWithin) last = end;
    return !isWithin;
  });
}
