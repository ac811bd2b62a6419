import { createHash } from 'node:crypto';
import { BadPacket, PacketDecoder } from '../pkt-line.ts';

/** A request of `fetch` whose answer is the same for everybody who sends it: gitprotocol-v2(5), "fetch". */
export interface FetchRequest {
  /** Ids that the client wants, sorted, each once. */
  readonly wants: readonly string[];
  /** Tags that point at what is sent come along: the answer depends on `refs/tags`. */
  readonly includeTag: boolean;
  /** Every other line that the answer depends on, in an order of ours. */
  readonly lines: readonly string[];
}

/** Lines that say who asks and not what. */
const NAMELESS = /^(?:agent|session-id)=/;
const WANT = /^want ([0-9a-f]{40}(?:[0-9a-f]{24})?)$/;
const HAVE = /^have [0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** Arguments that depend on nothing but objects. `deepen-not`, `want-ref` and a filter by `sparse:oid` may name a ref. */
const PLAIN =
  /^(?:thin-pack|no-progress|include-tag|ofs-delta|done|wait-for-done|deepen-relative|deepen \d{1,10}|deepen-since \d{1,20}|shallow [0-9a-f]{40,64}|filter (?!.*sparse:)[!-~]{1,200})$/;
const CAPABILITY = /^object-format=(?:sha1|sha256)$/;

/**
 * Reads a whole request of protocol version 2. Undefined for anything but a `fetch` of which every line is known: then
 * Git answers it, and nothing is kept. The order of wants, of flags and of shallow lines changes nothing in Git's answer;
 * the order of haves does, and stays.
 */
export function readFetchRequest(body: Buffer): FetchRequest | undefined {
  const lines = linesOf(body);
  if (lines === undefined) return undefined;
  const [command, ...capabilities] = lines.head;
  if (command !== 'command=fetch') return undefined;
  const named = capabilities.filter((line) => !NAMELESS.test(line));
  const wants = new Set<string>();
  const haves: string[] = [];
  const others = new Set<string>();
  for (const line of lines.tail) {
    const want = WANT.exec(line)?.[1];
    if (want !== undefined) wants.add(want);
    else if (HAVE.test(line)) haves.push(line);
    else if (PLAIN.test(line)) others.add(line);
    else return undefined;
  }
  if (wants.size === 0 || !named.every((line) => CAPABILITY.test(line))) return undefined;
  return {
    wants: [...wants].toSorted(),
    includeTag: others.has('include-tag'),
    lines: [...new Set(named), ...[...others].toSorted(), ...haves],
  };
}

function linesOf(body: Buffer): { readonly head: string[]; readonly tail: string[] } | undefined {
  const decoder = new PacketDecoder();
  decoder.push(body);
  const head: string[] = [];
  const tail: string[] = [];
  let part = head;
  try {
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
      if (packet.kind === 'data') part.push(packet.payload.toString('latin1').replace(/\n$/, ''));
      else if (packet.kind === 'delimiter' && part === head) part = tail;
      else if (packet.kind === 'flush' && decoder.rest.length === 0) return { head, tail };
      else return undefined;
    }
  } catch (error) {
    if (!(error instanceof BadPacket)) throw error;
  }
  return undefined;
}

/** Names an answer: equal for requests that Git answers alike, different for everything else, and for every repository. */
export function answerKey(repository: string, request: FetchRequest, tags: string): string {
  const hash = createHash('sha256');
  // Lines hold no line feed, so that parts cannot run into each other.
  const parts = ['1', repository, request.includeTag ? tags : '', ...request.lines, '', ...request.wants];
  return hash.update(parts.join('\n')).digest('hex');
}

/** As many wants are named in the file of an answer; a clone of many refs names none. */
const NAMED = 16;
const PREFIX = 8;

/** The name of the file of an answer: its key, and the beginnings of what was wanted, so that a list of names tells whom a ref concerns. */
export const answerName = (key: string, wants: readonly string[]): string =>
  `${key}-${wants.length > NAMED ? 'many' : wants.map((want) => want.slice(0, PREFIX)).join('-')}`;

export const ANSWER_NAME = /^[0-9a-f]{64}-(?:many|[0-9a-f]{8}(?:-[0-9a-f]{8})*)$/;

/** Whether an answer of that name may have been asked for by one of these ids: 'unknown' where only its seal tells. */
export function mayWant(name: string, ids: Iterable<string>): boolean | 'unknown' {
  const [, ...prefixes] = (name.split('.')[0] ?? '').split('-');
  if (prefixes[0] === 'many') return 'unknown';
  return [...ids].some((id) => prefixes.includes(id.slice(0, PREFIX)));
}
