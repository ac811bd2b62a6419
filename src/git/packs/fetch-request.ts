import { createHash } from 'node:crypto';
import type { ProtocolRequest } from '../wire/request.ts';

/** A request of `fetch` whose answer is the same for everybody who sends it: gitprotocol-v2(5), "fetch". */
export interface FetchRequest {
  /** Ids that the client wants, sorted, each once. */
  readonly wants: readonly string[];
  /** Tags that point at what is sent come along: the answer depends on `refs/tags`. */
  readonly includeTag: boolean;
  /** Every other line that the answer depends on, in an order of ours. */
  readonly lines: readonly string[];
  /** The answer is one state of the files, without any history: what CI asks for. */
  readonly isSnapshot: boolean;
}

/** Lines that say who asks and not what. */
const NAMELESS = /^(?:agent|session-id)=/;
const OBJECT_FORMAT = /^object-format=(?:sha1|sha256)$/;
const WANT = /^want [0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const HAVE = /^have [0-9a-f]{40}(?:[0-9a-f]{24})?$/;
/** Arguments of which Git takes any number in any order. */
const REPEATABLE =
  /^(?:thin-pack|no-progress|include-tag|ofs-delta|done|wait-for-done|deepen-relative|shallow [0-9a-f]{40,64})$/;
/**
 * Arguments of which the last one counts, or all together: taken once only. `deepen-not`, `want-ref` and a filter by
 * `sparse:oid` may name a ref, on whose value the answer would depend.
 */
const SINGLE = /^(deepen|deepen-since|filter) (?:\d{1,20}|(?!.*sparse:)[!-~]{1,200})$/;

/** Undefined for anything but a `fetch` of which every line is known: then Git answers it, and nothing is kept. */
export function cacheableFetch({ command, capabilities, args }: ProtocolRequest): FetchRequest | undefined {
  const named = capabilities.filter((line) => !NAMELESS.test(line));
  if (command !== 'fetch' || named.length > 1 || !named.every((line) => OBJECT_FORMAT.test(line)))
    return undefined;
  const wants = new Set<string>();
  // What both sides have is acknowledged in the order in which the client names it.
  const haves: string[] = [];
  const others = new Set<string>();
  const single = new Set<string>();
  for (const line of args) {
    if (WANT.test(line)) wants.add(line);
    else if (HAVE.test(line)) haves.push(line);
    else if (REPEATABLE.test(line)) others.add(line);
    else {
      const kind = SINGLE.exec(line)?.[1];
      if (kind === undefined || single.has(kind)) return undefined;
      single.add(kind);
      others.add(line);
    }
  }
  if (wants.size === 0) return undefined;
  return {
    // Sorted as whole lines: parts of strings are compared ten times as slowly.
    wants: [...wants].toSorted().map((line) => line.slice('want '.length)),
    includeTag: others.has('include-tag'),
    lines: [...named, ...[...others].toSorted(), ...haves],
    isSnapshot:
      wants.size === 1 &&
      haves.length === 0 &&
      others.has('deepen 1') &&
      ![...others].some((line) => line.startsWith('shallow ')),
  };
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
