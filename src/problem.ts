/**
 * What went wrong with a request that was allowed: bad input, a name that is taken, something that is not there. Each door
 * renders it in its dialect; anything that is not a `Problem` or a refusal is a defect of ours and is told as such.
 */
export class Problem extends Error {
  /**
   * `forbidden`: what was asked turned out, once it was looked at, to be more than the asker may do. `too_large`: of what was
   * sent; `too_costly`: of what would have to be done.
   */
  readonly code:
    | 'invalid'
    | 'taken'
    | 'forbidden'
    | 'not_found'
    | 'conflict'
    | 'too_large'
    | 'too_costly'
    | 'unavailable';
  /** For forms and the error envelope: the field that is wrong, and what is wrong with it. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Structured extras for machines, such as the hashes that were not found. */
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: Problem['code'],
    message: string,
    extras: { fields?: Record<string, readonly string[]>; data?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.fields = extras.fields ?? {};
    this.data = extras.data;
  }
}

/** Bad input in one field: the sentence says what was wrong and what would be right. */
export const invalid = (field: string, message: string): Problem =>
  new Problem('invalid', message, { fields: { [field]: [message] } });
