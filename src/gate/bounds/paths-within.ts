import type { HeldBound } from './bound.ts';
import { PatternWithin } from './pattern.ts';

interface Rule {
  readonly deny: readonly PatternWithin[];
  /** Null: all that is not denied. */
  readonly allow: readonly PatternWithin[] | null;
}

/**
 * `judgePath`, folder by folder: which names of one folder may change. It says yes or no, and not why.
 */
export class PathsWithin {
  readonly #rules: readonly Rule[];

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** At the root of a repository. */
  static of(bounds: readonly HeldBound[]): PathsWithin {
    return new PathsWithin(
      bounds.flatMap((bound): Rule[] => {
        if (bound.kind === 'unknown') return [{ deny: [], allow: [] }];
        if (bound.kind !== 'paths') return [];
        const isDenying = bound.allow.length === 0 && bound.deny.length > 0;
        return [
          {
            deny: bound.deny.map((pattern) => PatternWithin.of(pattern)),
            allow: isDenying ? null : bound.allow.map((pattern) => PatternWithin.of(pattern)),
          },
        ];
      }),
    );
  }

  /** @param name one segment of a path, of anything but a folder */
  mayChange(name: string): boolean {
    return this.#rules.every(
      ({ deny, allow }) =>
        !deny.some((pattern) => pattern.matches(name)) &&
        (allow === null || allow.some((pattern) => pattern.matches(name))),
    );
  }

  enter(name: string): PathsWithin {
    const within = (patterns: readonly PatternWithin[]): PatternWithin[] =>
      patterns.map((pattern) => pattern.enter(name));
    return new PathsWithin(
      this.#rules.map(({ deny, allow }) => ({
        deny: within(deny),
        allow: allow === null ? null : within(allow),
      })),
    );
  }
}
