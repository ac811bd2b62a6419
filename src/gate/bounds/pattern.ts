import { matchesGlob } from '../glob.ts';

/**
 * Patterns of refs and paths: segments between slashes, in which `*` stands for any run of characters within the segment
 * and a whole segment `**` for any number of segments (at least one where it ends the pattern). Everything else is
 * literal. Matching is linear in what it reads: no pattern makes it slow.
 */
export interface Pattern {
  readonly text: string;
  readonly segments: readonly string[];
}

const ANY_SEGMENTS = '**';

/** What is wrong with a pattern as it was written, or undefined for a good one. */
export function patternProblem(text: string): string | undefined {
  if (text.length > 1024) return 'it has more than 1024 characters';
  if (text === '' || text.startsWith('/') || text.endsWith('/'))
    return 'it is empty, or begins or ends with "/"';
  if (/\p{Cc}/u.test(text)) return 'it holds a control character';
  const segments = text.split('/');
  if (segments.includes('')) return 'it holds "//"';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'it holds a "." or ".." segment';
  if (segments.some((segment) => segment !== ANY_SEGMENTS && segment.includes(ANY_SEGMENTS))) {
    return '"**" must be a whole segment, as in docs/**';
  }
  return undefined;
}

/** Takes a pattern without a problem; repeated `**` segments become one. */
export const compilePattern = (text: string): Pattern => ({
  text,
  segments: text
    .split('/')
    .filter((segment, index, all) => segment !== ANY_SEGMENTS || all[index - 1] !== ANY_SEGMENTS),
});

export const matchesPattern = (pattern: Pattern, name: string): boolean =>
  matchesSegments(pattern, name.split('/'));

/** The same for a name that is held against many patterns, as its segments. */
export function matchesSegments({ segments }: Pattern, names: readonly string[]): boolean {
  let at = 0;
  let position = 0;
  // Where to go on after the last `**` took one segment more.
  let resumeAt = -1;
  let resumePosition = 0;
  while (position < names.length) {
    const segment = segments[at];
    if (segment === ANY_SEGMENTS) {
      if (at === segments.length - 1) return true;
      resumeAt = at + 1;
      resumePosition = position;
      at += 1;
    } else if (segment !== undefined && matchesSegment(segment, names[position] ?? '')) {
      at += 1;
      position += 1;
    } else if (resumeAt !== -1) {
      resumePosition += 1;
      position = resumePosition;
      at = resumeAt;
    } else {
      return false;
    }
  }
  return at === segments.length;
}

const matchesSegment = (pattern: string, text: string): boolean =>
  pattern.includes('*') ? matchesGlob(pattern, text) : pattern === text;

/**
 * A pattern on the way through folders: which of its segments may come next. For trees, in which the names of a folder are
 * held against what is left of a pattern, and the folders above are not matched again for each.
 */
export class PatternWithin {
  readonly #segments: readonly string[];
  /** Positions of the segments that may come next, in order; one behind a `**` wherever that stands. */
  readonly #next: readonly number[];

  private constructor(segments: readonly string[], next: readonly number[]) {
    this.#segments = segments;
    this.#next = next;
  }

  /** At the root. */
  static of({ segments }: Pattern): PatternWithin {
    return new PatternWithin(segments, withSkipped(segments, [0]));
  }

  /** Whether the pattern matches what has this name in this folder. */
  matches(name: string): boolean {
    const last = this.#segments.length - 1;
    const segment = this.#segments[last] ?? '';
    return this.#next.includes(last) && (segment === ANY_SEGMENTS || matchesSegment(segment, name));
  }

  /** What is left of the pattern in the folder of this name. */
  enter(name: string): PatternWithin {
    const next = this.#next.flatMap((at) => {
      const segment = this.#segments[at] ?? '';
      if (segment === ANY_SEGMENTS) return [at];
      return at < this.#segments.length - 1 && matchesSegment(segment, name) ? [at + 1] : [];
    });
    return new PatternWithin(this.#segments, withSkipped(this.#segments, next));
  }
}

/** A `**` before other segments stands for no segment as well. */
function withSkipped(segments: readonly string[], places: readonly number[]): number[] {
  const all = new Set(places);
  for (const at of all) if (segments[at] === ANY_SEGMENTS && at < segments.length - 1) all.add(at + 1);
  return [...all];
}
