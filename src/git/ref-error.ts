export type RefUpdateReason =
  /** The ref points elsewhere than expected: somebody was faster. */
  | 'changed'
  | 'exists'
  | 'missing'
  /** `a` and `a/b` cannot both be refs. */
  | 'conflict'
  /** Another process holds the ref's lock. */
  | 'locked'
  | 'bad-name'
  /** The new value is not in the repository, or no commit where a branch needs one. */
  | 'bad-object'
  | 'failed';

const patterns: readonly (readonly [RegExp, RefUpdateReason, string])[] = [
  [/reference already exists/, 'exists', 'It exists already.'],
  [/is at \S+ but expected/, 'changed', 'It points elsewhere by now; read it again.'],
  [/unable to resolve reference|reference is missing/, 'missing', 'It does not exist.'],
  [
    /exists; cannot create|cannot process .* and .* at the same time|there are still refs under|Is a directory|Directory not empty/,
    'conflict',
    'A ref cannot stand beside one that is named like its folder.',
  ],
  [/Unable to create .*\.lock.*File exists/s, 'locked', 'Another change of it is under way; try again.'],
  [
    /trying to write|nonexistent object|non-commit object/,
    'bad-object',
    'The new value is not in the repository, or is no commit.',
  ],
  [/refusing to update ref with bad name|invalid ref format/, 'bad-name', 'Git does not accept this name.'],
];

/** Refs stay as they are because one of them could not be changed. */
export class RefUpdateRefused extends Error {
  override readonly name = 'RefUpdateRefused';
  readonly reason: RefUpdateReason;
  /** The full name, where it is known. */
  readonly ref: string | undefined;

  constructor(reason: RefUpdateReason, ref: string | undefined, sentence: string) {
    super(`${ref ?? 'A ref'} was not changed. ${sentence}`);
    this.reason = reason;
    this.ref = ref;
  }

  /** Reads what `git update-ref` said. */
  static fromGit(stderr: string): RefUpdateRefused {
    const ref = /(?:lock|update|process) (?:the )?(?:ref|reference) '([^']+)'/.exec(stderr)?.[1];
    const known = patterns.find(([pattern]) => pattern.test(stderr));
    return known
      ? new RefUpdateRefused(known[1], ref, known[2])
      : new RefUpdateRefused('failed', ref, `Git said: ${stderr.trim().slice(0, 300)}`);
  }
}
